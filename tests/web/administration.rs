//! The audit log and the settings, for those who may see them.

use serde_json::json;

use super::{Browser, Pages, Profile};
use crate::harness::{is_left_out, user_id};

const ENTRIES: &str = "//ol[contains(@class, 'audit-entries')]/li";

/// Waits until there are so many entries.
async fn sees_entries(browser: &Browser, count: usize) {
    let wanted = format!("there are {count} entries");
    browser
        .waits_until(&wanted, async |page| Ok(page.count(ENTRIES).await == count))
        .await;
}

#[tokio::test]
async fn the_audit_log_has_pages_filters_and_the_details_of_each_entry() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let [alice, bob] = ["alice", "bob"].map(|name| pages.service().acting_as(name));
    let id = alice.create("A tangerine").await;
    let organization = json!({ "organization": "view", "groups": [] });
    alice.share(&id, organization).await.expect(200);
    let refused = bob.delete(&format!("/conversations/{id}")).await;
    refused.expect(403);
    for number in 0..60 {
        alice.create(&format!("Report {number}")).await;
    }

    let vera = pages.browser(Profile::desk()).await;
    vera.sign_in("vera").await;
    vera.follow_link("Audit log").await;
    vera.sees_text("Created a conversation").await;
    let first = vera.count(ENTRIES).await;
    assert!((10..60).contains(&first), "{first}");
    vera.sees_no_text("Back to the newest entries").await;
    let mut seen = first;
    while vera.text().await.unwrap().contains("Older entries") {
        let before = vera.path().await;
        vera.follow_link("Older entries").await;
        vera.waits_until(
            "an older page",
            async |page| Ok(page.path().await != before),
        )
        .await;
        vera.sees_text("Back to the newest entries").await;
        seen += vera.count(ENTRIES).await;
    }
    assert!(seen > 62, "{seen}");
    vera.follow_link("Back to the newest entries").await;
    vera.sees_no_text("Back to the newest entries").await;
    vera.sees_text("Older entries").await;

    let refused = "Read a conversation by privilege, or was refused an action on it";
    vera.choose("Action", refused).await;
    vera.click_button("Apply").await;
    sees_entries(&vera, 1).await;
    vera.follow_link("Was refused an action on a conversation")
        .await;
    vera.sees_text("Why it was refused").await;
    vera.sees_text("AI_INFERENCE_STREAM_GET").await;
    vera.sees_text(&id).await;
    vera.click_button("The entry as JSON").await;
    vera.sees_text("\"actionName\"").await;
    vera.follow_link("Only this conversation’s entries").await;
    // It was created, shared, and not deleted.
    sees_entries(&vera, 3).await;
    vera.fill("Person’s id", &user_id("bob")).await;
    vera.click_button("Apply").await;
    sees_entries(&vera, 1).await;
    vera.holds_nothing_of(&["tangerine"]).await;

    // Until before there was anything.
    vera.follow_link("Clear filters").await;
    vera.sees_text("Older entries").await;
    vera.open("/audit?to=2020-01-01T00:00").await;
    vera.sees_text("No entry matches.").await;
    vera.noticed_nothing().await;
    vera.fill("Person’s id", "bob").await;
    vera.click_button("Apply").await;
    vera.sees_text("This is not an id").await;
    vera.noticed_only_refusals(&["400"]).await;
}

#[tokio::test]
async fn who_manages_settings_switches_private_conversations_off_and_on_again() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let owner = pages.service().acting_as("alice");
    let id = owner.create("Private before").await;

    let [admin, alice] = pages.two_browsers([Profile::desk(); 2]).await;
    futures::join!(admin.sign_in("admin"), alice.sign_in("alice"));
    alice
        .sees_text("Until you share it, only you and people with privileged access can see it.")
        .await;
    let text = alice.text().await.unwrap();
    assert!(
        !text.contains("Settings") && !text.contains("Audit log"),
        "{text}"
    );

    admin.follow_link("Settings").await;
    admin.sees_text("For the whole organization Acme.").await;
    admin
        .tick("New conversations start shared with the organization")
        .await;
    admin.click_button("Save").await;
    admin.sees_text("The settings are saved.").await;

    alice.open("/conversations").await;
    alice
        .sees_text("Everyone in your organization who can use AI, and people with privileged access, can see it.")
        .await;
    assert!(alice.entry("Private before").await.starts_with("Private"));
    alice.fill("Your prompt", "Shared from the start").await;
    alice.click_button("Begin").await;
    alice.sees_text("Shared with the organization").await;
    alice.clicks("//button[@id='privacy-toggle']").await;
    alice
        .sees_text("The organization has switched private conversations off.")
        .await;
    alice.sees_text("Shared with the organization").await;
    alice.noticed_only_refusals(&["409"]).await;
    let before = owner.get(&format!("/conversations/{id}")).await.expect(200);
    assert_eq!(before["privacy"], "private");

    // The notice of what was saved before goes in the moment in which something else is sent.
    admin.tick("New conversations start private").await;
    let sends = "const notices = () => document.querySelectorAll('main .notice').length; const before = notices(); \
        const form = document.querySelector('main form'); form.requestSubmit(); return [before, notices(), form.ariaBusy]";
    let (before, after, busy): (u32, u32, String) = admin.answer(sends, []).await.unwrap();
    assert_eq!((before, after, busy.as_str()), (1, 0, "true"));
    admin.sees_text("The settings are saved.").await;
    alice.open("/conversations").await;
    alice
        .sees_text("Until you share it, only you and people with privileged access can see it.")
        .await;

    // What one has no permission for is not there.
    for address in ["/audit", "/settings"] {
        alice.open(address).await;
        alice.sees_no_text("Filters").await;
        alice.sees_no_text("New conversations start").await;
    }
    alice.noticed_only_refusals(&["403", "404"]).await;
    admin.noticed_nothing().await;
}
