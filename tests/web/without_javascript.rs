//! The pages as a browser shows them that runs no scripts.

use super::{Browser, Pages, Profile};
use crate::harness::{As, is_left_out};

const TO_SHARED: &str = "Private. Let everyone in the organization who can use AI view it";
const TO_PRIVATE: &str = "Shared with the organization. Make it private";

/// Alice, without scripts, at a conversation that she has just begun with this prompt.
async fn begun(pages: &Pages, prompt: &str) -> (Browser, As, String) {
    let alice = pages.browser(Profile::desk().without_scripts()).await;
    alice.sign_in("alice").await;
    alice.fill("Your prompt", prompt).await;
    alice.click_button("Begin").await;
    let at = alice
        .waits_for("the conversation is open", async |page| {
            let path = page.path().await;
            let id = path.strip_prefix("/conversations/").unwrap_or_default();
            let id = id.split(['?', '#']).next().unwrap_or_default();
            Ok((id.len() == 36).then(|| id.to_owned()))
        })
        .await;
    alice.answer_is_there().await;
    (alice, pages.service().acting_as("alice"), at)
}

impl Browser {
    /// Loads the page again until no answer in it is still being written.
    async fn answer_is_there(&self) {
        self.waits_until("the answer is written", async |page| {
            page.session().refresh().await?;
            let text = page.text().await?;
            Ok(text.contains("On the path to this answer") && !text.contains("is being written"))
        })
        .await;
    }
}

#[tokio::test]
async fn one_signs_in_asks_goes_on_and_signs_out() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let (alice, api, id) = begun(&pages, "Which hosts beacon?").await;
    alice.fill("Your prompt", "And which are servers?").await;
    alice.click_button("Send").await;
    alice.sees_text("And which are servers?").await;
    alice.answer_is_there().await;
    let messages = api.get(&format!("/conversations/{id}/messages")).await;
    assert_eq!(messages.expect(200)["items"].as_array().unwrap().len(), 4);

    alice.open("/conversations").await;
    alice.click_button("alice: account and language").await;
    alice.click_button("Sign out").await;
    alice.sees_text("Who would you like to be?").await;
    alice.open(&format!("/conversations/{id}")).await;
    alice.sees_no_text("Which hosts beacon?").await;
    alice.noticed_only_missing_pages().await;
}

#[tokio::test]
async fn one_renames_shares_and_makes_it_private_again() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let (alice, api, id) = begun(&pages, "Which hosts beacon?").await;
    let view = async || api.get(&format!("/conversations/{id}")).await.expect(200);
    alice.click_button("Rename").await;
    alice.fill("Title", "Beacons <b>in May</b>").await;
    alice.click_button("Save").await;
    alice
        .waits_until("it has its new title", async |page| {
            Ok(page
                .session()
                .title()
                .await?
                .starts_with("Beacons <b>in May</b>"))
        })
        .await;

    alice.follow_link("Share").await;
    alice.tick("Anyone in the organization can view").await;
    alice.fill("Add groups", "threat").await;
    alice.click_button("Search").await;
    alice.click_button("Add Threat Hunting").await;
    alice
        .choose("What Threat Hunting can do", "can collaborate")
        .await;
    // What it says it would change is not what was chosen since: it says so anew before it saves.
    alice.click_button("Save").await;
    alice
        .sees_text("Threat Hunting: no access → can collaborate")
        .await;
    assert_eq!(view().await["privacy"], "private");
    alice
        .sees_text("The conversation is no longer private.")
        .await;
    alice.click_button("Save").await;
    alice.sees_text("Shared with").await;
    let shared = view().await;
    assert_eq!(shared["privacy"], "shared", "{shared}");
    pages
        .service()
        .acting_as("bob")
        .prompt(&id, "Me too!")
        .await;

    // Grants to a group would be lost: first a question.
    alice.open(&format!("/conversations/{id}")).await;
    alice.click_button(TO_PRIVATE).await;
    alice.sees_text("These groups lose their access:").await;
    alice.click_button("Make private").await;
    alice
        .sees_text("Only its owner and people with privileged access can see it now.")
        .await;
    assert_eq!(view().await["privacy"], "private");
    alice.click_button("Undo").await;
    alice.sees_text("It is shared as it was before.").await;
    assert_eq!(view().await["privacy"], "shared");
    alice.noticed_nothing().await;
}

#[tokio::test]
async fn one_toggles_forks_and_deletes() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let (alice, api, id) = begun(&pages, "Which hosts beacon?").await;
    alice.click_button(TO_SHARED).await;
    alice
        .sees_text("Everyone in the organization who can use AI can view it now.")
        .await;
    alice.click_button(TO_PRIVATE).await;
    alice
        .sees_text("Only its owner and people with privileged access can see it now.")
        .await;

    alice.click_button("More").await;
    alice.click_button("Fork everything").await;
    alice.sees_text("This is your copy.").await;
    assert_eq!(api.list("").await.len(), 2);

    alice.open(&format!("/conversations/{id}")).await;
    alice.click_button("More").await;
    alice.follow_link("Delete").await;
    alice
        .sees_text("All its messages and branches are deleted permanently.")
        .await;
    assert_eq!(api.list("").await.len(), 2, "it was only asked about");
    alice.click_button("Delete permanently").await;
    alice
        .waits_until("the list is open", async |page| {
            Ok(page.path().await == "/conversations?deleted=1")
        })
        .await;
    alice.sees_text("The conversation was deleted.").await;
    assert!(!api.list("").await.contains(&id));
    alice.noticed_nothing().await;
}

#[tokio::test]
async fn one_branches_goes_between_the_branches_and_looks_at_the_map() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let (alice, ..) = begun(&pages, "Which hosts beacon?").await;
    alice.follow_link("Edit as a new branch").await;
    alice
        .fill("Another version of this prompt", "Which servers beacon?")
        .await;
    alice.click_button("Send as a branch").await;
    alice.sees_text("2 / 2").await;
    alice.answer_is_there().await;
    alice.follow_link("Previous version").await;
    alice.sees_text("1 / 2").await;
    alice.sees_text("Which hosts beacon?").await;
    alice.sees_no_text("Which servers beacon?").await;

    alice.follow_link("Map").await;
    alice.click_button("As a list").await;
    alice.sees_text("Branch 2 of 2").await;
    alice.follow_link("alice: Which servers beacon?").await;
    alice.sees_text("2 / 2").await;

    alice.click_button("Regenerate").await;
    alice
        .waits_until("the answer has versions too", async |page| {
            Ok(page.text().await?.matches("2 / 2").count() == 2)
        })
        .await;
    alice.noticed_nothing().await;
}

#[tokio::test]
async fn one_filters_searches_and_goes_through_the_pages_of_the_list() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let api = pages.service().acting_as("alice");
    for number in 1..=60 {
        api.create(&format!("Case number {number}")).await;
    }
    let alice = pages.browser(Profile::phone().without_scripts()).await;
    alice.sign_in("alice").await;
    alice.sees_text("Case number 60").await;
    alice.sees_no_text("Case number 1\n").await;
    alice.follow_link("Show more").await;
    alice
        .waits_until("the first one is on the last page", async |page| {
            if page
                .text()
                .await?
                .lines()
                .any(|line| line == "Case number 1")
            {
                return Ok(true);
            }
            page.follow_link("Show more").await;
            Ok(false)
        })
        .await;
    alice.follow_link("Mine").await;
    alice.fill("Search titles and messages", "number 42").await;
    alice.keyboard(thirtyfour::Key::Enter).await;
    alice.sees_text("Case number 42").await;
    alice.sees_no_text("Case number 41").await;
    alice.follow_link("Shared with me").await;
    alice.sees_no_text("Case number").await;
    alice.noticed_nothing().await;
}

#[tokio::test]
async fn a_new_conversation_is_stored_with_its_first_prompt() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let api = pages.service().acting_as("alice");
    for profile in [
        Profile::desk(),
        Profile::phone(),
        Profile::desk().without_scripts(),
        Profile::phone().without_scripts(),
    ] {
        let before = api.list("").await.len();
        let alice = pages.browser(profile).await;
        alice.sign_in("alice").await;
        for _ in 0..2 {
            alice.follow_link("New conversation").await;
            alice.sees_text("What would you like to know?").await;
            alice.open("/conversations").await;
        }
        alice.follow_link("New conversation").await;
        assert_eq!(api.list("").await.len(), before);
        if profile.scripts {
            assert_eq!(alice.focused().await, "Your prompt");
        }
        alice.fill("Your prompt", "Which hosts beacon?").await;
        alice.click_button("Begin").await;
        alice
            .waits_until("a conversation is open", async |page| {
                Ok(page.path().await.starts_with("/conversations/"))
            })
            .await;
        assert_eq!(api.list("").await.len(), before + 1);
        alice.noticed_nothing().await;
    }
}

#[tokio::test]
async fn a_link_beside_a_conversation_leads_to_the_list() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let (alice, _, id) = begun(&pages, "Which hosts beacon?").await;
    alice.follow_link("Show all conversations").await;
    alice
        .waits_until("the list is open", async |page| {
            Ok(page.path().await == "/conversations")
        })
        .await;
    alice.sees_listed(&["Which hosts beacon?"]).await;
    alice.noticed_nothing().await;

    // With scripts the list itself is there.
    let scripted = pages.browser(Profile::desk()).await;
    scripted.sign_in("alice").await;
    scripted.open(&format!("/conversations/{id}")).await;
    scripted.sees_listed(&["Which hosts beacon?"]).await;
    scripted.sees_no_text("Show all conversations").await;
    scripted.noticed_nothing().await;
}

impl Browser {
    /// Nothing but that a page is refused to whoever is signed out.
    async fn noticed_only_missing_pages(&self) {
        let notices = self.noticed().await;
        let others = notices
            .iter()
            .filter(|it| it.kind != super::Kind::NotLoaded);
        let others: Vec<String> = others.map(ToString::to_string).collect();
        assert!(others.is_empty(), "noticed:\n{}", others.join("\n"));
    }
}
