//! Answers that one instance writes, as the other one sees them.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{builder, on_both, writing};
use crate::harness::{text, within};

#[tokio::test]
async fn an_answer_is_stopped_from_the_other_instance() {
    let service = builder().start().await;
    let [here, there] = on_both(&service, "alice");
    let id = here.create("Beacons").await;
    let (stream, answer, shown) = writing(&here, &id, "go on !slow !long").await;
    let seen = there.message(&id, &answer).await;
    assert_eq!(seen["status"], "writing");
    assert!(text(&seen, "content").starts_with(&shown), "{seen}");

    let since = Instant::now();
    let stop = format!("/conversations/{id}/messages/{answer}/stop");
    let stopped = there.post(&stop, json!({})).await.expect(200);
    assert_eq!(stopped["status"], "stopped");
    let content = text(&stopped, "content");
    assert!(
        content.starts_with(&shown),
        "what was written stays: {stopped}"
    );
    let rest = stream.rest().await;
    assert!(
        since.elapsed() < Duration::from_secs(2),
        "{:?}",
        since.elapsed()
    );
    let (last, before) = rest.split_last().unwrap();
    assert_eq!(
        (last.name.as_str(), &last.data),
        ("message_completed", &stopped)
    );
    let pieces = before.iter().map(|event| text(&event.data, "text"));
    let shown = shown + pieces.collect::<String>().as_str();
    assert!(
        content.starts_with(&shown),
        "nothing was shown that is not stored: {shown}"
    );
    for somebody in [&here, &there] {
        assert_eq!(somebody.message(&id, &answer).await, stopped);
    }
    here.prompt(&id, "and on").await;
}

#[tokio::test]
async fn a_silent_model_is_stopped_from_the_other_instance() {
    let service = builder().start().await;
    let [here, there] = on_both(&service, "alice");
    let id = here.create("Beacons").await;
    let (stream, answer, _) = writing(&here, &id, "go on !hang").await;
    let since = Instant::now();
    let stop = format!("/conversations/{id}/messages/{answer}/stop");
    let stopped = there.post(&stop, json!({})).await.expect(200);
    let rest = stream.rest().await;
    assert!(
        since.elapsed() < Duration::from_secs(2),
        "{:?}",
        since.elapsed()
    );
    assert_eq!(rest.last().unwrap().data, stopped);
}

#[tokio::test]
async fn the_answer_of_a_killed_instance_fails_within_half_a_minute_and_nothing_else_is_lost() {
    let mut service = builder().start().await;
    let [here, there] = on_both(&service, "alice");
    let whole = here.create("Whole").await;
    let prompted = here.prompt(&whole, "Which hosts?").await;
    let broken = here.create("Broken").await;
    let (stream, answer, shown) = writing(&here, &broken, "go on !slow !long").await;

    service.instance_mut(0).kill();
    let since = Instant::now();
    // The other one serves on, at once.
    let both = ["user_message", "assistant_message"].map(|name| prompted[name].clone());
    assert_eq!(there.path(&whole).await, both);
    there.prompt(&whole, "and on").await;
    assert!(
        since.elapsed() < Duration::from_secs(2),
        "{:?}",
        since.elapsed()
    );
    let ended = stream.rest().await;
    assert!(
        ended.iter().all(|event| event.name == "message_delta"),
        "{ended:?}"
    );

    let failed = within(Duration::from_secs(30), "it has failed", || async {
        let message = there.message(&broken, &answer).await;
        (message["status"] != "writing").then_some(message)
    })
    .await;
    println!("failed after {:?}", since.elapsed());
    assert_eq!(failed["status"], "failed");
    let content = text(&failed, "content");
    assert!(content.starts_with(&shown), "{failed}");
    let pieces = ended.iter().map(|event| text(&event.data, "text"));
    let shown = shown + pieces.collect::<String>().as_str();
    assert!(content.starts_with(&shown), "what was shown stays");
    there.prompt(&broken, "and on").await;

    // And one that comes back serves as before.
    service.instance_mut(0).start().await;
    assert_eq!(here.path(&broken).await.len(), 4);
}

#[tokio::test]
async fn a_revocation_at_one_instance_ends_the_stream_of_the_other() {
    for content in ["go on !slow !long", "go on !hang"] {
        let service = builder().start().await;
        let alice = service.instance(0).acting_as("alice");
        let bob = service.instance(1).acting_as("bob");
        let id = alice.create("Beacons").await;
        alice
            .share_with_group(&id, "Threat Hunting", "collaborate")
            .await;
        let (stream, _, _) = writing(&bob, &id, content).await;
        let private = json!({ "privacy": "private" });
        alice
            .put(&format!("/conversations/{id}/privacy"), private)
            .await
            .expect(200);
        let since = Instant::now();
        let refused = bob.get(&format!("/conversations/{id}")).await;
        refused.expect_problem(404, "not-found");
        let rest = stream.rest().await;
        assert!(
            since.elapsed() < Duration::from_secs(1),
            "{:?}",
            since.elapsed()
        );
        assert_eq!(rest.last().unwrap().name, "access_revoked");
    }
}

#[tokio::test]
async fn a_revocation_at_one_instance_holds_in_the_next_request_at_the_other() {
    let service = builder().start().await;
    let alice = service.instance(0).acting_as("alice");
    let bob = service.instance(1).acting_as("bob");
    let id = alice.create("canary").await;
    let path = format!("/conversations/{id}");
    for round in 0..20 {
        let (to, status) = [("shared", 200), ("private", 404)][round % 2];
        alice
            .put(&format!("{path}/privacy"), json!({ "privacy": to }))
            .await
            .expect(200);
        bob.get(&path).await.expect(status);
        bob.get(&format!("{path}/messages")).await.expect(status);
        let listed = bob.list("").await.contains(&id);
        let found = bob.list("q=canary").await.contains(&id);
        assert_eq!([listed, found], [status == 200; 2], "{to}");
    }
}
