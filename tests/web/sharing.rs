//! The share dialog.

use serde_json::json;

use super::{Browser, Pages, Profile};
use crate::harness::{group_id, is_left_out};

/// Waits until the dialog says that these things will change, and nothing else.
async fn foresees(browser: &Browser, lines: &[&str]) {
    let wanted = format!("what will change is {lines:?}");
    browser
        .waits_until(&wanted, async |page| {
            let script = "return [...document.querySelectorAll('#share-summary li')].map(it => it.textContent.trim())";
            Ok(page.answer::<Vec<String>>(script, []).await? == lines)
        })
        .await;
}

#[tokio::test]
async fn one_shares_on_purpose_and_reads_before_what_will_change_and_for_how_many() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let owner = pages.service().acting_as("alice");
    let id = owner.create("On purpose").await;
    let sharing = format!("/conversations/{id}/sharing");
    let nothing = json!({ "organization": null, "groups": [] });

    let alice = pages.browser(Profile::desk()).await;
    alice.sign_in("alice").await;
    alice.open(&format!("/conversations/{id}")).await;
    alice.follow_link("Share").await;
    alice.sees_text("This conversation is private.").await;
    alice.sees_text("Nothing is saved yet.").await;
    let focused = alice.focused().await;
    assert_eq!(focused, "Anyone in the organization can view");

    // Those who may run the AI: bob, carol, and by their permissions already max and vera.
    alice.tick("Anyone in the organization can view").await;
    let shared = "The conversation is no longer private.";
    let viewing = [
        shared,
        "Anyone in the organization: no access → can view",
        "2 more people can view it.",
        "5 people will have access (now: 3).",
    ];
    foresees(&alice, &viewing).await;
    alice.tick("Allow collaboration").await;
    let collaborating = [
        shared,
        "Anyone in the organization: no access → can collaborate",
        "3 more people can collaborate.",
        "5 people will have access (now: 3).",
    ];
    foresees(&alice, &collaborating).await;
    alice.tick("Anyone in the organization can view").await;
    alice
        .sees_text("Nothing will change: this is what is granted now.")
        .await;

    // Groups are found as one types.
    alice.fill("Add groups", "HUNT").await;
    alice.sees_text("One group found.").await;
    alice.sees_no_text("Incident Response").await;
    alice.fill("Add groups", "nobody").await;
    alice
        .sees_text("No other group has this in its name.")
        .await;
    alice.fill("Add groups", "hunt").await;
    alice.click_button("Add Threat Hunting").await;
    let group_views = [
        shared,
        "Threat Hunting: no access → can view",
        "One more person can view it.",
        "4 people will have access (now: 3).",
    ];
    foresees(&alice, &group_views).await;
    alice
        .choose("What Threat Hunting can do", "can collaborate")
        .await;
    let group_collaborates = [
        shared,
        "Threat Hunting: no access → can collaborate",
        "One more person can collaborate.",
        "4 people will have access (now: 3).",
    ];
    foresees(&alice, &group_collaborates).await;
    let now = owner.get(&sharing).await.expect(200);
    assert_eq!(now, nothing, "nothing is saved yet");
    alice.click_button("Save").await;
    alice.sees_text("Shared with groups").await;
    alice.sees_no_text("What will change").await;
    let now = owner.get(&sharing).await.expect(200);
    assert_eq!(now["organization"], json!(null), "{now}");
    assert_eq!(now["groups"][0]["group_id"], group_id("Threat Hunting"));
    assert_eq!(now["groups"][0]["level"], "collaborate", "{now}");

    // Left without saving, it is as it was.
    alice.follow_link("Share").await;
    alice.sees_text("This conversation is shared.").await;
    alice.click_button("Remove Threat Hunting").await;
    let private = [
        "The conversation becomes private: no grants are left. Only its owner and people with \
         privileged access can see it.",
        "Threat Hunting: can collaborate → no access",
        "One person loses access at once.",
        "3 people will have access (now: 4).",
    ];
    foresees(&alice, &private).await;
    alice.follow_link("Cancel").await;
    alice.sees_no_text("What will change").await;
    assert_eq!(owner.get(&sharing).await.expect(200), now);

    alice.follow_link("Share").await;
    alice.click_button("Remove Threat Hunting").await;
    foresees(&alice, &private).await;
    alice.click_button("Make private").await;
    alice.sees_no_text("What will change").await;
    alice.sees_no_text("Shared with groups").await;
    let now = owner.get(&sharing).await.expect(200);
    assert_eq!(now, nothing);
    alice.noticed_nothing().await;
}

#[tokio::test]
async fn who_gets_access_back_opens_the_conversation_from_the_page_that_closed() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let owner = pages.service().acting_as("alice");
    let id = owner.create("Open again").await;
    let collaborate = json!({ "organization": "collaborate", "groups": [] });
    owner.share(&id, collaborate.clone()).await.expect(200);
    let bob = pages.browser(Profile::phone()).await;
    bob.sign_in("bob").await;
    bob.open(&format!("/conversations/{id}")).await;
    bob.fill("Your prompt", "not sent yet").await;
    let nobody = json!({ "organization": null, "groups": [] });
    owner.share(&id, nobody).await.expect(200);
    bob.sees_text("You can no longer see this conversation.")
        .await;
    owner.share(&id, collaborate).await.expect(200);
    bob.follow_link("Try to open it again").await;
    bob.sees_text("Open again").await;
    let typed = "return document.getElementById('composer-content').value";
    let typed: String = bob.answer(typed, []).await.unwrap();
    assert_eq!(typed, "not sent yet");

    // What was deleted does not come back.
    owner.prompt(&id, "The page is live again").await;
    bob.sees_text("The page is live again").await;
    owner
        .delete(&format!("/conversations/{id}"))
        .await
        .expect(204);
    bob.sees_text("This conversation was deleted.").await;
    assert_eq!(bob.count("//main//a").await, 1);
    bob.noticed_nothing().await;
}
