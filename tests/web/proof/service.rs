//! The service's own pages can be looked at.

use super::is_without_browser;
use crate::web::{Pages, Profile};

#[tokio::test]
async fn the_documentation_of_the_api_opens_and_goes_nowhere_else() {
    if is_without_browser() {
        return;
    }
    let pages = Pages::demo().await;
    let browser = pages.browser(Profile::desk()).await;
    browser.open("/api/docs").await;
    browser.sees_text("/api/v1/conversations").await;
    browser.noticed_nothing().await;
}

#[tokio::test]
async fn two_people_look_at_once() {
    if is_without_browser() {
        return;
    }
    let pages = Pages::demo().await;
    let [alice, bob] = pages
        .two_browsers([Profile::desk(), Profile::phone()])
        .await;
    let id = pages.service().acting_as("alice").create("Beacons").await;
    for person in [alice, bob] {
        // Nobody is signed in: what is there is for others to see.
        person.open(&format!("/api/v1/conversations/{id}")).await;
        person.sees_text("unauthenticated").await;
    }
}

mod postgres {
    use super::*;

    #[tokio::test]
    async fn two_people_are_at_two_instances() {
        if is_without_browser() {
            return;
        }
        let pages = Pages::on_two_instances().await;
        let [alice, bob] = pages.two_browsers([Profile::desk(); 2]).await;
        alice.open("/api/docs").await;
        bob.open("/api/docs").await;
        assert_ne!(alice.origins()[0], bob.origins()[0]);
        // Each may go to the other one's.
        alice.open(&format!("{}/api/docs", bob.origins()[0])).await;
    }
}
