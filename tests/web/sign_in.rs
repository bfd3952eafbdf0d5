//! Signing in to the demo, and signing out.

use serde_json::json;

use super::{Pages, Profile};
use crate::harness::{PERSONAS, is_left_out};

#[tokio::test]
async fn one_signs_in_as_a_persona_and_no_script_reaches_the_session() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let browser = pages.browser(Profile::desk()).await;
    browser.open("/conversations?filter=mine").await;
    browser.sees_text("Who would you like to be?").await;
    let text = browser.text().await.unwrap();
    for (name, _, groups) in PERSONAS {
        let button = format!("Sign in as {name}");
        let card = text.split_once(&button).unwrap_or_else(|| panic!("{text}"));
        for group in groups {
            assert!(card.0.contains(group), "{name}: {text}");
        }
    }
    for ability in [
        "Ask models, and see what others share",
        "View private responses: each reading is audited",
        "Manage responses: read and change every conversation",
        "Change the organization’s settings",
        "Read the audit log",
        "Read your own conversations, without asking models",
        "Every permission in this organization",
    ] {
        assert!(text.contains(ability), "{ability}: {text}");
    }
    // There are no pages for it.
    assert!(!text.contains("Manage people and groups"), "{text}");

    browser.click_button("Sign in as alice").await;
    browser.sees_text("What would you like to know?").await;
    // Where one wanted to go.
    assert_eq!(browser.path().await, "/conversations?filter=mine");

    let cdp = browser.session().cdp();
    let cookies = cdp.send_raw("Network.getCookies", json!({})).await.unwrap();
    let mut cookies = cookies["cookies"].as_array().unwrap().iter();
    let session = cookies
        .find(|cookie| cookie["name"] == "parlor_session")
        .unwrap();
    assert_eq!(session["httpOnly"], true, "{session}");
    assert_eq!(session["sameSite"], "Lax", "{session}");
    let secret = session["value"].as_str().unwrap();
    let reach = "return document.cookie + JSON.stringify({ ...localStorage, ...sessionStorage }) \
        + document.documentElement.outerHTML";
    let reach: String = browser.answer(reach, []).await.unwrap();
    assert!(!reach.contains(secret) && !reach.contains("demo-alice"));
    browser.noticed_nothing().await;
}

#[tokio::test]
async fn who_signs_out_is_signed_out_in_every_browser() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let alice = pages.service().acting_as("alice");
    let id = alice.create("Open elsewhere").await;
    alice.prompt(&id, "A tangerine").await;

    let [here, there] = pages.two_browsers([Profile::desk(); 2]).await;
    futures::join!(here.sign_in("alice"), there.sign_in("alice"));
    there.open(&format!("/conversations/{id}")).await;
    there.sees_text("A tangerine").await;

    here.click_button("alice: account and language").await;
    here.sees_text("Ends your sessions in every browser.").await;
    here.click_button("Sign out").await;
    here.sees_text("Who would you like to be?").await;

    // The page that is open elsewhere ends by itself.
    there.sees_text("Who would you like to be?").await;
    there
        .holds_nothing_of(&["tangerine", "Open elsewhere"])
        .await;
    for browser in [&here, &there] {
        browser.open("/conversations").await;
        browser.sees_text("Who would you like to be?").await;
        browser.noticed_only_refusals(&["401"]).await;
    }
}
