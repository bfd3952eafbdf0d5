//! Everything by the keyboard alone.

use thirtyfour::Key;

use super::{Browser, Pages, Profile};
use crate::harness::is_left_out;

impl Browser {
    /// Goes on from where the focus is, element by element, until it is on the one of this name.
    async fn tabs_to(&self, name: &str) {
        const MANY: usize = 80;
        let mut passed = Vec::new();
        for _ in 0..MANY {
            self.keyboard(Key::Tab).await;
            let focused = self.focused().await;
            if focused == name {
                return;
            }
            passed.push(focused);
        }
        panic!("the focus does not come to `{name}`, but to {passed:?}");
    }

    async fn has_focus_on(&self, name: &str) {
        self.waits_until(&format!("the focus is on `{name}`"), async |page| {
            Ok(page.focused().await == name)
        })
        .await;
    }
}

const TO_SHARED: &str = "Private. Let everyone in the organization who can use AI view it";
const TO_PRIVATE: &str = "Shared with the organization. Make it private";

#[tokio::test]
async fn one_signs_in_asks_and_shares_without_a_mouse() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let alice = pages.browser(Profile::desk()).await;
    alice.open("/sign-in").await;
    alice.tabs_to("Sign in as alice").await;
    alice.keyboard(Key::Enter).await;
    alice.sees_text("No conversations yet").await;

    alice.tabs_to("New conversation").await;
    alice.keyboard(Key::Enter).await;
    alice.has_focus_on("Your prompt").await;
    alice.keyboard("Which hosts beacon?").await;
    alice.keyboard(Key::Shift + Key::Enter).await;
    alice.keyboard("All of them.").await;
    alice.keyboard(Key::Enter).await;
    alice.sees_text("On the path to this answer").await;
    // One goes on typing where one was.
    alice.has_focus_on("Your prompt").await;

    alice.open(&alice.path().await).await;
    alice.tabs_to(TO_SHARED).await;
    alice.keyboard(Key::Enter).await;
    alice
        .sees_text("Everyone in the organization who can use AI can view it now")
        .await;
    alice.has_focus_on(TO_PRIVATE).await;
    alice.keyboard(Key::Enter).await;
    alice.has_focus_on(TO_SHARED).await;

    alice.tabs_to("Share").await;
    alice.keyboard(Key::Enter).await;
    alice
        .has_focus_on("Anyone in the organization can view")
        .await;
    alice.keyboard(Key::Escape).await;
    alice.has_focus_on("Share").await;
    alice.keyboard(Key::Enter).await;
    alice
        .has_focus_on("Anyone in the organization can view")
        .await;
    alice.keyboard(" ").await;
    alice.sees_text("more people can view it").await;
    alice.tabs_to("Save").await;
    alice.keyboard(Key::Enter).await;
    // The page has come anew.
    alice.sees_no_text("What will change").await;
    alice.tabs_to(TO_PRIVATE).await;
    alice.noticed_nothing().await;
}

#[tokio::test]
async fn the_first_key_leads_past_the_navigation() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let alice = pages.browser(Profile::desk()).await;
    alice.sign_in("alice").await;
    let id = pages.service().acting_as("alice").create("Beacons").await;
    alice.open(&format!("/conversations/{id}")).await;
    alice.keyboard(Key::Tab).await;
    assert_eq!(alice.focused().await, "Skip to the content");
    alice.keyboard(Key::Enter).await;
    alice.tabs_to("Rename").await;
    // The list beside it, and what leads elsewhere, was not on the way.
    let before = "return document.activeElement.closest('main') !== null";
    let is_inside = alice.session().execute(before, []).await.unwrap();
    assert!(is_inside.convert::<bool>().unwrap());
}

#[tokio::test]
async fn a_menu_closes_by_escape_and_gives_the_focus_back() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let alice = pages.browser(Profile::desk()).await;
    alice.sign_in("alice").await;
    alice.tabs_to("alice: account and language").await;
    alice.keyboard(Key::Enter).await;
    alice.sees_text("Sign out").await;
    alice.tabs_to("Sign out").await;
    alice.keyboard(Key::Escape).await;
    alice.sees_no_text("Ends your sessions").await;
    assert_eq!(alice.focused().await, "alice: account and language");
}
