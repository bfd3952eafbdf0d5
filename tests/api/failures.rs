//! Prompts that are refused, and models that fail: the prompt is stored, and what was written stays.

use serde_json::{Value, json};

use crate::harness::{Service, text};

#[tokio::test]
async fn a_model_that_fails_leaves_the_prompt_and_what_was_written() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let cases = [
        ("!fail", 502, "model-failed"),
        ("!unreachable", 502, "model-unavailable"),
        ("!break", 503, "answer-interrupted"),
        ("!timeout", 504, "model-timed-out"),
    ];
    for (word, status, code) in cases {
        let id = alice.create(word).await;
        let content = format!("go on {word}");
        let problem = alice.prompt_with(&id, json!({ "content": content })).await;
        problem.expect_problem(status, code);
        let path = alice.path(&id).await;
        assert_eq!(
            (&path[0]["content"], &path[0]["status"]),
            (&json!(content), &json!("complete"))
        );
        assert_eq!(
            (&path[1]["status"], &path[1]["usage"]),
            (&json!("failed"), &Value::Null)
        );
        assert_eq!(
            text(&path[1], "content").is_empty(),
            word != "!break",
            "{word}"
        );

        // One can go on after it, and ask again.
        let on = alice.prompt(&id, "and on").await;
        assert_eq!(on["user_message"]["parent_id"], path[1]["id"]);
        let regenerate = format!(
            "/conversations/{id}/messages/{}/regenerate",
            text(&path[1], "id")
        );
        alice.post(&regenerate, json!({})).await.expect(status);
    }
}

#[tokio::test]
async fn a_stream_tells_of_a_model_that_fails() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let id = alice.create("Beacons").await;
    let cases = [
        ("!fail", 502, "model-failed"),
        ("!unreachable", 502, "model-unavailable"),
        ("!break", 503, "answer-interrupted"),
        ("!timeout", 504, "model-timed-out"),
    ];
    for (word, status, code) in cases {
        let body = json!({ "content": format!("go on {word}"), "parent_id": null });
        let events = alice.prompt_stream(&id, body).await.rest().await;
        let names: Vec<_> = events.iter().map(|event| event.name.as_str()).collect();
        assert_eq!(names[..2], ["message_created"; 2], "{word}");
        assert_eq!(
            names[names.len() - 2..],
            ["message_failed", "error"],
            "{word}"
        );
        let [failed, error] = &events[events.len() - 2..] else {
            panic!("two")
        };
        assert_eq!(failed.data["status"], "failed");
        assert_eq!(
            failed.data,
            alice.message(&id, text(&failed.data, "id")).await
        );
        assert_eq!(
            (&error.data["status"], &error.data["code"]),
            (&json!(status), &json!(code))
        );
        assert_eq!(error.data["type"], format!("urn:parlor:problem:{code}"));
        assert_eq!(names.contains(&"message_delta"), word == "!break", "{word}");
    }
}

#[tokio::test]
async fn a_prompt_that_is_empty_or_too_long_is_refused_before_anything_is_stored() {
    let limited = Service::builder().with("PARLOR_LIMITS__MESSAGE_CHARACTERS", &20);
    let service = limited.start().await;
    let alice = service.acting_as("alice");
    let id = alice.create("Beacons").await;
    for content in [
        json!(""),
        json!(" \n\t"),
        json!("가".repeat(21)),
        json!("nul \0"),
        json!(7),
    ] {
        let problem = alice
            .prompt_with(&id, json!({ "content": content }))
            .await
            .expect(422);
        assert_eq!(problem["errors"][0]["pointer"], "/content", "{content}");
    }
    assert_eq!(
        alice.prompt_with(&id, json!({})).await.expect(422)["status"],
        422
    );
    assert_eq!(alice.tree(&id).await, [] as [Value; 0]);
    // Characters are counted, not bytes.
    alice.prompt(&id, &"가".repeat(20)).await;
}

#[tokio::test]
async fn an_unknown_model_is_refused() {
    let service = Service::demo().await;
    let alice = service.acting_as("alice");
    let id = alice.create("Beacons").await;
    let unknown = json!({ "content": "x", "model": "no-such-model" });
    let problem = alice.prompt_with(&id, unknown).await.expect(422);
    assert_eq!(problem["errors"][0]["pointer"], "/model");
    assert_eq!(alice.tree(&id).await.len(), 0);
    let named = alice
        .prompt_with(&id, json!({ "content": "x", "model": "echo" }))
        .await;
    assert_eq!(named.expect(201)["assistant_message"]["model"], "echo");
}

#[tokio::test]
async fn who_prompts_too_often_is_told_when_to_come_back() {
    let limited = Service::builder().with("PARLOR_LIMITS__PROMPTS_PER_MINUTE", &2);
    let service = limited.start().await;
    let [alice, bob] = ["alice", "bob"].map(|name| service.acting_as(name));
    let id = alice.create("Beacons").await;
    alice.prompt(&id, "one").await;
    let two = alice.prompt(&id, "two").await;

    let refused = alice.prompt_with(&id, json!({ "content": "three" })).await;
    refused.expect_problem(429, "rate-limited");
    let seconds: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    // Asking again costs as much as a prompt; reading costs nothing; others have their own.
    let answer = text(&two["assistant_message"], "id");
    let regenerate = format!("/conversations/{id}/messages/{answer}/regenerate");
    alice.post(&regenerate, json!({})).await.expect(429);
    assert_eq!(alice.tree(&id).await.len(), 4);
    let bobs = bob.create("Bob's").await;
    bob.prompt(&bobs, "one").await;
}

#[tokio::test]
async fn what_a_stranger_prompts_is_not_found_whatever_it_says() {
    let service = Service::builder()
        .with("PARLOR_LIMITS__MESSAGE_CHARACTERS", &20)
        .start()
        .await;
    let id = service.acting_as("alice").create("Beacons").await;
    let mallory = service.acting_as("mallory");
    let absent = "0190a2b4-7e1c-7cc0-98c4-dc0c0c07398f";
    for body in [
        json!({ "content": "x" }),
        json!({ "content": "x", "model": "no-such-model" }),
        json!({ "content": "x", "parent_id": absent }),
        json!({ "content": "x".repeat(21) }),
        json!({ "content": "x", "role": "assistant" }),
    ] {
        let [existing, missing] = [
            mallory.prompt_with(&id, body.clone()).await,
            mallory.prompt_with(absent, body.clone()).await,
        ];
        assert_eq!(existing.status, missing.status, "{body}");
        let without = |problem: &Value| {
            let mut problem = problem.clone();
            for own in ["request_id", "instance"] {
                problem.as_object_mut().unwrap().remove(own);
            }
            problem
        };
        assert_eq!(
            without(&existing.json()),
            without(&missing.json()),
            "{body}"
        );
    }
}
