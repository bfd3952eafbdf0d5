//! What stands above a conversation.

use std::path::Path;

use serde_json::json;
use tempfile::TempDir;

use super::{Browser, Pages, Profile};
use crate::harness::{eventually, group_id, is_left_out};

const TOGGLE: &str = "//button[@id='privacy-toggle']";

/// What the lock or the shared icon says.
async fn sees_privacy(browser: &Browser, words: &str) {
    let wanted = format!("the icon says `{words}`");
    browser
        .waits_until(&wanted, async |page| {
            let script = "return document.querySelector('#privacy-toggle > span').textContent";
            Ok(page.answer::<String>(script, []).await? == words)
        })
        .await;
}

#[tokio::test]
async fn a_click_on_the_lock_shares_and_makes_private_with_a_question_and_an_undo() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let owner = pages.service().acting_as("alice");
    let id = owner.create("Behind a lock").await;
    let sharing = format!("/conversations/{id}/sharing");

    let alice = pages.browser(Profile::desk()).await;
    alice.sign_in("alice").await;
    alice.open(&format!("/conversations/{id}")).await;
    alice.marks_the_page().await;
    sees_privacy(&alice, "Private").await;

    // Nothing is lost by it, so nothing is asked.
    alice.clicks(TOGGLE).await;
    alice
        .sees_text("Everyone in the organization who can use AI can view it now.")
        .await;
    sees_privacy(&alice, "Shared with the organization").await;
    alice.click_button("Undo").await;
    alice.sees_text("It is shared as it was before.").await;
    sees_privacy(&alice, "Private").await;

    // With grants to groups there is a question, which one can leave.
    owner
        .share_with_group(&id, "Threat Hunting", "collaborate")
        .await;
    sees_privacy(&alice, "Shared with groups").await;
    alice.clicks(TOGGLE).await;
    alice.sees_text("Make it private?").await;
    alice.sees_text("These groups lose their access:").await;
    alice.sees_text("Threat Hunting").await;
    alice.follow_link("Cancel").await;
    alice.sees_no_text("Make it private?").await;
    sees_privacy(&alice, "Shared with groups").await;

    alice.clicks(TOGGLE).await;
    alice.click_button("Make private").await;
    alice
        .sees_text("Only its owner and people with privileged access can see it now.")
        .await;
    sees_privacy(&alice, "Private").await;
    let now = owner.get(&sharing).await.expect(200);
    assert_eq!(now["groups"], json!([]), "{now}");

    alice.click_button("Undo").await;
    alice.sees_text("It is shared as it was before.").await;
    sees_privacy(&alice, "Shared with groups").await;
    let now = owner.get(&sharing).await.expect(200);
    assert_eq!(now["groups"][0]["group_id"], group_id("Threat Hunting"));
    assert_eq!(now["groups"][0]["level"], "collaborate", "{now}");
    alice.has_not_reloaded().await;
    alice.noticed_nothing().await;
}

#[tokio::test]
async fn one_renames_in_place_exports_forks_and_deletes_after_a_question() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let owner = pages.service().acting_as("alice");
    let id = owner.create("Before").await;
    owner.prompt(&id, "A tangerine, or two?").await;

    let alice = pages.browser(Profile::desk()).await;
    alice.sign_in("alice").await;
    alice.opens_listed("Before").await;
    alice.marks_the_page().await;
    alice.click_button("Rename").await;
    alice.fill("Title", "After").await;
    alice.click_button("Save").await;
    alice
        .waits_until("the title is another one", async |page| {
            let script = "return document.querySelector('#conversation-title').textContent";
            Ok(page.answer::<String>(script, []).await? == "After")
        })
        .await;
    alice.sees_listed(&["After"]).await;
    assert_eq!(alice.session().title().await.unwrap(), "After – Parlor");
    alice.has_not_reloaded().await;

    let folder = TempDir::new().unwrap();
    let parameters = json!({ "behavior": "allow", "downloadPath": folder.path() });
    let cdp = alice.session().cdp();
    let set = cdp.send_raw("Browser.setDownloadBehavior", parameters);
    set.await.unwrap();
    alice.click_button("More").await;
    alice.follow_link("Export as Markdown").await;
    let markdown = downloaded(folder.path(), "md").await;
    assert!(markdown.contains("After") && markdown.contains("A tangerine, or two?"));
    alice.follow_link("Export as JSON").await;
    let exported = downloaded(folder.path(), "json").await;
    let exported: serde_json::Value = serde_json::from_str(&exported).unwrap();
    assert!(exported.to_string().contains("A tangerine, or two?"));

    alice.click_button("Fork everything").await;
    alice.sees_text("This is your copy.").await;
    alice.sees_text("A tangerine, or two?").await;
    assert_ne!(alice.path().await, format!("/conversations/{id}"));
    alice.sees_text("Forked from another conversation").await;

    let deleted = alice.path().await;
    alice.click_button("More").await;
    alice.follow_link("Delete").await;
    alice.sees_text("Delete this conversation?").await;
    alice.follow_link("Cancel").await;
    alice.sees_no_text("Delete this conversation?").await;
    alice.sees_text("A tangerine, or two?").await;
    alice.click_button("More").await;
    alice.follow_link("Delete").await;
    alice.click_button("Delete permanently").await;
    alice.sees_text("What would you like to know?").await;
    alice.sees_listed(&["After"]).await;
    alice.noticed_nothing().await;
    alice.open(&deleted).await;
    alice.sees_text("There is nothing here").await;
    alice.noticed_only_refusals(&["404"]).await;
}

/// A file of this kind, once it is there as a whole.
async fn downloaded(folder: &Path, kind: &str) -> String {
    eventually("the file is there", || async {
        let mut files = std::fs::read_dir(folder).unwrap();
        let file = files.find_map(|file| {
            let path = file.unwrap().path();
            path.extension()
                .is_some_and(|it| it == kind)
                .then_some(path)
        })?;
        let content = std::fs::read_to_string(file).unwrap();
        (!content.is_empty()).then_some(content)
    })
    .await
}

#[tokio::test]
async fn everybody_learns_why_they_see_it_and_its_owner_who_can_and_who_looked_by_privilege() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let owner = pages.service().acting_as("alice");
    let id = owner.create("Looked at").await;
    owner.prompt(&id, "A tangerine").await;
    let address = format!("/conversations/{id}");

    let [alice, other] = pages.two_browsers([Profile::desk(); 2]).await;
    futures::join!(alice.sign_in("alice"), other.sign_in("vera"));
    alice.open(&format!("{address}/access")).await;
    alice.sees_text("No privileged views.").await;

    other.opens_listed("Looked at").await;
    other.sees_text("Visible to you by privilege").await;
    other.sees_text("Owned by alice").await;
    other.click_button("Why can I see this?").await;
    other
        .sees_text("You hold the permission View private responses.")
        .await;
    other.click_button("More").await;
    other.sees_text("Export as Markdown").await;
    other.sees_no_text("Who can see this, and who looked").await;
    other.sees_no_text("Delete").await;
    other.noticed_nothing().await;

    owner.share_with_group(&id, "Threat Hunting", "view").await;
    other.session().delete_all_cookies().await.unwrap();
    other.sign_in("bob").await;
    other.opens_listed("Looked at").await;
    other.click_button("Why can I see this?").await;
    other.sees_text("One of your groups may view it.").await;
    other.noticed_nothing().await;

    alice.open(&address).await;
    alice.click_button("Why can I see this?").await;
    alice.sees_text("It is yours.").await;
    alice.click_button("More").await;
    alice.follow_link("Who can see this, and who looked").await;
    alice.sees_text("Who can see this?").await;
    let said = alice.text().await.unwrap();
    let rows: Vec<&str> = said.lines().collect();
    let says = |row: &str| assert!(rows.contains(&row), "`{row}` is not in:\n{said}");
    says("alice (you) manage owner · shared with a group, to view");
    says("bob view shared with a group, to view");
    says("max manage may manage responses · may view private responses");
    says("vera view may view private responses");
    assert!(!said.contains("carol") && !said.contains("erin"), "{said}");
    let (_, looked) = said.split_once("Privileged views").unwrap();
    assert_eq!(
        looked.matches("vera opened it").count(),
        1,
        "one visit: {said}"
    );
    assert!(!looked.contains("bob"), "{said}");
    alice.noticed_nothing().await;
}

/// Where a message is on the screen, and where "Why can I see this?" is above the conversation.
async fn places(browser: &Browser) -> [i64; 2] {
    let script = "const top = it => Math.round(it.getBoundingClientRect().top); \
        const messages = document.querySelectorAll('article.message'); \
        const head = document.querySelector('#conversation-header'); \
        return [top(messages[messages.length / 2]), top(document.querySelector('#head-why')) - top(head)]";
    browser.answer(script, []).await.unwrap()
}

/// It is where it was, but for a notice that came or went above it.
fn stays([before, why_before]: [i64; 2], [now, why_now]: [i64; 2], what: &str) {
    assert!((now - before).abs() < 150, "{what}: {before} → {now}");
    assert_eq!(why_now, why_before, "{what}");
}

#[tokio::test]
async fn what_one_does_above_a_conversation_leaves_it_scrolled_as_it_was() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let owner = pages.service().acting_as("alice");
    let id = owner.create("Long").await;
    for number in 0..4 {
        let lines = format!("Line of {number}\n\n").repeat(30);
        owner.prompt(&id, &lines).await;
    }
    let alice = pages.browser(Profile::desk()).await;
    alice.sign_in("alice").await;
    alice.open(&format!("/conversations/{id}")).await;
    alice.sees_answers_end().await;
    alice.marks_the_page().await;
    let clicks = "const it = document.querySelector(arguments[0]); it.focus({ preventScroll: true }); it.click()";
    let half = "scrollTo(0, document.documentElement.scrollHeight / 2)";
    alice.session().execute(half, []).await.unwrap();
    let offset = "return Math.round(scrollY)";
    assert!(alice.answer::<i64>(offset, []).await.unwrap() > 500);
    let before = places(&alice).await;

    for words in ["Shared with the organization", "Private"] {
        let toggle = [json!("#privacy-toggle")];
        alice.session().execute(clicks, toggle).await.unwrap();
        sees_privacy(&alice, words).await;
        stays(before, places(&alice).await, words);
        assert_eq!(
            alice
                .answer::<String>("return document.activeElement.id", [])
                .await
                .unwrap(),
            "privacy-toggle"
        );
    }

    let opens = [json!("[data-rename] summary")];
    alice.session().execute(clicks, opens).await.unwrap();
    let renames = "const form = document.querySelector('[data-rename] form'); \
        form.querySelector('[name=title]').value = 'Longer'; form.querySelector('button').focus({ preventScroll: true }); \
        form.requestSubmit()";
    alice.session().execute(renames, []).await.unwrap();
    alice
        .waits_until("the title is another one", async |page| {
            let script = "return document.querySelector('#conversation-title').textContent";
            Ok(page.answer::<String>(script, []).await? == "Longer")
        })
        .await;
    stays(before, places(&alice).await, "renamed");
    alice.has_not_reloaded().await;
    alice.noticed_nothing().await;
}
