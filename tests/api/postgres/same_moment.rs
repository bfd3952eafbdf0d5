//! The same at the same moment on both instances.

use futures::future::{join, join_all};
use serde_json::{Value, json};

use super::{builder, on_both};
use crate::harness::{Answer, text};

const ROUNDS: usize = 15;

/// Of two answers to the same request at the same moment: one that was done, and the other one the same or told to wait.
fn done(answers: [&Answer; 2]) -> Value {
    let done: Vec<Value> = answers
        .into_iter()
        .filter(|answer| answer.status == 201)
        .map(Answer::json)
        .collect();
    assert!(!done.is_empty(), "{answers:?}");
    for answer in answers {
        if answer.status == 201 {
            assert_eq!(answer.json(), done[0]);
        } else {
            answer.expect(409);
        }
    }
    done[0].clone()
}

#[tokio::test]
async fn a_key_at_the_same_moment_on_both_instances_creates_one_conversation() {
    let service = builder().start().await;
    let [here, there] = on_both(&service, "alice");
    for round in 0..ROUNDS {
        let body = json!({ "title": format!("Round {round}") });
        let key = format!("key-{round}");
        let post = |somebody| {
            let (key, body): (&str, Value) = (&key, body.clone());
            let somebody: &crate::harness::As = somebody;
            async move { somebody.post_with_key("/conversations", key, body).await }
        };
        let (one, other) = join(post(&here), post(&there)).await;
        done([&one, &other]);
        assert_eq!(here.list("").await.len(), round + 1);
    }
    let created = service
        .acting_as("admin")
        .audit("action=AI_INFERENCE_STREAM_CREATE")
        .await;
    assert_eq!(created.len(), ROUNDS);
}

#[tokio::test]
async fn a_key_at_the_same_moment_on_both_instances_stores_one_prompt() {
    let service = builder().start().await;
    let [here, there] = on_both(&service, "alice");
    let id = here.create("Beacons").await;
    let path = format!("/conversations/{id}/messages");
    for round in 0..ROUNDS {
        let body = json!({ "content": format!("Round {round}"), "parent_id": null });
        let key = format!("key-{round}");
        let (one, other) = join(
            here.post_with_key(&path, &key, body.clone()),
            there.post_with_key(&path, &key, body.clone()),
        )
        .await;
        let stored = done([&one, &other]);
        assert_eq!(here.tree(&id).await.len(), 2 * (round + 1));
        // Once it is done, it is answered so everywhere.
        for somebody in [&here, &there] {
            let again = somebody.post_with_key(&path, &key, body.clone()).await;
            assert_eq!(again.expect(201), stored);
        }
    }
}

#[tokio::test]
async fn a_change_at_the_same_moment_on_both_instances_is_two_versions_or_none_is_lost() {
    let service = builder().start().await;
    let [here, there] = on_both(&service, "alice");
    let id = here.create("Beacons").await;
    let path = format!("/conversations/{id}");
    for round in 0..ROUNDS {
        let [one, other] =
            ["one", "other"].map(|title| json!({ "title": format!("{title} {round}") }));
        let before = here.get(&path).await.expect(200)["version"]
            .as_u64()
            .unwrap();
        let (one, other) = join(here.patch(&path, one), there.patch(&path, other)).await;
        let mut versions =
            [one, other].map(|renamed| renamed.expect(200)["version"].as_u64().unwrap());
        versions.sort_unstable();
        assert_eq!(versions, [before + 1, before + 2]);
    }
    let edits = service
        .acting_as("admin")
        .audit("action=AI_INFERENCE_STREAM_EDIT")
        .await;
    assert_eq!(edits.len(), 2 * ROUNDS);
    let order: Vec<_> = edits
        .iter()
        .rev()
        .map(|entry| entry["actionDetails"]["version"].as_u64().unwrap())
        .collect();
    assert!(
        order.is_sorted(),
        "the log tells them in the order in which they were done: {order:?}"
    );
}

#[tokio::test]
async fn of_two_with_the_same_version_at_the_same_moment_one_is_done() {
    let service = builder().start().await;
    let [here, there] = on_both(&service, "alice");
    let id = here.create("Beacons").await;
    let path = format!("/conversations/{id}/sharing");
    for _ in 0..ROUNDS {
        let before = here.get(&path).await;
        let to = match before.expect(200)["organization"].as_str() {
            Some("view") => "collaborate",
            _ => "view",
        };
        let grants = json!({ "organization": to, "groups": [] });
        let etag = before.etag();
        let (one, other) = join(
            here.put_if_match(&path, &etag, grants.clone()),
            there.put_if_match(&path, &etag, grants.clone()),
        )
        .await;
        let mut statuses = [one.status.as_u16(), other.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412]);
    }
}

#[tokio::test]
async fn prompts_per_minute_are_counted_over_both_instances() {
    let limited = builder().with("PARLOR_LIMITS__PROMPTS_PER_MINUTE", &4);
    let service = limited.start().await;
    let [here, there] = on_both(&service, "alice");
    let id = here.create("Beacons").await;
    for somebody in [&here, &here, &there, &there] {
        somebody.prompt(&id, "within the limit").await;
    }
    for somebody in [&here, &there] {
        let refused = somebody
            .prompt_with(&id, json!({ "content": "one too many" }))
            .await;
        refused.expect_problem(429, "rate-limited");
        let seconds: u64 = refused.header("retry-after").parse().unwrap();
        assert!((1..=60).contains(&seconds), "{seconds}");
    }
    let bob = service.acting_as("bob");
    let own = bob.create("Others have their own").await;
    bob.prompt(&own, "hello").await;
}

#[tokio::test]
async fn an_allowance_is_not_taken_twice_at_the_same_moment() {
    let limited = builder().with("PARLOR_LIMITS__PROMPTS_PER_MINUTE", &5);
    let service = limited.start().await;
    let both = on_both(&service, "alice");
    let id = both[0].create("Beacons").await;
    let prompts = (0..12).map(|number| {
        let body = json!({ "content": format!("prompt {number}"), "parent_id": null });
        both[number % 2].prompt_with(&id, body)
    });
    let answers = join_all(prompts).await;
    let taken = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(taken, 5);
    assert!(
        answers
            .iter()
            .all(|answer| [201, 429].contains(&answer.status.as_u16())),
        "{answers:?}"
    );
    let prompts = both[1].tree(&id).await;
    let prompts = prompts
        .iter()
        .filter(|message| text(message, "role") == "user");
    assert_eq!(prompts.count(), 5);
}
