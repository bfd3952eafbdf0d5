//! What is told of a conversation, and where one comes back.

use reqwest::Method;
use serde_json::json;

use super::{begin_answer, events, next, outline, put_together, shared_with_bob, unhurried};
use crate::harness::{Event, EventStream, Service, eventually, text};

/// Everything up to an event of this name.
async fn until(stream: &mut EventStream, name: &str) -> Vec<Event> {
    let mut told = Vec::new();
    loop {
        told.push(next(stream).await);
        if told.last().unwrap().name == name {
            return told;
        }
    }
}

fn assert_numbers_grow(told: &[Event]) {
    let numbers: Vec<u64> = told.iter().map(|event| event.id.parse().unwrap()).collect();
    assert!(
        numbers.is_sorted_by(|before, after| before < after),
        "{numbers:?}"
    );
}

#[tokio::test]
async fn whoever_follows_reads_along_what_somebody_else_is_answered() {
    let service = unhurried().await;
    let [alice, bob] = ["alice", "bob"].map(|name| service.acting_as(name));
    let id = shared_with_bob(&alice).await;
    let mut stream = bob.follow(&events(&id)).await;
    let prompted = alice.prompt(&id, "Which hosts?").await;
    let told = until(&mut stream, "message_completed").await;
    let [prompt, answer] = ["user_message", "assistant_message"].map(|name| &prompted[name]);
    assert_eq!(
        outline(&told),
        [
            ("message_created", &prompt["id"]),
            ("message_created", &answer["id"]),
            ("message_completed", &answer["id"]),
        ]
    );
    assert_eq!(&told[0].data, prompt);
    assert_eq!(&told.last().unwrap().data, answer);
    assert!(
        told.iter().any(|event| event.name == "message_delta"),
        "it is told as it comes"
    );
    assert_eq!(
        put_together(&told, text(answer, "id")),
        text(answer, "content")
    );
    assert_numbers_grow(&told);
}

#[tokio::test]
async fn whoever_comes_in_the_middle_gets_what_is_written_so_far_and_the_rest() {
    let service = Service::demo().await;
    let [alice, bob] = ["alice", "bob"].map(|name| service.acting_as(name));
    let id = shared_with_bob(&alice).await;
    let (_writing, answer, shown) = begin_answer(&alice, &id, "go on !slow !long").await;
    let mut stream = bob.follow(&events(&id)).await;
    let first = next(&mut stream).await;
    assert_eq!(
        (first.name.as_str(), &first.data["id"]),
        ("message_created", &json!(answer))
    );
    assert!(
        text(&first.data, "content").starts_with(&shown),
        "{first:?}"
    );
    let mut told = vec![first];
    told.push(stream.next_named("message_delta").await);
    alice
        .post(
            &format!("/conversations/{id}/messages/{answer}/stop"),
            json!({}),
        )
        .await
        .expect(200);
    told.extend(until(&mut stream, "message_completed").await);
    let last = &told.last().unwrap().data;
    assert_eq!(last["status"], "stopped");
    assert_eq!(put_together(&told, &answer), text(last, "content"));
}

#[tokio::test]
async fn whoever_comes_back_misses_nothing_that_is_stored() {
    let service = Service::demo().await;
    let [alice, bob] = ["alice", "bob"].map(|name| service.acting_as(name));
    let id = shared_with_bob(&alice).await;
    let mut stream = bob.follow(&events(&id)).await;
    alice.prompt(&id, "one").await;
    let told = until(&mut stream, "message_completed").await;
    // Whichever event was the last that came.
    for seen in [&told[0], &told[1], told.last().unwrap()] {
        let missed = told.iter().skip_while(|event| event.id != seen.id).skip(1);
        let missed: Vec<Event> = missed.cloned().collect();
        let mut again = bob.follow_after(&events(&id), &seen.id).await;
        for (name, data) in missed
            .iter()
            .filter(|event| event.name != "message_delta")
            .map(|event| (&event.name, &event.data))
        {
            let event = next(&mut again).await;
            assert_eq!((&event.name, &event.data["id"]), (name, &data["id"]));
        }
        drop(again);
    }
    drop(stream);
    let last = told.last().unwrap().id.clone();
    let mut expected = Vec::new();
    for number in 0..30 {
        let prompted = alice.prompt(&id, &format!("number {number}")).await;
        for name in ["user_message", "assistant_message"] {
            expected.push(prompted[name].clone());
        }
    }
    let title = json!({ "title": "Renamed" });
    alice
        .patch(&format!("/conversations/{id}"), title)
        .await
        .expect(200);
    let mut again = bob.follow_after(&events(&id), &last).await;
    let told = until(&mut again, "conversation_changed").await;
    assert_numbers_grow(&told);
    assert!(told[0].id.parse::<u64>().unwrap() > last.parse().unwrap());
    let created = told.iter().filter(|event| event.name == "message_created");
    let created: Vec<_> = created.map(|event| event.data["id"].clone()).collect();
    let ids: Vec<_> = expected
        .iter()
        .map(|message| message["id"].clone())
        .collect();
    assert_eq!(created, ids);
    let completed = told
        .iter()
        .filter(|event| event.name == "message_completed");
    assert_eq!(completed.count(), 30);
    assert_eq!(told.last().unwrap().data["title"], "Renamed");
}

#[tokio::test]
async fn whoever_comes_back_in_the_middle_of_an_answer_has_no_text_twice() {
    let service = Service::demo().await;
    let [alice, bob] = ["alice", "bob"].map(|name| service.acting_as(name));
    let id = shared_with_bob(&alice).await;
    let mut stream = bob.follow(&events(&id)).await;
    let (_writing, answer, _) = begin_answer(&alice, &id, "go on !slow !long").await;
    let mut told = until(&mut stream, "message_delta").await;
    drop(stream);
    let last = told.last().unwrap().id.clone();
    let mut stream = bob.follow_after(&events(&id), &last).await;
    told.extend(until(&mut stream, "message_delta").await);
    assert_numbers_grow(&told);
    alice
        .post(
            &format!("/conversations/{id}/messages/{answer}/stop"),
            json!({}),
        )
        .await
        .expect(200);
    told.extend(until(&mut stream, "message_completed").await);
    let whole = &told.last().unwrap().data;
    assert_eq!(put_together(&told, &answer), text(whole, "content"));
}

#[tokio::test]
async fn a_new_title_other_grants_and_an_answer_that_fails_are_told() {
    let service = Service::demo().await;
    let [alice, bob] = ["alice", "bob"].map(|name| service.acting_as(name));
    let id = shared_with_bob(&alice).await;
    let mut stream = bob.follow(&events(&id)).await;
    let path = format!("/conversations/{id}");
    alice
        .patch(&path, json!({ "title": "Implants" }))
        .await
        .expect(200);
    let changed = next(&mut stream).await;
    assert_eq!(
        (changed.name.as_str(), &changed.data["title"]),
        ("conversation_changed", &json!("Implants"))
    );
    assert_eq!(changed.data, bob.get(&path).await.expect(200));
    alice.share_with_group(&id, "Threat Hunting", "view").await;
    let changed = next(&mut stream).await;
    assert_eq!(
        (changed.name.as_str(), &changed.data["access"]),
        ("conversation_changed", &json!("view"))
    );
    let failing = json!({ "content": "go on !fail" });
    alice.prompt_with(&id, failing).await.expect(502);
    let told = until(&mut stream, "message_failed").await;
    let last = told.last().unwrap();
    assert_eq!(last.data["status"], "failed");
    assert_eq!(
        put_together(&told, text(&last.data, "id")),
        text(&last.data, "content")
    );
}

#[tokio::test]
async fn a_deletion_is_told_and_ends_the_stream() {
    let service = Service::demo().await;
    let [alice, bob] = ["alice", "bob"].map(|name| service.acting_as(name));
    let id = shared_with_bob(&alice).await;
    let stream = bob.follow(&events(&id)).await;
    alice
        .delete(&format!("/conversations/{id}"))
        .await
        .expect(204);
    let rest = stream.rest().await;
    assert_eq!(outline(&rest), [("conversation_deleted", &json!(null))]);
    bob.get(&events(&id)).await.expect_problem(404, "not-found");
}

#[tokio::test]
async fn following_by_privilege_is_told_before_anything_is_shown() {
    let service = Service::demo().await;
    let [alice, vera, bob] = ["alice", "vera", "bob"].map(|name| service.acting_as(name));
    let id = alice.create("Canary").await;
    bob.get(&events(&id)).await.expect_problem(404, "not-found");
    let mut stream = vera.follow(&events(&id)).await;
    let readings = alice
        .get(&format!("/conversations/{id}/privileged-readings"))
        .await;
    let readings = readings.expect(200)["items"].as_array().unwrap().clone();
    assert_eq!(readings.len(), 1);
    let entries = vera
        .audit(&format!(
            "conversation_id={id}&action=AI_INFERENCE_STREAM_GET"
        ))
        .await;
    assert_eq!(
        entries[0]["actionParams"]["dynamic"]["input"]["part"], "events",
        "{}",
        entries[0]
    );
    // Once for the stream, and not for each event.
    alice.prompt(&id, "one").await;
    until(&mut stream, "message_completed").await;
    let again = alice
        .get(&format!("/conversations/{id}/privileged-readings"))
        .await;
    assert_eq!(again.expect(200)["items"], json!(readings));
}

#[tokio::test]
async fn what_a_grant_has_shown_and_privilege_alone_shows_from_now_on_is_told_then() {
    let service = Service::demo().await;
    let [alice, vera] = ["alice", "vera"].map(|name| service.acting_as(name));
    let id = alice.create("Canary").await;
    let path = format!("/conversations/{id}");
    alice
        .share(&id, json!({ "organization": "view", "groups": [] }))
        .await
        .expect(200);
    let mut stream = vera.follow(&events(&id)).await;
    let readings = || async {
        let readings = alice.get(&format!("{path}/privileged-readings")).await;
        readings.expect(200)["items"].as_array().unwrap().len()
    };
    assert_eq!(readings().await, 0);
    let private = json!({ "privacy": "private" });
    alice
        .put(&format!("{path}/privacy"), private)
        .await
        .expect(200);
    assert_eq!(next(&mut stream).await.data["privacy"], "private");
    assert_eq!(readings().await, 1);
}

#[tokio::test]
async fn these_streams_count_among_a_users_streams_at_each_instance() {
    let service = Service::builder()
        .with("PARLOR_LIMITS__STREAMS_PER_USER", &1)
        .start()
        .await;
    let alice = service.instance(0).acting_as("alice");
    let id = alice.create("Beacons").await;
    let stream = alice.follow(&events(&id)).await;
    for path in [&events(&id), super::LIST] {
        alice
            .get(path)
            .await
            .expect_problem(429, "too-many-streams");
    }
    drop(stream);
    eventually("the closed stream makes room", || async {
        let opened = alice
            .request(Method::GET, super::LIST)
            .send()
            .await
            .unwrap();
        (opened.status() == 200).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_shutdown_ends_the_streams_with_a_hint() {
    let mut service = Service::demo().await;
    let alice = service.instance(0).acting_as("alice");
    let id = alice.create("Beacons").await;
    let mut streams = [
        alice.follow(&events(&id)).await,
        alice.follow(super::LIST).await,
    ];
    service.ask_to_stop();
    for stream in &mut streams {
        assert!(stream.next().await.is_none());
        assert!(stream.retry_hint().is_some());
    }
    service.ended_well().await;
}
