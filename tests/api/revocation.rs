//! Revocation holds at once.

use serde_json::json;

use crate::harness::Service;

#[tokio::test]
async fn whoever_lost_access_has_lost_it_in_the_very_next_request() {
    let service = Service::demo().await;
    let (alice, bob) = (service.acting_as("alice"), service.acting_as("bob"));
    let id = alice.create("canary").await;
    for _ in 0..5 {
        alice
            .share_with_group(&id, "Threat Hunting", "collaborate")
            .await;
        bob.prompt(&id, "still here?").await;
        assert_eq!(bob.list("q=canary").await, std::slice::from_ref(&id));

        alice
            .put(
                &format!("/conversations/{id}/privacy"),
                json!({ "privacy": "private" }),
            )
            .await
            .expect(200);
        bob.get(&format!("/conversations/{id}")).await.expect(404);
        bob.get(&format!("/conversations/{id}/messages"))
            .await
            .expect(404);
        bob.post(
            &format!("/conversations/{id}/messages"),
            json!({ "content": "and now?" }),
        )
        .await
        .expect(404);
        assert!(bob.list("").await.is_empty() && bob.list("q=canary").await.is_empty());
    }
}

#[tokio::test]
async fn a_downgrade_to_view_ends_prompting_and_leaves_reading() {
    let service = Service::demo().await;
    let (alice, bob) = (service.acting_as("alice"), service.acting_as("bob"));
    let id = alice.create("Beacons").await;
    alice
        .share_with_group(&id, "Threat Hunting", "collaborate")
        .await;
    bob.prompt(&id, "hello").await;
    alice.share_with_group(&id, "Threat Hunting", "view").await;
    bob.get(&format!("/conversations/{id}/messages"))
        .await
        .expect(200);
    let refused = bob
        .post(
            &format!("/conversations/{id}/messages"),
            json!({ "content": "more" }),
        )
        .await;
    refused.expect_problem(403, "forbidden");
}

#[tokio::test]
async fn access_flips_many_times_and_no_answer_is_given_under_the_old_rights() {
    let service = Service::demo().await;
    let (alice, bob) = (service.acting_as("alice"), service.acting_as("bob"));
    let id = alice.create("Beacons").await;
    let path = format!("/conversations/{id}");
    for round in 0..20 {
        let to = if round % 2 == 0 { "shared" } else { "private" };
        alice
            .put(&format!("{path}/privacy"), json!({ "privacy": to }))
            .await
            .expect(200);
        let expected = if to == "shared" { 200 } else { 404 };
        let (by_id, messages, access) = futures::join!(
            bob.get(&path),
            async { bob.get(&format!("{path}/messages")).await },
            async { bob.get(&format!("{path}/access")).await }
        );
        for answer in [by_id, messages, access] {
            answer.expect(expected);
        }
    }
}

#[tokio::test]
async fn a_fork_tells_its_origin_only_while_that_can_be_seen() {
    let service = Service::demo().await;
    let (alice, bob) = (service.acting_as("alice"), service.acting_as("bob"));
    let id = alice.create("Beacons").await;
    alice.share_with_group(&id, "Threat Hunting", "view").await;
    let fork = bob
        .post(&format!("/conversations/{id}/fork"), json!({}))
        .await
        .expect(201);
    assert_eq!(fork["forked_from"], id.as_str());
    let path = format!("/conversations/{}", fork["id"].as_str().unwrap());

    alice
        .put(
            &format!("/conversations/{id}/privacy"),
            json!({ "privacy": "private" }),
        )
        .await
        .expect(200);
    assert_eq!(bob.get(&path).await.expect(200)["forked_from"], json!(null));
    let listed = bob.get("/conversations").await.expect(200);
    assert_eq!(listed["items"][0]["forked_from"], json!(null));
}
