//! A lost access ends the stream within a second, whatever took it, and nothing is told after.

use std::{sync::Arc, time::Instant};

use serde_json::json;
use tokio::sync::Notify;

use super::{AT_ONCE, begin_answer, events, next, put_together, shared_with_bob};
use crate::api::models::{provider, scripted};
use crate::harness::{As, DirectoryChange, EventStream, Service, user_id};

/// Whoever loses access follows while an answer is written, so that there is always something that could be told.
async fn following(service: &Service, follower: &As) -> (String, EventStream, EventStream) {
    let alice = service.acting_as("alice");
    let id = shared_with_bob(&alice).await;
    let (writing, ..) = begin_answer(&alice, &id, "go on !slow !long").await;
    let mut stream = follower.follow(&events(&id)).await;
    next(&mut stream).await;
    stream.next_named("message_delta").await;
    (id, stream, writing)
}

/// The stream ends at once, and the loss is the last that it tells.
async fn assert_revoked(stream: EventStream, since: Instant) {
    assert_revoked_without(stream, since, "no such text").await;
}

/// The same, and nothing that it tells has this text.
async fn assert_revoked_without(stream: EventStream, since: Instant, text: &str) {
    let rest = stream.rest().await;
    assert!(since.elapsed() < AT_ONCE, "{:?}", since.elapsed());
    let last = rest.last().expect("the loss is told");
    assert_eq!(
        (last.name.as_str(), &last.data),
        ("access_revoked", &json!({}))
    );
    for event in &rest {
        assert!(!event.data.to_string().contains(text), "{event:?}");
    }
}

#[tokio::test]
async fn whatever_takes_the_access_ends_the_stream_at_once() {
    let service = Service::demo().await;
    let [alice, bob] = ["alice", "bob"].map(|name| service.acting_as(name));
    let private = json!({ "privacy": "private" });
    let nobody_of_his = json!({
        "organization": null,
        "groups": [{ "group_id": crate::harness::group_id("Incident Response"), "level": "view" }],
    });

    let (id, stream, _writing) = following(&service, &bob).await;
    alice
        .put(&format!("/conversations/{id}/privacy"), private)
        .await
        .expect(200);
    assert_revoked(stream, Instant::now()).await;

    let (id, stream, _writing) = following(&service, &bob).await;
    alice.share(&id, nobody_of_his).await.expect(200);
    assert_revoked(stream, Instant::now()).await;
}

#[tokio::test]
async fn a_former_owner_follows_no_more() {
    let service = Service::demo().await;
    let [alice, max] = ["alice", "max"].map(|name| service.acting_as(name));
    let id = alice.create("Beacons").await;
    let stream = alice.follow(&events(&id)).await;
    let to = json!({ "user_id": user_id("carol") });
    max.put(&format!("/conversations/{id}/owner"), to)
        .await
        .expect(200);
    assert_revoked(stream, Instant::now()).await;
}

#[tokio::test]
async fn a_change_of_the_directory_ends_the_stream_at_once() {
    for (name, change) in [
        ("bob", DirectoryChange::Leave("bob", "Threat Hunting")),
        ("bob", DirectoryChange::Lose("bob", "run_ai")),
        ("bob", DirectoryChange::Stop("bob")),
        (
            "vera",
            DirectoryChange::Lose("vera", "view_private_responses"),
        ),
    ] {
        let service = Service::demo().await;
        let follower = service.acting_as(name);
        let (_, stream, _writing) = following(&service, &follower).await;
        service.change_directory(change).await;
        println!("{change:?}");
        assert_revoked(stream, Instant::now()).await;
    }
}

#[tokio::test]
async fn nothing_that_is_written_after_the_loss_is_told() {
    let service = Service::demo().await;
    let [alice, bob] = ["alice", "bob"].map(|name| service.acting_as(name));
    for round in 0..10 {
        let id = shared_with_bob(&alice).await;
        let stream = bob.follow(&events(&id)).await;
        let private = json!({ "privacy": "private" });
        alice
            .put(&format!("/conversations/{id}/privacy"), private)
            .await
            .expect(200);
        let secret = format!("canary {round}");
        alice.prompt(&id, &secret).await;
        let title = json!({ "title": secret });
        alice
            .patch(&format!("/conversations/{id}"), title)
            .await
            .expect(200);
        let rest = stream.rest().await;
        assert!(
            rest.iter()
                .all(|event| !event.data.to_string().contains("canary")),
            "{rest:?}"
        );
        assert_eq!(rest.last().unwrap().name, "access_revoked");
    }
}

#[tokio::test]
async fn somebody_elses_loss_ends_nobody_elses_stream() {
    let service = Service::demo().await;
    let [alice, bob, max] = ["alice", "bob", "max"].map(|name| service.acting_as(name));
    let id = shared_with_bob(&alice).await;
    let [lost, mut kept, mut owners] = [
        bob.follow(&events(&id)).await,
        max.follow(&events(&id)).await,
        alice.follow(&events(&id)).await,
    ];
    let private = json!({ "privacy": "private" });
    alice
        .put(&format!("/conversations/{id}/privacy"), private)
        .await
        .expect(200);
    assert_revoked(lost, Instant::now()).await;
    for stream in [&mut kept, &mut owners] {
        assert_eq!(next(stream).await.data["privacy"], "private");
    }
    alice.prompt(&id, "still here?").await;
    for stream in [&mut kept, &mut owners] {
        stream.next_named("message_completed").await;
    }
}

/// Whoever follows the conversation, and whoever asked in it.
#[tokio::test]
async fn nothing_is_sent_of_what_an_answer_grows_by_after_the_access_was_taken() {
    let speak = Arc::new(Notify::new());
    let server = scripted({
        let speak = Arc::clone(&speak);
        move |mut connection| {
            let speak = Arc::clone(&speak);
            async move {
                connection.begin().await;
                connection.say("so far").await;
                speak.notified().await;
                connection.say("CANARY").await;
                connection.finish().await;
            }
        }
    })
    .await;
    let configuration = provider(server.base_url(), "scripted").replace("= 400", "= 60000");
    let service = Service::builder()
        .file("parlor.toml", configuration)
        .start()
        .await;
    let [alice, bob] = ["alice", "bob"].map(|name| service.acting_as(name));
    for round in 0..8 {
        let id = shared_with_bob(&alice).await;
        let is_asked_by_bob = round % 2 == 1;
        let asking = if is_asked_by_bob { &bob } else { &alice };
        let (asked, answer, _) = begin_answer(asking, &id, "And?").await;
        let (mut following, mut told) = (bob.follow(&events(&id)).await, Vec::new());
        while !put_together(&told, &answer).contains("so far") {
            told.push(next(&mut following).await);
        }
        let private = json!({ "privacy": "private" });
        alice
            .put(&format!("/conversations/{id}/privacy"), private)
            .await
            .expect(200);
        let taken = Instant::now();
        speak.notify_one();
        assert_revoked_without(following, taken, "CANARY").await;
        if is_asked_by_bob {
            assert_revoked_without(asked, taken, "CANARY").await;
        } else {
            let told = asked.rest().await;
            let whole = told
                .iter()
                .any(|event| event.data.to_string().contains("CANARY"));
            assert!(whole, "round {round}: the owner is told: {told:?}");
        }
    }
}
