//! What was asked without an answer, and was not done; and what is lost.

use serde_json::json;

use super::{
    Browser, Pages, Profile,
    told::{NO_ANSWER, loses_an_answer},
};
use crate::harness::{As, is_left_out};

/// Whether a conversation is private or shared.
async fn privacy(person: &As, id: &str) -> String {
    let view = person.get(&format!("/conversations/{id}")).await;
    view.expect(200)["privacy"].as_str().unwrap().to_owned()
}

/// Lets the next form with this in its address fail before the service is asked, once the page shows that this holds.
async fn is_never_asked(browser: &Browser, part: &str, meanwhile: &str) {
    let script = "globalThis.isLost = false; const { fetch } = globalThis; \
        globalThis.fetch = async (url, options) => { \
            if (!String(url).endsWith('PART') || options?.method !== 'POST') return fetch(url, options); \
            globalThis.fetch = fetch; globalThis.isLost = true; \
            while (!(MEANWHILE)) await new Promise(done => setTimeout(done, 20)); \
            throw new TypeError('the connection is lost'); }"
        .replace("PART", part)
        .replace("MEANWHILE", meanwhile);
    browser.session().execute(script, []).await.unwrap();
}

/// Lets whatever is in front of the service say once that it is away, where the page looks what became of something.
async fn is_away_once(browser: &Browser, part: &str) {
    let script = "const { fetch } = globalThis; \
        globalThis.fetch = async (url, options) => { \
            if (!String(url).endsWith('PART') || options?.method === 'POST') return fetch(url, options); \
            globalThis.fetch = fetch; \
            return new Response('Bad gateway', { status: 502 }); }"
        .replace("PART", part);
    browser.session().execute(script, []).await.unwrap();
}

async fn is_lost(browser: &Browser) {
    browser
        .waits_until("the form is sent", async |page| {
            page.answer("return globalThis.isLost", []).await
        })
        .await;
}

const UNDONE: &str = "your last action was not done";
const TOGGLE: &str = "//button[@id='privacy-toggle']";

#[tokio::test]
async fn what_was_not_done_is_told_until_it_is_done_or_something_else_is_asked() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let owner = pages.service().acting_as("alice");
    let id = owner.create("Undone").await;
    owner.prompt(&id, "A tangerine").await;
    let alice = pages.browser(Profile::desk()).await;
    alice.sign_in("alice").await;
    alice.open(&format!("/conversations/{id}")).await;
    alice.sees_answered("A tangerine").await;
    alice.marks_the_page().await;

    // What somebody else changes meanwhile is not what was asked.
    let is_renamed = "document.querySelector('h1').textContent === 'By somebody else'";
    is_never_asked(&alice, "/privacy", is_renamed).await;
    alice.clicks(TOGGLE).await;
    is_lost(&alice).await;
    let title = json!({ "title": "By somebody else" });
    owner
        .patch(&format!("/conversations/{id}"), title)
        .await
        .expect(200);
    alice.sees_text(UNDONE).await;
    alice.sees_no_text(NO_ANSWER).await;
    // It is done after all.
    let everybody = json!({ "organization": "view", "groups": [] });
    owner.share(&id, everybody).await.expect(200);
    alice.sees_no_text(UNDONE).await;

    is_never_asked(&alice, "/title", "true").await;
    alice.click_button("Rename").await;
    alice.fill("Title", "Mine").await;
    alice.click_button("Save").await;
    alice.sees_text(UNDONE).await;
    // What was typed is still there, to be sent again.
    alice.click_button("Save").await;
    alice.sees_no_text(UNDONE).await;
    alice
        .waits_until("it has its title", async |page| {
            let script = "return document.querySelector('h1').textContent === 'Mine'";
            page.answer(script, []).await
        })
        .await;

    // The way to undo something stays, too.
    alice.clicks(TOGGLE).await;
    alice.sees_text("can see it now.").await;
    is_never_asked(&alice, "/privacy/undo", "true").await;
    alice.click_button("Undo").await;
    alice.sees_text(UNDONE).await;
    alice.click_button("Undo").await;
    alice.sees_text("It is shared as it was before.").await;
    alice.sees_no_text(UNDONE).await;

    is_never_asked(&alice, "/privacy", "true").await;
    alice.clicks(TOGGLE).await;
    alice.sees_text(UNDONE).await;
    alice.is_accessible().await;
    alice.click_button("Close").await;
    alice.sees_no_text(UNDONE).await;
    alice.has_not_reloaded().await;
    alice.noticed_nothing().await;
}

#[tokio::test]
async fn a_choice_in_the_share_dialog_that_was_not_saved_is_told_there_and_can_be_saved_again() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let owner = pages.service().acting_as("alice");
    let id = owner.create("Unsaved").await;
    let alice = pages.browser(Profile::desk()).await;
    alice.sign_in("alice").await;
    alice.open(&format!("/conversations/{id}")).await;
    let opens = async || {
        alice.follow_link("Share").await;
        alice.tick("Anyone in the organization can view").await;
        alice.sees_text("will have access").await;
    };
    opens().await;
    alice.marks_the_page().await;
    is_away_once(&alice, "/sharing").await;
    is_never_asked(&alice, "/sharing", "true").await;
    alice.click_button("Save").await;
    alice.sees_text("your choice was not saved").await;
    alice.has_not_reloaded().await;
    assert_eq!(privacy(&owner, &id).await, "private");
    alice.click_button("Save").await;
    alice.sees_text("Shared with the organization").await;
    assert_eq!(privacy(&owner, &id).await, "shared");

    // Here the answer alone is lost: the page finds out that it is saved.
    alice.follow_link("Share").await;
    alice.tick("Anyone in the organization can view").await;
    loses_an_answer(&alice, "/sharing", "true").await;
    alice.click_button("Make private").await;
    alice.sees_text("Private").await;
    alice
        .waits_until("the dialog is closed", async |page| {
            let script = "return document.querySelector('.share-dialog') === null";
            page.answer(script, []).await
        })
        .await;
    assert_eq!(privacy(&owner, &id).await, "private");
}

#[tokio::test]
async fn a_page_that_lost_its_conversation_stays_empty_until_the_person_opens_it_again() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let owner = pages.service().acting_as("alice");
    let id = owner.create("Secret plans").await;
    let other = owner.create("Told by the stream").await;
    let everybody = json!({ "organization": "view", "groups": [] });
    owner.share(&id, everybody.clone()).await.expect(200);
    let bob = pages.browser(Profile::desk()).await;
    bob.sign_in("bob").await;
    bob.open(&format!("/conversations/{id}")).await;
    bob.sees_text("Secret plans").await;
    bob.marks_the_page().await;
    let nobody = json!({ "organization": null, "groups": [] });
    owner.share(&id, nobody).await.expect(200);
    let gone = "Try to open it again";
    bob.sees_text(gone).await;
    bob.sees_listed(&[]).await;

    // The list beside it shows that access is back, and more; who looks at the screen by now may be somebody else.
    for shared in [&id, &other] {
        owner.share(shared, everybody.clone()).await.expect(200);
    }
    bob.sees_listed(&["Told by the stream", "Secret plans"])
        .await;
    bob.sees_text(gone).await;
    let messages = "return document.querySelectorAll('#path, #conversation-header').length";
    assert_eq!(bob.answer::<u32>(messages, []).await.unwrap(), 0);
    bob.has_not_reloaded().await;
    bob.follow_link(gone).await;
    bob.sees_text("Nothing has been said here yet.").await;
    bob.noticed_nothing().await;
}
