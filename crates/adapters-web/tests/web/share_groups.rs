//! Groups in the share dialog.

use axum::http::StatusCode;
use parlor_application::version_condition::VersionCondition;
use parlor_domain::{
    grants::{Level, Privacy},
    ids::GroupId,
};
use parlor_store_memory::seeds::{self, HUNTERS, RESPONDERS};
use uuid::Uuid;

use crate::{
    share::{group, hidden, privacy, review_and_save, sharing_path, with},
    support::World,
};

#[tokio::test]
async fn a_group_is_added_and_removed_without_being_saved() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let alice = world.browser("alice").await;
    let page = alice.get(&sharing_path(id)).await;
    let hidden = hidden(&page);
    let preview = format!("{}/preview", sharing_path(id));
    let add = page.value_of("add").unwrap();
    let added = alice.post(&preview, &with(&hidden, &[("add", &add)])).await;
    let (group, _) = add.split_once(':').unwrap();
    let level = format!("id=\"share-level-{group}\"");
    assert!(added.text.contains(&level), "{}", added.text);
    assert!(!added.text.contains(&format!("id=\"share-add-{group}\"")));
    let there = format!("{group}:view:{}", add.split_once(':').unwrap().1);
    let fields = [("group", there.as_str()), ("remove", group)];
    let removed = alice.post(&preview, &with(&hidden, &fields)).await;
    assert!(!removed.text.contains(&level));
    assert!(removed.words().contains("Nothing will change"));
    assert_eq!(privacy(&world, id).await, Privacy::Private);
}

#[tokio::test]
async fn groups_are_searched_for_on_the_server() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let alice = world.browser("alice").await;
    let hidden = hidden(&alice.get(&sharing_path(id)).await);
    let preview = format!("{}/preview", sharing_path(id));
    let found = alice
        .post_part(&preview, "found", &with(&hidden, &[("q", "HUNT")]))
        .await;
    assert_eq!(found.status, StatusCode::OK);
    assert!(
        found.words().contains("One group found."),
        "{}",
        found.words()
    );
    assert!(found.text.contains(&format!("share-add-{HUNTERS}")));
    assert!(!found.text.contains(&RESPONDERS.to_string()));
    assert!(!found.text.contains("<html"));
    let none = alice
        .post(&preview, &with(&hidden, &[("q", "<b>nobody")]))
        .await;
    assert!(
        none.words()
            .contains("No other group has this in its name.")
    );
    assert!(!none.text.contains("<b>nobody"), "what was typed is text");
}

#[tokio::test]
async fn who_may_not_look_for_groups_can_still_take_grants_away() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    world.share("alice", id, Some(Level::View), &[]).await;
    let transfer = &world.application.transfer_conversation;
    let condition = VersionCondition::Any;
    let alice = world.caller("alice").await;
    transfer
        .execute(&alice, id, &condition, seeds::ERIN)
        .await
        .unwrap();
    let erin = world.browser("erin").await;
    let page = erin.get(&sharing_path(id)).await;
    assert!(
        page.words().contains("You may not look up groups."),
        "{}",
        page.words()
    );
    let (_, saved) = review_and_save(&erin, id, &[]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_group_that_is_not_of_the_organization_is_refused_and_taken_out() {
    let world = World::new().await;
    let id = world.conversation("alice", "Odd logins").await;
    let alice = world.browser("alice").await;
    let hidden = hidden(&alice.get(&sharing_path(id)).await);
    let nobodys = GroupId::from_uuid(Uuid::from_u128(99));
    let stranger = group(nobodys, "view", "Strangers");
    let reviewed = format!("view,{nobodys}:view");
    let fields = [
        ("organization", "on"),
        ("group", stranger.as_str()),
        ("reviewed", reviewed.as_str()),
    ];
    let refused = alice.post(&sharing_path(id), &with(&hidden, &fields)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let words = refused.words();
    assert!(
        words.contains("taken out of your choice: Strangers"),
        "{words}"
    );
    assert!(
        !refused.text.contains(&nobodys.to_string()),
        "{}",
        refused.text
    );
    assert_eq!(privacy(&world, id).await, Privacy::Private);
}
