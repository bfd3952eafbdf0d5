//! What is told of the list, and to whom.

use std::time::Instant;

use serde_json::json;

use super::{AT_ONCE, LIST, next, shared_with_bob};
use crate::harness::{DirectoryChange, Service};

#[tokio::test]
async fn a_list_tells_what_is_new_changed_and_gone() {
    let service = Service::demo().await;
    let [alice, bob] = ["alice", "bob"].map(|name| service.acting_as(name));
    let mut stream = bob.follow(LIST).await;
    let id = shared_with_bob(&alice).await;
    let shared = next(&mut stream).await;
    assert_eq!(
        (shared.name.as_str(), &shared.data["id"]),
        ("conversation_changed", &json!(id))
    );
    let path = format!("/conversations/{id}");
    alice
        .patch(&path, json!({ "title": "Implants" }))
        .await
        .expect(200);
    assert_eq!(
        next(&mut stream).await.data,
        bob.get(&path).await.expect(200)
    );

    let before = bob.get(&path).await.expect(200)["last_activity_at"].clone();
    alice.prompt(&id, "one").await;
    let mut active = next(&mut stream).await.data;
    let newest = bob.get(&path).await.expect(200)["last_activity_at"].clone();
    while active["last_activity_at"] != newest {
        assert_ne!(active["last_activity_at"], before);
        active = next(&mut stream).await.data;
    }

    let since = Instant::now();
    let private = json!({ "privacy": "private" });
    alice
        .put(&format!("{path}/privacy"), private)
        .await
        .expect(200);
    let gone = next(&mut stream).await;
    assert!(since.elapsed() < AT_ONCE, "{:?}", since.elapsed());
    assert_eq!(
        (gone.name.as_str(), &gone.data),
        ("conversation_removed", &json!({ "id": id }))
    );
}

#[tokio::test]
async fn what_one_cannot_see_is_not_hinted_at() {
    let service = Service::demo().await;
    let [alice, bob] = ["alice", "bob"].map(|name| service.acting_as(name));
    let hidden = alice.create("canary").await;
    let mut stream = bob.follow(LIST).await;
    let path = format!("/conversations/{hidden}");
    alice.prompt(&hidden, "canary").await;
    alice
        .patch(&path, json!({ "title": "canary too" }))
        .await
        .expect(200);
    alice.delete(&path).await.expect(204);
    let seen = shared_with_bob(&alice).await;
    let first = next(&mut stream).await;
    assert_eq!(
        first.data["id"],
        json!(seen),
        "the first that is told is what can be seen"
    );
}

#[tokio::test]
async fn a_lost_membership_takes_conversations_from_the_list_and_a_stopped_user_the_stream() {
    let service = Service::demo().await;
    let [alice, bob] = ["alice", "bob"].map(|name| service.acting_as(name));
    let id = shared_with_bob(&alice).await;
    let mut stream = bob.follow(LIST).await;
    service
        .change_directory(DirectoryChange::Leave("bob", "Threat Hunting"))
        .await;
    let since = Instant::now();
    let gone = next(&mut stream).await;
    assert!(since.elapsed() < AT_ONCE, "{:?}", since.elapsed());
    assert_eq!(
        (gone.name.as_str(), &gone.data["id"]),
        ("conversation_removed", &json!(id))
    );
    service.change_directory(DirectoryChange::Stop("bob")).await;
    let since = Instant::now();
    let rest = stream.rest().await;
    assert!(since.elapsed() < AT_ONCE, "{:?}", since.elapsed());
    assert_eq!(rest.last().unwrap().name, "access_revoked");
}

#[tokio::test]
async fn what_privilege_alone_shows_in_a_list_is_audited_before_it_is_told() {
    let service = Service::demo().await;
    let [alice, vera] = ["alice", "vera"].map(|name| service.acting_as(name));
    let mut stream = vera.follow(LIST).await;
    let listed = "action=AI_INFERENCE_STREAM_LIST";
    assert!(vera.audit(listed).await.is_empty(), "nothing was shown yet");
    let id = alice.create("Canary").await;
    assert_eq!(next(&mut stream).await.data["id"], json!(id));
    let entries = vera.audit(listed).await;
    let input = &entries[0]["actionParams"]["dynamic"]["input"];
    assert_eq!(
        (&input["conversationIds"], &input["followed"]),
        (&json!([id]), &json!(true))
    );
    // Many changes are few entries.
    for number in 0..5 {
        let title = json!({ "title": format!("Canary {number}") });
        alice
            .patch(&format!("/conversations/{id}"), title)
            .await
            .expect(200);
    }
    assert_eq!(next(&mut stream).await.data["title"], "Canary 4");
    assert_eq!(vera.audit(listed).await.len(), 2);
}

#[tokio::test]
async fn nobody_is_told_of_another_organization() {
    let service = Service::demo().await;
    let [alice, mallory] = ["alice", "mallory"].map(|name| service.acting_as(name));
    let mut stream = mallory.follow(LIST).await;
    let id = alice.create("Canary").await;
    alice.prompt(&id, "canary").await;
    mallory
        .get(&super::events(&id))
        .await
        .expect_problem(404, "not-found");
    let own = mallory.create("Mine").await;
    assert_eq!(next(&mut stream).await.data["id"], json!(own));
}
