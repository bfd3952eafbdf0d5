//! Reading the log.

use crate::harness::{Service, ids, text, user_id};

#[tokio::test]
async fn the_log_is_filtered_and_paged() {
    let service = Service::demo().await;
    let [alice, bob, admin] = ["alice", "bob", "admin"].map(|name| service.acting_as(name));
    let mut created = Vec::new();
    for number in 0..5 {
        created.push([&alice, &bob][number % 2].create("Canary").await);
    }
    alice.prompt(&created[0], "hello").await;

    let all = admin.audit("").await;
    assert!(
        ids(&all).is_sorted_by(|newer, older| newer > older),
        "the newest first, none twice"
    );
    assert_eq!(admin.all("/audit-events?limit=1").await, all);
    let creations = admin.audit("action=AI_INFERENCE_STREAM_CREATE").await;
    assert_eq!(creations.len(), 5);
    let bobs = admin.audit(&format!("actor_id={}", user_id("bob"))).await;
    assert_eq!(bobs.len(), 2);
    assert_eq!(
        admin
            .audit(&format!("conversation_id={}", created[0]))
            .await
            .len(),
        2
    );
    let both = format!(
        "action=AI_INFERENCE_STREAM_CREATE&conversation_id={}",
        created[0]
    );
    assert_eq!(admin.audit(&both).await.len(), 1);
    assert_eq!(
        admin
            .audit(&format!("{both}&actor_id={}", user_id("bob")))
            .await
            .len(),
        0
    );

    // From a time on, and before one. Entries know nanoseconds, and are found by them.
    let middle = &creations[2];
    let time = text(middle, "timestamp");
    let from = admin
        .audit(&format!("action=AI_INFERENCE_STREAM_CREATE&from={time}"))
        .await;
    let to = admin
        .audit(&format!("action=AI_INFERENCE_STREAM_CREATE&to={time}"))
        .await;
    assert_eq!(from, creations[..3], "at that time and later");
    assert_eq!(to, creations[3..], "before that time");

    let page = admin
        .get("/audit-events?limit=1&action=AI_INFERENCE_STREAM_CREATE")
        .await
        .expect(200);
    let cursor = text(&page, "next_cursor");
    let other = admin
        .get(&format!("/audit-events?limit=1&cursor={cursor}"))
        .await;
    other.expect_problem(400, "invalid-cursor");
    for query in [
        "action=NO_SUCH_ACTION",
        "actor_id=bob",
        "from=yesterday",
        "title=Canary",
    ] {
        admin
            .get(&format!("/audit-events?{query}"))
            .await
            .expect(400);
    }
}

#[tokio::test]
async fn the_log_is_for_those_with_its_permission_and_of_their_organization() {
    let service = Service::demo().await;
    service.acting_as("alice").create("Canary").await;
    for (name, status) in [
        ("admin", 200),
        ("vera", 200),
        ("alice", 403),
        ("max", 403),
        ("erin", 403),
        ("mallory", 200),
    ] {
        service
            .acting_as(name)
            .get("/audit-events")
            .await
            .expect(status);
    }
    let foreign = service.acting_as("mallory").audit("").await;
    let globex = service.acting_as("mallory").get("/me").await.expect(200);
    assert!(
        foreign
            .iter()
            .all(|entry| entry["actionDetails"]["organizationId"] == globex["organization"]["id"])
    );
}
