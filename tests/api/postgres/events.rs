//! What happens at one instance, as those who follow at the other one are told it.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{builder, on_both, writing};
use crate::harness::{DirectoryChange, Event, EventStream, text, within};

fn events(id: &str) -> String {
    format!("/conversations/{id}/events")
}

/// What a client puts together of an answer: what it was created with, and what came.
fn put_together(told: &[Event], id: &str) -> String {
    told.iter()
        .fold(String::new(), |content, event| match event.name.as_str() {
            "message_created" if event.data["id"] == id => text(&event.data, "content").to_owned(),
            "message_delta" if event.data["message_id"] == id => {
                content + text(&event.data, "text")
            }
            _ => content,
        })
}

async fn until(stream: &mut EventStream, name: &str) -> Vec<Event> {
    let mut told = Vec::new();
    while let Some(event) = stream.next().await {
        let is_last = event.name == name;
        told.push(event);
        if is_last {
            return told;
        }
    }
    panic!("the stream ended without {name}: {told:?}");
}

#[tokio::test]
async fn an_answer_of_the_other_instance_is_told_as_it_grows() {
    let service = builder().start().await;
    let [here, there] = on_both(&service, "alice");
    let id = here.create("Beacons").await;
    let mut stream = there.follow(&events(&id)).await;
    let (_writing, answer, _) = writing(&here, &id, "go on !slow !long").await;
    let mut told = Vec::new();
    for _ in 0..5 {
        told.extend(until(&mut stream, "message_delta").await);
    }
    let stop = format!("/conversations/{id}/messages/{answer}/stop");
    let stopped = here.post(&stop, json!({})).await.expect(200);
    let since = Instant::now();
    told.extend(until(&mut stream, "message_completed").await);
    assert!(
        since.elapsed() < Duration::from_secs(1),
        "{:?}",
        since.elapsed()
    );
    assert_eq!(told.last().unwrap().data, stopped);
    assert_eq!(put_together(&told, &answer), text(&stopped, "content"));
}

#[tokio::test]
async fn whatever_takes_the_access_at_one_instance_ends_the_stream_of_the_other_at_once() {
    let service = builder().start().await;
    let (alice, bob) = (
        service.instance(0).acting_as("alice"),
        service.instance(1).acting_as("bob"),
    );
    for round in 0..6 {
        let id = alice.create("Beacons").await;
        let path = format!("/conversations/{id}");
        alice.share_with_group(&id, "Threat Hunting", "view").await;
        let (_writing, ..) = writing(&alice, &id, "go on !slow !long").await;
        let mut stream = bob.follow(&events(&id)).await;
        until(&mut stream, "message_delta").await;
        let last = match round {
            5 => {
                service
                    .change_directory(DirectoryChange::Leave("bob", "Threat Hunting"))
                    .await;
                "access_revoked"
            }
            4 => {
                alice.delete(&path).await.expect(204);
                "conversation_deleted"
            }
            _ => {
                let private = json!({ "privacy": "private" });
                alice
                    .put(&format!("{path}/privacy"), private)
                    .await
                    .expect(200);
                "access_revoked"
            }
        };
        let since = Instant::now();
        let rest = stream.rest().await;
        println!("{last} after {:?}", since.elapsed());
        assert!(
            since.elapsed() < Duration::from_secs(1),
            "{:?}",
            since.elapsed()
        );
        assert_eq!(rest.last().unwrap().name, last);
    }
}

#[tokio::test]
async fn a_list_is_told_of_what_happens_at_the_other_instance() {
    let service = builder().start().await;
    let (alice, bob) = (
        service.instance(0).acting_as("alice"),
        service.instance(1).acting_as("bob"),
    );
    let mut stream = bob.follow("/conversations/events").await;
    let id = alice.create("Beacons").await;
    alice.share_with_group(&id, "Threat Hunting", "view").await;
    let since = Instant::now();
    let shared = stream.next().await.unwrap();
    assert_eq!(
        (shared.name.as_str(), &shared.data["id"]),
        ("conversation_changed", &json!(id))
    );
    let private = json!({ "privacy": "private" });
    alice
        .put(&format!("/conversations/{id}/privacy"), private)
        .await
        .expect(200);
    let gone = stream.next().await.unwrap();
    assert_eq!(gone.name, "conversation_removed");
    assert!(
        since.elapsed() < Duration::from_secs(2),
        "{:?}",
        since.elapsed()
    );
}

#[tokio::test]
async fn whoever_comes_back_at_the_other_instance_misses_nothing() {
    let service = builder().start().await;
    let [here, there] = on_both(&service, "alice");
    let id = here.create("Beacons").await;
    let mut stream = here.follow(&events(&id)).await;
    here.prompt(&id, "one").await;
    let last = until(&mut stream, "message_completed")
        .await
        .pop()
        .unwrap()
        .id;
    drop(stream);
    let prompted = here.prompt(&id, "two").await;
    let mut stream = there.follow_after(&events(&id), &last).await;
    let told = until(&mut stream, "message_completed").await;
    assert_eq!(told[0].data, prompted["user_message"]);
    assert_eq!(told.last().unwrap().data, prompted["assistant_message"]);
    assert!(told[0].id.parse::<u64>().unwrap() > last.parse().unwrap());
}

#[tokio::test]
async fn a_killed_instance_leaves_the_others_followers_the_whole_story() {
    let mut service = builder().start().await;
    let [here, there] = on_both(&service, "alice");
    let id = here.create("Beacons").await;
    let mut stream = there.follow(&events(&id)).await;
    let (_writing, answer, _) = writing(&here, &id, "go on !slow !long").await;
    let mut told = until(&mut stream, "message_delta").await;
    service.instance_mut(0).kill();
    told.extend(until(&mut stream, "message_failed").await);
    assert_eq!(
        put_together(&told, &answer),
        text(&told.last().unwrap().data, "content")
    );
}

#[tokio::test]
async fn streams_go_on_when_the_listening_connection_comes_back() {
    let service = builder().start().await;
    let (alice, bob) = (
        service.instance(0).acting_as("alice"),
        service.instance(1).acting_as("bob"),
    );
    let id = alice.create("Beacons").await;
    alice.share_with_group(&id, "Threat Hunting", "view").await;
    let mut stream = bob.follow(&events(&id)).await;
    let lost = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                WHERE datname = current_database() AND query LIKE 'LISTEN%'";
    assert_eq!(service.database().sql(lost).trim(), "2");
    let path = format!("/conversations/{id}");
    alice
        .patch(&path, json!({ "title": "Meanwhile" }))
        .await
        .expect(200);
    let since = Instant::now();
    assert_eq!(
        stream.next_named("conversation_changed").await.data["title"],
        "Meanwhile"
    );
    assert!(
        since.elapsed() < Duration::from_secs(2),
        "{:?}",
        since.elapsed()
    );
    let listening = "SELECT count(*) FROM pg_stat_activity \
                     WHERE datname = current_database() AND query LIKE 'LISTEN%'";
    within(Duration::from_secs(10), "both listen again", || async {
        (service.database().sql(listening).trim() == "2").then_some(())
    })
    .await;
}
