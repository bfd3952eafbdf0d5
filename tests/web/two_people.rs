//! Two people, each in a browser of their own, in the same conversation at once.

use serde_json::json;

use super::steps::{answer, prompt};
use super::{Browser, Pages, Profile};
use crate::harness::{As, group_id, is_left_out};

/// Two people on their desks, signed in.
async fn signed_in(pages: &Pages, names: [&str; 2]) -> [Browser; 2] {
    let browsers = pages.two_browsers([Profile::desk(); 2]).await;
    futures::join!(browsers[0].sign_in(names[0]), browsers[1].sign_in(names[1]));
    browsers
}

/// What is granted to whom, as the API says it.
async fn sharing(of: &As, id: &str) -> serde_json::Value {
    of.get(&format!("/conversations/{id}/sharing"))
        .await
        .expect(200)
}

#[tokio::test]
async fn who_loses_access_sees_the_open_page_close_and_nothing_stays_in_it() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let owner = pages.service().acting_as("alice");
    let id = owner.create("Beacons of Tuesday").await;
    owner.prompt(&id, "The tangerine host calls home").await;
    owner.share_with_group(&id, "Threat Hunting", "view").await;
    let secrets = ["Beacons of Tuesday", "tangerine"];

    let [alice, bob] = signed_in(&pages, ["alice", "bob"]).await;
    bob.opens_listed("Beacons of Tuesday").await;
    bob.sees_text("The tangerine host calls home").await;
    bob.sees_listed(&["Beacons of Tuesday"]).await;
    bob.marks_the_page().await;
    bob.noticed_nothing().await;

    alice.open(&format!("/conversations/{id}")).await;
    alice.follow_link("Share").await;
    alice.click_button("Remove Threat Hunting").await;
    alice.sees_text("One person loses access at once.").await;
    alice.click_button("Make private").await;

    bob.sees_text("You can no longer see this conversation.")
        .await;
    bob.sees_listed(&[]).await;
    bob.has_not_reloaded().await;
    bob.holds_nothing_of(&secrets).await;
    bob.noticed_nothing().await;

    bob.open(&format!("/conversations/{id}")).await;
    bob.sees_text("There is nothing here").await;
    bob.holds_nothing_of(&secrets).await;
    bob.open("/conversations").await;
    bob.session().back().await.unwrap();
    bob.sees_text("There is nothing here").await;
    bob.holds_nothing_of(&secrets).await;
    bob.noticed_only_refusals(&["404"]).await;
    alice.noticed_nothing().await;
}

#[tokio::test]
async fn two_people_work_on_two_branches_of_one_message_and_each_finds_the_others_in_the_navigator()
{
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let owner = pages.service().acting_as("alice");
    let id = owner.create("Branches").await;
    owner.prompt(&id, "Which hosts beacon?").await;
    owner
        .share_with_group(&id, "Threat Hunting", "collaborate")
        .await;

    let people = signed_in(&pages, ["alice", "bob"]).await;
    let [alice, bob] = &people;
    for person in &people {
        person.open(&format!("/conversations/{id}")).await;
        person
            .sees_messages(&["Which hosts beacon?", "Hello alice, you wrote:"])
            .await;
        person.marks_the_page().await;
    }

    alice.fill("Your prompt", "Look at names").await;
    alice.click_button("Send").await;
    let hers = [
        "Which hosts beacon?",
        "Hello alice, you wrote:",
        "Look at names",
        "Hello alice, you wrote:",
    ];
    alice.sees_messages(&hers).await;
    bob.sees_messages(&hers).await;
    bob.sees_answers_end().await;

    // He answers to the same message as she did.
    bob.clicks_in(&answer("Which hosts beacon?"), "Continue from here")
        .await;
    bob.sees_text("What you send begins a branch after the message of")
        .await;
    bob.fill("Your prompt", "Look at times").await;
    bob.click_button("Send").await;
    let his = [
        "Which hosts beacon?",
        "Hello alice, you wrote:",
        "Look at times",
        "Hello bob, you wrote:",
    ];
    bob.sees_messages(&his).await;
    bob.sees_navigators(&["2 / 2"]).await;

    alice.sees_navigators(&["1 / 2"]).await;
    alice.sees_messages(&hers).await;
    alice
        .clicks_in(&prompt("Look at names"), "Next version")
        .await;
    alice.sees_messages(&his).await;
    alice.sees_navigators(&["2 / 2"]).await;

    bob.clicks_in(&prompt("Look at times"), "Previous version")
        .await;
    bob.sees_messages(&hers).await;
    bob.sees_navigators(&["1 / 2"]).await;

    for person in &people {
        person.sees_answers_end().await;
        person.has_not_reloaded().await;
        person.noticed_nothing().await;
    }
}

#[tokio::test]
async fn a_stale_share_dialog_overwrites_nothing_and_shows_the_newer_state() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let owner = pages.service().acting_as("alice");
    let id = owner.create("Shared by two").await;
    let address = format!("/conversations/{id}");

    let [alice, max] = signed_in(&pages, ["alice", "max"]).await;
    alice.open(&address).await;
    alice.follow_link("Share").await;
    alice.click_button("Add Incident Response").await;
    alice
        .sees_text("Incident Response: no access → can view")
        .await;

    max.open(&address).await;
    max.follow_link("Share").await;
    max.tick("Anyone in the organization can view").await;
    max.sees_text("Anyone in the organization: no access → can view")
        .await;
    max.click_button("Save").await;
    max.sees_text("Shared with the organization").await;

    alice.click_button("Save").await;
    alice
        .sees_text("Somebody else has changed this conversation")
        .await;
    let table = alice.text().await.unwrap();
    assert!(
        table.contains("Anyone in the organization no access can view")
            && table.contains("Incident Response no access no access can view"),
        "{table}"
    );
    let now = sharing(&owner, &id).await;
    assert_eq!(now["organization"], "view", "{now}");
    assert_eq!(now["groups"], json!([]), "{now}");

    alice
        .follow_link("Discard mine, show the newer state")
        .await;
    alice.sees_no_text("Somebody else has changed").await;
    alice.sees_text("No group has been added.").await;
    let is_ticked = "return document.getElementById('share-organization').checked";
    assert!(alice.answer::<bool>(is_ticked, []).await.unwrap());

    // Under the newer version it is saved.
    alice.click_button("Add Incident Response").await;
    alice
        .sees_text("Incident Response: no access → can view")
        .await;
    alice.click_button("Save").await;
    alice.sees_no_text("What will change").await;
    let now = sharing(&owner, &id).await;
    assert_eq!(now["organization"], "view", "{now}");
    let group = json!(group_id("Incident Response"));
    assert_eq!(now["groups"][0]["group_id"], group, "{now}");

    alice.noticed_only_refusals(&["412"]).await;
    max.noticed_nothing().await;
}

#[tokio::test]
async fn the_list_of_one_shows_what_the_other_does_without_a_reload() {
    if is_left_out("browser") {
        return;
    }
    let pages = Pages::demo().await;
    let owner = pages.service().acting_as("bob");
    let older = owner.create("Older").await;
    owner
        .share_with_group(&older, "Threat Hunting", "view")
        .await;
    let newer = owner.create("Newer").await;
    owner
        .share_with_group(&newer, "Threat Hunting", "view")
        .await;

    let [alice, bob] = signed_in(&pages, ["alice", "bob"]).await;
    alice.open("/conversations").await;
    alice.sees_listed(&["Newer", "Older"]).await;
    alice.marks_the_page().await;

    bob.open(&format!("/conversations/{older}")).await;
    bob.fill("Your prompt", "A new message").await;
    bob.click_button("Send").await;
    bob.sees_text("Hello bob").await;
    alice.sees_listed(&["Older", "Newer"]).await;

    bob.click_button("Rename").await;
    bob.fill("Title", "Renamed").await;
    bob.click_button("Save").await;
    alice.sees_listed(&["Renamed", "Newer"]).await;

    // The question names the group that loses it.
    bob.clicks("//button[@id='privacy-toggle']").await;
    bob.sees_text("Threat Hunting").await;
    bob.click_button("Make private").await;
    bob.sees_text("Only its owner and people with privileged access can see it now.")
        .await;
    alice.sees_listed(&["Newer"]).await;

    bob.click_button("Undo").await;
    bob.sees_text("It is shared as it was before.").await;
    alice.sees_listed(&["Renamed", "Newer"]).await;

    bob.open(&format!("/conversations/{newer}")).await;
    bob.click_button("More").await;
    bob.follow_link("Delete").await;
    bob.sees_text("Delete this conversation?").await;
    bob.click_button("Delete permanently").await;
    alice.sees_listed(&["Renamed"]).await;

    alice.has_not_reloaded().await;
    alice.noticed_nothing().await;
    bob.noticed_nothing().await;
}
