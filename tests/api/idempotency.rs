//! The same request twice gives the first answer again and does nothing.

use reqwest::Method;
use serde_json::json;

use crate::harness::{EventStream, Service, ids, text};

fn messages(id: &str) -> String {
    format!("/conversations/{id}/messages")
}

#[tokio::test]
async fn a_conversation_is_created_once() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let body = json!({ "title": "Beacons" });
    let first = alice
        .post_with_key("/conversations", "\"k-1\"", body.clone())
        .await;
    let created = first.expect(201);
    // A bare key is the same key.
    for key in ["\"k-1\"", "k-1"] {
        let again = alice
            .post_with_key("/conversations", key, body.clone())
            .await;
        assert_eq!(again.expect(201), created);
        assert_eq!(again.header("location"), first.header("location"));
        assert_eq!(again.etag(), first.etag());
    }
    assert_eq!(alice.list("").await, [text(&created, "id")]);

    let other = alice
        .post_with_key("/conversations", "\"k-1\"", json!({ "title": "Other" }))
        .await;
    other.expect_problem(422, "idempotency-key-reused");
    alice
        .post_with_key("/conversations", "\"k-2\"", body)
        .await
        .expect(201);
    assert_eq!(alice.list("").await.len(), 2);
}

#[tokio::test]
async fn requests_with_one_key_at_one_moment_have_one_answer() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let original = alice.create("Original").await;
    for round in 0..5 {
        let body = json!({ "title": "At once" });
        let key = format!("\"at-once-{round}\"");
        let creating = (0..6).map(|_| alice.post_with_key("/conversations", &key, body.clone()));
        let created = futures::future::join_all(creating).await;
        let created: std::collections::BTreeSet<_> = created
            .into_iter()
            .map(|answer| text(&answer.expect(201), "id").to_owned())
            .collect();
        assert_eq!(created.len(), 1);
        let path = format!("/conversations/{original}/fork");
        let key = format!("\"fork-{round}\"");
        let forking = (0..4).map(|_| alice.post_with_key(&path, &key, json!({})));
        let forked = futures::future::join_all(forking).await;
        let forked: std::collections::BTreeSet<_> = forked
            .into_iter()
            .map(|answer| text(&answer.expect(201), "id").to_owned())
            .collect();
        assert_eq!(forked.len(), 1);
    }
}

#[tokio::test]
async fn a_prompt_a_regeneration_and_a_fork_are_done_once() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let id = alice.create("Beacons").await;

    let body = json!({ "content": "Which hosts?" });
    let prompted = alice
        .post_with_key(&messages(&id), "\"p\"", body.clone())
        .await
        .expect(201);
    let again = alice
        .post_with_key(&messages(&id), "\"p\"", body.clone())
        .await
        .expect(201);
    assert_eq!(again, prompted);
    let reused = alice
        .post_with_key(&messages(&id), "\"p\"", json!({ "content": "Else?" }))
        .await;
    reused.expect_problem(422, "idempotency-key-reused");

    let answer = text(&prompted["assistant_message"], "id");
    let path = format!("{}/{answer}/regenerate", messages(&id));
    let regenerated = alice
        .post_with_key(&path, "\"r\"", json!({}))
        .await
        .expect(201);
    assert_eq!(
        alice
            .post_with_key(&path, "\"r\"", json!({}))
            .await
            .expect(201),
        regenerated
    );
    assert_eq!(alice.tree(&id).await.len(), 3);

    let path = format!("/conversations/{id}/fork");
    let forked = alice
        .post_with_key(&path, "\"f\"", json!({}))
        .await
        .expect(201);
    assert_eq!(
        alice
            .post_with_key(&path, "\"f\"", json!({}))
            .await
            .expect(201),
        forked
    );
    assert_eq!(alice.list("").await.len(), 2);

    // One key for two kinds of requests, or for the same in two conversations, is used for two things.
    let other = alice.create("Other").await;
    for path in ["/conversations".to_owned(), messages(&other), path] {
        let reused = alice.post_with_key(&path, "\"p\"", body.clone()).await;
        assert!(reused.status == 422, "{path}: {}", reused.text);
    }
    assert_eq!(alice.tree(&other).await.len(), 0);
}

#[tokio::test]
async fn a_replayed_stream_tells_the_whole_answer() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let id = alice.create("Beacons").await;
    let body = json!({ "content": "Which hosts?" });
    let first = alice
        .post_with_key(&messages(&id), "\"p\"", body.clone())
        .await
        .expect(201);

    let request = alice
        .request(Method::POST, &messages(&id))
        .header("idempotency-key", "\"p\"");
    let request = request.header("accept", "text/event-stream").json(&body);
    let events = EventStream::of(request.send().await.unwrap()).rest().await;
    let last = events.last().unwrap();
    assert_eq!(last.name, "message_completed");
    assert_eq!(last.data, first["assistant_message"]);
    assert_eq!(alice.tree(&id).await.len(), 2);
}

#[tokio::test]
async fn keys_of_two_users_have_nothing_to_do_with_each_other() {
    let service = Service::demo().await;
    let body = json!({ "title": "Beacons" });
    let mut created = Vec::new();
    for name in ["alice", "bob", "mallory"] {
        let answer = service
            .acting_as(name)
            .post_with_key("/conversations", "k", body.clone())
            .await;
        created.push(answer.expect(201));
    }
    let [one, two, three] = ids(&created)[..] else {
        panic!("three")
    };
    assert!(one != two && two != three && one != three);
}

#[tokio::test]
async fn a_replay_is_authorized_anew() {
    let service = Service::demo().await;
    let [alice, bob] = ["alice", "bob"].map(|name| service.acting_as(name));
    let id = alice.create("Beacons").await;
    alice
        .share_with_group(&id, "Threat Hunting", "collaborate")
        .await;
    let body = json!({ "content": "Which hosts?" });
    bob.post_with_key(&messages(&id), "\"p\"", body.clone())
        .await
        .expect(201);

    let privacy = format!("/conversations/{id}/privacy");
    alice
        .put(&privacy, json!({ "privacy": "private" }))
        .await
        .expect(200);
    let replay = bob
        .post_with_key(&messages(&id), "\"p\"", body.clone())
        .await;
    replay.expect_problem(404, "not-found");
    // Viewing is enough to see the first answer again.
    alice.share_with_group(&id, "Threat Hunting", "view").await;
    bob.post_with_key(&messages(&id), "\"p\"", body)
        .await
        .expect(201);
    assert_eq!(alice.tree(&id).await.len(), 2);

    let created = alice
        .post_with_key("/conversations", "c", json!({ "title": "Mine" }))
        .await
        .expect(201);
    alice
        .delete(&format!("/conversations/{}", text(&created, "id")))
        .await
        .expect(204);
    let replay = alice
        .post_with_key("/conversations", "c", json!({ "title": "Mine" }))
        .await;
    replay.expect_problem(404, "not-found");
}

#[tokio::test]
async fn of_two_first_requests_at_once_one_is_done() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    for round in 0..10 {
        let (key, body) = (
            format!("k-{round}"),
            json!({ "title": format!("Round {round}") }),
        );
        let posts = (0..4).map(|_| alice.post_with_key("/conversations", &key, body.clone()));
        let answers = futures::future::join_all(posts).await;
        let created: Vec<_> = answers
            .iter()
            .filter(|answer| answer.status == 201)
            .collect();
        assert!(!created.is_empty());
        for answer in &answers {
            // The others come while the first is running, or after it.
            match answer.status.as_u16() {
                201 => assert_eq!(answer.json()["id"], created[0].json()["id"]),
                _ => drop(answer.expect(409)),
            }
        }
    }
    assert_eq!(alice.list("").await.len(), 10);
}

#[tokio::test]
async fn while_the_first_prompt_is_being_answered_a_second_is_told_so() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let id = alice.create("Beacons").await;
    let body = json!({ "content": "go on !hang" });
    let request = alice
        .request(Method::POST, &messages(&id))
        .header("idempotency-key", "\"p\"");
    let request = request.header("accept", "text/event-stream").json(&body);
    let mut events = EventStream::of(request.send().await.unwrap());
    let delta = events.next_named("message_delta").await;

    let second = alice
        .post_with_key(&messages(&id), "\"p\"", body.clone())
        .await;
    second.expect_problem(409, "idempotency-key-in-use");
    let answer = text(&delta.data, "message_id");
    alice
        .post(&format!("{}/{answer}/stop", messages(&id)), json!({}))
        .await
        .expect(200);
    let replay = alice
        .post_with_key(&messages(&id), "\"p\"", body)
        .await
        .expect(201);
    assert_eq!(replay["assistant_message"]["status"], "stopped");
    assert_eq!(alice.tree(&id).await.len(), 2);
}

#[tokio::test]
async fn a_failed_answer_is_replayed_as_it_failed() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let id = alice.create("Beacons").await;
    let body = json!({ "content": "go on !fail" });
    let first = alice
        .post_with_key(&messages(&id), "\"p\"", body.clone())
        .await;
    let problem = first.expect(502);
    let again = alice.post_with_key(&messages(&id), "\"p\"", body).await;
    assert_eq!(again.expect(502)["code"], problem["code"]);
    assert_eq!(
        alice.tree(&id).await.len(),
        2,
        "asking again is a request of its own"
    );
}

#[tokio::test]
async fn keys_survive_a_restart() {
    let mut service = Service::demo().await;
    let alice = service.acting_as("alice");
    let body = json!({ "title": "Beacons" });
    let created = alice
        .post_with_key("/conversations", "k", body.clone())
        .await
        .expect(201);
    let id = text(&created, "id").to_owned();
    let prompt = json!({ "content": "Which hosts?" });
    let prompted = alice
        .post_with_key(&messages(&id), "p", prompt.clone())
        .await
        .expect(201);
    service.kill();
    service.start().await;
    let again = alice
        .post_with_key("/conversations", "k", body)
        .await
        .expect(201);
    assert_eq!(again["id"], json!(id));
    let again = alice
        .post_with_key(&messages(&id), "p", prompt)
        .await
        .expect(201);
    assert_eq!(
        again["assistant_message"]["id"],
        prompted["assistant_message"]["id"]
    );
    assert_eq!(alice.tree(&id).await.len(), 2);
}

#[tokio::test]
async fn a_key_that_is_none_is_refused() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let long = format!("\"{}\"", "k".repeat(1000));
    for key in ["", "\"\"", "\"open", long.as_str()] {
        let refused = alice.post_with_key("/conversations", key, json!({})).await;
        assert_eq!(refused.status, 400, "{key}: {}", refused.text);
    }
    assert_eq!(alice.list("").await.len(), 0);
}
