//! Privacy, grants, transfer, and what the organization's setting does to them.

use serde_json::{Value, json};

use crate::harness::{Service, group_id, user_id};

const NO_GRANTS: [&str; 0] = [];

fn privacy(id: &str) -> String {
    format!("/conversations/{id}/privacy")
}

fn sharing(id: &str) -> String {
    format!("/conversations/{id}/sharing")
}

#[tokio::test]
async fn toggling_shares_with_the_organization_as_view_and_back_tells_the_removed_grants() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let id = alice.create("Beacons").await;

    let shared = alice
        .put(&privacy(&id), json!({ "privacy": "shared" }))
        .await;
    assert_eq!(shared.expect(200)["privacy"], "shared");
    assert_eq!(shared.etag(), "\"2\"");
    assert_eq!(shared.json()["removed_grants"], Value::Null);
    let grants = alice.get(&sharing(&id)).await.expect(200);
    assert_eq!(
        grants,
        json!({ "organization": "view", "groups": NO_GRANTS })
    );

    let private = alice
        .put(&privacy(&id), json!({ "privacy": "private" }))
        .await
        .expect(200);
    assert_eq!(private["privacy"], "private");
    assert_eq!(
        private["removed_grants"],
        json!({ "organization": "view", "groups": NO_GRANTS })
    );
}

#[tokio::test]
async fn toggling_to_what_it_is_changes_no_version() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let id = alice.create("Beacons").await;
    let toggled = alice
        .put(&privacy(&id), json!({ "privacy": "private" }))
        .await;
    assert_eq!(
        (toggled.expect(200)["version"].clone(), toggled.etag()),
        (json!(1), "\"1\"".to_owned())
    );
}

#[tokio::test]
async fn saving_grants_needs_the_version_that_was_opened() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let id = alice.create("Beacons").await;
    let grants = json!({ "organization": "collaborate", "groups": NO_GRANTS });

    alice
        .put(&sharing(&id), grants.clone())
        .await
        .expect_problem(428, "precondition-required");
    alice
        .put_if_match(&sharing(&id), "\"7\"", grants.clone())
        .await
        .expect_problem(412, "version-mismatch");
    alice
        .put_if_match(&sharing(&id), "W/\"1\"", grants.clone())
        .await
        .expect(412);
    let saved = alice
        .put_if_match(&sharing(&id), "\"1\"", grants.clone())
        .await;
    assert_eq!(
        (saved.expect(200), saved.etag()),
        (grants, "\"2\"".to_owned())
    );

    let stale = json!({ "organization": null, "groups": NO_GRANTS });
    alice
        .put_if_match(&sharing(&id), "\"1\"", stale)
        .await
        .expect(412);
    assert_eq!(
        alice.get(&sharing(&id)).await.expect(200)["organization"],
        "collaborate"
    );
}

#[tokio::test]
async fn saving_no_grants_at_all_makes_it_private_and_not_public() {
    let service = Service::demo().await;
    let (alice, bob) = (service.acting_as("alice"), service.acting_as("bob"));
    let id = alice.create("Beacons").await;
    alice.share_with_group(&id, "Threat Hunting", "view").await;
    bob.get(&format!("/conversations/{id}")).await.expect(200);

    alice
        .share(&id, json!({ "organization": null, "groups": NO_GRANTS }))
        .await
        .expect(200);
    assert_eq!(
        alice.get(&format!("/conversations/{id}")).await.expect(200)["privacy"],
        "private"
    );
    bob.get(&format!("/conversations/{id}")).await.expect(404);
}

#[tokio::test]
async fn a_group_of_another_organization_cannot_be_granted_anything() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let id = alice.create("Beacons").await;
    let foreign = json!({
        "organization": null,
        "groups": [{ "group_id": group_id("Globex Red Team"), "level": "view" }],
    });
    let problem = alice.share(&id, foreign).await.expect(422);
    assert_eq!(problem["errors"][0]["pointer"], "/groups/0/group_id");
    assert_eq!(
        alice.get(&format!("/conversations/{id}")).await.expect(200)["privacy"],
        "private"
    );
}

#[tokio::test]
async fn whoever_may_not_manage_is_refused_before_its_precondition_is_looked_at() {
    let service = Service::demo().await;
    let (alice, bob) = (service.acting_as("alice"), service.acting_as("bob"));
    let id = alice.create("Beacons").await;
    alice
        .share_with_group(&id, "Threat Hunting", "collaborate")
        .await;
    let grants = json!({ "organization": "view", "groups": NO_GRANTS });
    bob.put(&sharing(&id), grants.clone())
        .await
        .expect_problem(403, "forbidden");
    bob.put_if_match(&sharing(&id), "\"99\"", grants)
        .await
        .expect_problem(403, "forbidden");
    bob.put(&privacy(&id), json!({ "privacy": "private" }))
        .await
        .expect(403);
    bob.get(&sharing(&id)).await.expect(403);
}

#[tokio::test]
async fn without_private_conversations_new_ones_are_shared_and_none_becomes_private() {
    let service = Service::demo().await;
    let (admin, alice, bob) = (
        service.acting_as("admin"),
        service.acting_as("alice"),
        service.acting_as("bob"),
    );
    let before = alice.create("From before").await;
    let setting = admin
        .put("/settings", json!({ "private_conversations": false }))
        .await;
    assert_eq!(
        setting.expect(200),
        json!({ "private_conversations": false })
    );

    let id = alice.create("From after").await;
    assert_eq!(
        bob.get(&format!("/conversations/{id}")).await.expect(200)["access"],
        "view"
    );
    let refused = alice
        .put(&privacy(&id), json!({ "privacy": "private" }))
        .await;
    refused.expect_problem(409, "private-conversations-disabled");
    let wish = json!({ "title": "Mine", "privacy": "private" });
    alice
        .post("/conversations", wish)
        .await
        .expect_problem(409, "private-conversations-disabled");

    // What was private stays so.
    bob.get(&format!("/conversations/{before}"))
        .await
        .expect(404);
    alice
        .put(&privacy(&before), json!({ "privacy": "private" }))
        .await
        .expect(200);
}

#[tokio::test]
async fn a_transfer_gives_everything_to_the_new_owner_and_keeps_the_grants() {
    let service = Service::demo().await;
    let (alice, carol) = (service.acting_as("alice"), service.acting_as("carol"));
    let id = alice.create("Beacons").await;
    alice.share_with_group(&id, "Threat Hunting", "view").await;

    let path = format!("/conversations/{id}/owner");
    let given = alice
        .put(&path, json!({ "user_id": user_id("carol") }))
        .await
        .expect(200);
    assert_eq!(given["owner"]["id"], user_id("carol"));
    let seen = carol.get(&format!("/conversations/{id}")).await.expect(200);
    assert_eq!(
        (&seen["access"], &seen["privacy"]),
        (&json!("manage"), &json!("shared"))
    );
    // The former owner is a member of the group and no more than that.
    let seen = alice.get(&format!("/conversations/{id}")).await.expect(200);
    assert_eq!(
        (&seen["access"], &seen["reasons"]),
        (&json!("view"), &json!(["group_view"]))
    );
    alice
        .put(&path, json!({ "user_id": user_id("alice") }))
        .await
        .expect(403);
}

#[tokio::test]
async fn a_conversation_cannot_be_given_to_a_stranger() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let id = alice.create("Beacons").await;
    let path = format!("/conversations/{id}/owner");
    let foreign = alice
        .put(&path, json!({ "user_id": user_id("mallory") }))
        .await;
    let absent = alice
        .put(
            &path,
            json!({ "user_id": "0190a2b4-7e1c-7cc0-98c4-dc0c0c07398f" }),
        )
        .await;
    assert_eq!(
        foreign.expect(422),
        absent.expect(422),
        "one answer for both"
    );
    assert_eq!(foreign.json()["errors"][0]["pointer"], "/user_id");
}
