//! What a page shows of what it does: that it is under way, and that it is refused.

use serde_json::json;

use super::{Browser, Pages, Profile, steps::prompt};
use crate::harness::is_left_out;

/// Nothing that the page asks from now on is answered, until `globalThis.answers()`.
async fn hangs(browser: &Browser) {
    let script = "const { fetch } = globalThis; const open = new Promise(done => (globalThis.answers = done)); \
        globalThis.fetch = async (...asked) => { await open; return fetch(...asked); }";
    browser.session().execute(script, []).await.unwrap();
}

async fn answers(browser: &Browser) {
    let script = "globalThis.answers()";
    browser.session().execute(script, []).await.unwrap();
}

/// What turns at the end of what was pressed is shown in the moment in which it is pressed.
async fn shows_that_it_is_under_way(browser: &Browser, selector: &str) {
    let script = "const it = document.querySelector('SELECTOR'); it.click(); \
        return it.ariaBusy === 'true' && getComputedStyle(it, '::after').animationName === 'turning'"
        .replace("SELECTOR", selector);
    let is_shown: bool = browser.answer(&script, []).await.unwrap();
    assert!(is_shown, "{selector}");
    browser.sees_text("Still waiting").await;
    answers(browser).await;
    browser.sees_no_text("Still waiting").await;
    browser
        .waits_until("it is over", async |page| {
            let script = "return document.querySelector('#conversation [aria-busy]') === null";
            page.answer(script, []).await
        })
        .await;
}

#[tokio::test]
async fn whatever_is_pressed_shows_at_once_that_it_is_under_way() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let owner = pages.service().acting_as("alice");
    let id = owner.create("Under way").await;
    let alice = pages.browser(Profile::desk()).await;
    alice.sign_in("alice").await;
    alice.open(&format!("/conversations/{id}")).await;
    hangs(&alice).await;
    shows_that_it_is_under_way(&alice, "#privacy-toggle").await;
    alice
        .sees_text("Everyone in the organization who can use AI can view it now.")
        .await;
    hangs(&alice).await;
    shows_that_it_is_under_way(&alice, "[data-share]").await;
    alice.sees_text("Anyone in the organization can view").await;
    alice.noticed_nothing().await;
}

const REFUSED: &str =
    "A fork is private, and the organization has switched private conversations off.";

#[tokio::test]
async fn a_fork_that_is_refused_is_told_at_an_address_that_can_be_asked_again() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let owner = pages.service().acting_as("alice");
    let id = owner.create("Forked").await;
    owner.prompt(&id, "A tangerine").await;
    let page = format!("/conversations/{id}");
    let alice = pages.browser(Profile::desk()).await;
    alice.sign_in("alice").await;
    alice.open(&page).await;
    alice.sees_answered("A tangerine").await;
    let off = json!({ "private_conversations": false });
    let admin = pages.service().acting_as("admin");
    admin.put("/settings", off).await.expect(200);

    alice.clicks("//*[@id='head-more']").await;
    alice.click_button("Fork everything").await;
    alice.sees_text(REFUSED).await;
    // The page goes on: what comes does not take away what was told.
    owner.prompt(&id, "A plum").await;
    alice.sees_answered("A plum").await;
    alice.sees_text(REFUSED).await;
    assert_eq!(alice.path().await, page);
    alice.noticed_only_refusals(&["409"]).await;
    alice.open(&page).await;
    alice.sees_no_text(REFUSED).await;
    assert_eq!(alice.count(&prompt("")).await, 2);
}

#[tokio::test]
async fn what_a_choice_will_change_is_in_sight_wherever_it_can_be_saved() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let owner = pages.service().acting_as("alice");
    let id = owner.create("In sight").await;
    for profile in [Profile::desk(), Profile::phone()] {
        let alice = pages.browser(profile).await;
        alice.sign_in("alice").await;
        alice.open(&format!("/conversations/{id}")).await;
        alice.clicks("//a[@data-share]").await;
        alice.tick("Anyone in the organization can view").await;
        alice.sees_text("will have access").await;
        let script = "return ['#share-summary', '[data-save]'].map(it => { \
            const { top, bottom } = document.querySelector(it).getBoundingClientRect(); \
            return top >= 0 && bottom <= innerHeight })";
        let are_in_sight: [bool; 2] = alice.answer(script, []).await.unwrap();
        assert_eq!(are_in_sight, [true; 2]);
        alice.noticed_nothing().await;
    }
}
