//! Prompting: as JSON, as a stream, stopped, left alone, and under an access that ends.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{As, Event, EventStream, Service, eventually, text};

fn messages(id: &str) -> String {
    format!("/conversations/{id}/messages")
}

fn stop(id: &str, answer: &str) -> String {
    format!("/conversations/{id}/messages/{answer}/stop")
}

/// A service whose model takes its time, as it does when people use it.
async fn unhurried() -> Service {
    Service::builder()
        .with("PARLOR_MODEL__ECHO_DELAY_MS", &10)
        .start()
        .await
}

/// Shared for Bob to write in.
async fn shared_with_bob(alice: &As) -> String {
    let id = alice.create("Beacons").await;
    alice
        .share_with_group(&id, "Threat Hunting", "collaborate")
        .await;
    id
}

/// A stream that has shown some text: with the answer's id, and what was shown.
async fn writing(somebody: &As, id: &str, content: &str) -> (EventStream, String, String) {
    let mut events = somebody
        .prompt_stream(id, json!({ "content": content }))
        .await;
    let delta = events.next_named("message_delta").await.data;
    (
        events,
        text(&delta, "message_id").to_owned(),
        text(&delta, "text").to_owned(),
    )
}

fn joined(events: &[Event]) -> String {
    let deltas = events.iter().filter(|event| event.name == "message_delta");
    deltas.map(|event| text(&event.data, "text")).collect()
}

#[tokio::test]
async fn a_stream_tells_the_messages_then_the_text_as_it_comes_then_the_whole() {
    let service = unhurried().await;
    let alice = service.acting_as("alice");
    let id = alice.create("Beacons").await;
    let events = alice
        .prompt_stream(&id, json!({ "content": "Which hosts?" }))
        .await
        .rest()
        .await;

    let names: Vec<_> = events.iter().map(|event| event.name.as_str()).collect();
    let deltas = names.len() - 3;
    assert!(deltas > 1, "over a short time: {names:?}");
    assert_eq!(names[..2], ["message_created"; 2]);
    assert!(
        names[2..=deltas + 1]
            .iter()
            .all(|name| *name == "message_delta"),
        "{names:?}"
    );
    assert_eq!(names[deltas + 2], "message_completed");
    let numbers: Vec<u64> = events
        .iter()
        .map(|event| event.id.parse().unwrap())
        .collect();
    assert!(
        numbers.is_sorted_by(|before, after| before < after),
        "{numbers:?}"
    );

    let [prompt, answer] = [&events[0].data, &events[1].data];
    assert_eq!(
        (&prompt["role"], &prompt["content"]),
        (&json!("user"), &json!("Which hosts?"))
    );
    assert_eq!(
        (&answer["status"], &answer["content"]),
        (&json!("writing"), &json!(""))
    );
    assert!(
        events[2..=deltas + 1]
            .iter()
            .all(|event| event.data["message_id"] == answer["id"])
    );
    let whole = &events.last().unwrap().data;
    assert_eq!(joined(&events), text(whole, "content"));
    assert_eq!(
        (&whole["id"], &whole["status"]),
        (&answer["id"], &json!("complete"))
    );
    assert!(
        whole["usage"]["prompt_tokens"].as_u64().unwrap() > 0,
        "{whole}"
    );
    assert_eq!(alice.path(&id).await, [prompt.clone(), whole.clone()]);
}

#[tokio::test]
async fn the_answer_is_the_same_as_json_and_as_a_stream() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let [streamed, whole] = [alice.create("Streamed").await, alice.create("Whole").await];
    let content = "안녕하세요 𝄞 😀 \"quoted\"\r\n\r\ndata: no event\r\n: no comment";
    let events = alice
        .prompt_stream(&streamed, json!({ "content": content }))
        .await
        .rest()
        .await;
    let answer = alice.prompt(&whole, content).await["assistant_message"].clone();
    assert_eq!(joined(&events), text(&answer, "content"));
    for words in ["안녕하세요 𝄞 😀", "data: no event"] {
        assert!(text(&answer, "content").contains(words), "{answer}");
    }
    assert_eq!(alice.path(&whole).await[0]["content"], content);
}

#[tokio::test]
async fn characters_of_four_bytes_come_whole_in_every_piece() {
    let service = unhurried().await;
    let alice = service.acting_as("alice");
    let id = alice.create("Beacons").await;
    let content = "😀𝄞가 ".repeat(150);
    let events = alice
        .prompt_stream(&id, json!({ "content": content }))
        .await
        .rest()
        .await;
    assert!(!joined(&events).contains('\u{fffd}'));
    assert_eq!(
        joined(&events),
        text(&events.last().unwrap().data, "content")
    );
    assert!(joined(&events).contains(content.trim_end()));
}

#[tokio::test]
async fn a_client_that_goes_away_finds_the_whole_answer_later() {
    let service = unhurried().await;
    let alice = service.acting_as("alice");
    let [left, other] = [
        alice.create("Left").await,
        alice.create("Undisturbed").await,
    ];
    let (stream, answer, _) = writing(&alice, &left, "Which hosts?").await;
    drop(stream);
    let found = alice.ended(&left, &answer).await;
    let undisturbed = alice.prompt(&other, "Which hosts?").await;
    assert_eq!(found["status"], "complete");
    assert_eq!(
        found["content"],
        undisturbed["assistant_message"]["content"]
    );
}

#[tokio::test]
async fn a_client_that_waits_for_json_may_go_away_too() {
    let service = unhurried().await;
    let alice = service.acting_as("alice");
    let id = alice.create("Beacons").await;
    let request = alice
        .request(Method::POST, &messages(&id))
        .json(&json!({ "content": "x" }));
    let gone = tokio::spawn(request.send());
    let answer = eventually("the prompt is stored", || async {
        alice
            .tree(&id)
            .await
            .pop()
            .map(|message| text(&message, "id").to_owned())
    })
    .await;
    gone.abort();
    assert_eq!(alice.ended(&id, &answer).await["status"], "complete");
}

#[tokio::test]
async fn a_stopped_answer_keeps_what_was_shown() {
    let service = Service::demo().await;
    let [alice, bob] = ["alice", "bob"].map(|name| service.acting_as(name));
    let id = shared_with_bob(&alice).await;
    let (stream, answer, shown) = writing(&alice, &id, "go on !hang").await;

    let stopped = bob.post(&stop(&id, &answer), json!({})).await.expect(200);
    assert_eq!(
        (&stopped["id"], &stopped["status"]),
        (&json!(answer), &json!("stopped"))
    );
    assert!(text(&stopped, "content").starts_with(&shown), "{stopped}");
    let rest = stream.rest().await;
    let last = rest.last().unwrap();
    assert_eq!(
        (last.name.as_str(), &last.data),
        ("message_completed", &stopped)
    );
    assert_eq!(
        format!("{shown}{}", joined(&rest)),
        text(&stopped, "content")
    );

    // What has ended stays as it is.
    assert_eq!(
        alice.post(&stop(&id, &answer), json!({})).await.expect(200),
        stopped
    );
    assert_eq!(alice.path(&id).await[1], stopped);
    alice.prompt(&id, "and on").await;
}

#[tokio::test]
async fn a_prompt_whose_json_is_waited_for_is_answered_when_it_is_stopped() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let id = alice.create("Beacons").await;
    let prompt = alice.prompt_with(&id, json!({ "content": "go on !hang" }));
    let stopping = async {
        let answer = eventually("something is written", || async {
            let answer = alice.path(&id).await.pop()?;
            (answer["content"] != "").then(|| text(&answer, "id").to_owned())
        });
        alice
            .post(&stop(&id, &answer.await), json!({}))
            .await
            .expect(200)
    };
    let (written, stopped) = futures::join!(prompt, stopping);
    assert_eq!(written.expect(201)["assistant_message"], stopped);
}

#[tokio::test]
async fn only_who_may_prompt_may_stop() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let id = alice.create("Beacons").await;
    alice.share_with_group(&id, "Threat Hunting", "view").await;
    let (_stream, answer, _) = writing(&alice, &id, "go on !hang").await;
    for (name, status) in [
        ("bob", 403),
        ("vera", 403),
        ("carol", 404),
        ("erin", 404),
        ("mallory", 404),
    ] {
        service
            .acting_as(name)
            .post(&stop(&id, &answer), json!({}))
            .await
            .expect(status);
    }
    assert_eq!(alice.message(&id, &answer).await["status"], "writing");
    service
        .acting_as("max")
        .post(&stop(&id, &answer), json!({}))
        .await
        .expect(200);
}

/// Bob writes in Alice's conversation, she takes his access away, and he is shown nothing after.
async fn revoked_while_writing(content: &str) {
    let service = Service::demo().await;
    let [alice, bob] = ["alice", "bob"].map(|name| service.acting_as(name));
    let id = shared_with_bob(&alice).await;
    let (stream, answer, shown) = writing(&bob, &id, content).await;

    let private = json!({ "privacy": "private" });
    alice
        .put(&format!("/conversations/{id}/privacy"), private)
        .await
        .expect(200);
    let since = Instant::now();
    let rest = stream.rest().await;
    assert!(
        since.elapsed() < Duration::from_secs(1),
        "{:?}",
        since.elapsed()
    );
    let (last, before) = rest.split_last().unwrap();
    assert_eq!(last.name, "access_revoked");
    assert!(
        before.iter().all(|event| event.name == "message_delta"),
        "{before:?}"
    );
    assert!(!last.data.to_string().contains(&answer), "{last:?}");

    let ended = alice.ended(&id, &answer).await;
    assert_eq!(
        ended["status"], "stopped",
        "nobody goes on writing for who may not prompt"
    );
    assert!(
        text(&ended, "content").starts_with(&shown),
        "what was written stays: {ended}"
    );
}

#[tokio::test]
async fn a_stream_ends_when_its_access_is_revoked_while_text_comes() {
    revoked_while_writing("go on !slow !long").await;
}

#[tokio::test]
async fn a_stream_ends_when_its_access_is_revoked_while_the_model_is_silent() {
    revoked_while_writing("go on !hang").await;
}

#[tokio::test]
async fn an_answer_that_is_waited_for_is_not_given_to_who_lost_access() {
    let service = Service::demo().await;
    let [alice, bob] = ["alice", "bob"].map(|name| service.acting_as(name));
    let id = shared_with_bob(&alice).await;
    let prompt = bob.prompt_with(&id, json!({ "content": "go on !hang" }));
    let revoking = async {
        eventually("something is written", || async {
            alice
                .path(&id)
                .await
                .pop()
                .filter(|answer| answer["content"] != "")
        })
        .await;
        let private = json!({ "privacy": "private" });
        alice
            .put(&format!("/conversations/{id}/privacy"), private)
            .await
            .expect(200);
    };
    let (answered, ()) = futures::join!(prompt, revoking);
    answered.expect_problem(404, "not-found");
}

#[tokio::test]
async fn a_downgrade_to_view_ends_the_writing_and_not_the_reading() {
    let service = Service::demo().await;
    let [alice, bob] = ["alice", "bob"].map(|name| service.acting_as(name));
    let id = shared_with_bob(&alice).await;
    let (stream, answer, _) = writing(&bob, &id, "go on !hang").await;
    alice.share_with_group(&id, "Threat Hunting", "view").await;
    let rest = stream.rest().await;
    let last = rest.last().unwrap();
    assert_eq!(
        (last.name.as_str(), &last.data["status"]),
        ("message_completed", &json!("stopped"))
    );
    assert_eq!(bob.message(&id, &answer).await, last.data);
}

#[tokio::test]
async fn a_deleted_conversation_ends_its_streams() {
    let service = Service::demo().await;
    let [alice, bob] = ["alice", "bob"].map(|name| service.acting_as(name));
    let id = shared_with_bob(&alice).await;
    let (stream, _, _) = writing(&bob, &id, "go on !slow !long").await;
    alice
        .delete(&format!("/conversations/{id}"))
        .await
        .expect(204);
    let since = Instant::now();
    let last = stream.rest().await.pop().unwrap();
    assert!(
        since.elapsed() < Duration::from_secs(1),
        "{:?}",
        since.elapsed()
    );
    assert!(
        ["access_revoked", "conversation_deleted"].contains(&last.name.as_str()),
        "{last:?}"
    );
    bob.get(&messages(&id)).await.expect(404);
}

#[tokio::test]
async fn an_answer_is_followed_as_far_as_it_has_come() {
    let service = unhurried().await;
    let alice = service.acting_as("alice");
    let id = alice.create("Beacons").await;
    let (stream, answer, shown) = writing(&alice, &id, "go on !slow").await;
    // What was shown is stored: another reader sees it too, and so would a restart.
    let read = alice.message(&id, &answer).await;
    assert!(text(&read, "content").starts_with(&shown), "{read}");
    alice.post(&stop(&id, &answer), Value::Null).await;
    alice.post(&stop(&id, &answer), json!({})).await.expect(200);
    drop(stream);
}
