//! Models that take too long or read too little, and what they are sent of a conversation.

use serde_json::{Value, json};

use super::models::{asking, fails, provider, scripted};
use crate::harness::{Service, text};

#[tokio::test]
async fn a_server_that_sends_nothing_but_comments_is_given_up_after_its_idle_time() {
    let server = scripted(|mut connection| async move {
        connection.begin().await;
        connection.say("so far").await;
        let mut comments = tokio::time::interval(std::time::Duration::from_millis(50));
        // For much longer than the idle time, unless the connection is closed.
        for _ in 0..600 {
            comments.tick().await;
            connection.chunk(": canary\n\n").await;
        }
    })
    .await;
    assert_eq!(fails(&server, 504, "model-timed-out", "so far").await, 1);
}

#[tokio::test]
async fn a_server_that_never_ends_its_answer_is_given_up_after_the_longest_time() {
    let server = scripted(|mut connection| async move {
        connection.begin().await;
        let mut words = tokio::time::interval(std::time::Duration::from_millis(50));
        for _ in 0..600 {
            words.tick().await;
            connection.say("on ").await;
        }
    })
    .await;
    let configuration = provider(server.base_url(), "scripted");
    let service = Service::builder()
        .file(
            "parlor.toml",
            format!("[model]\nanswer_timeout_ms = 1500\n{configuration}"),
        )
        .start()
        .await;
    let alice = service.acting_as("alice");
    let id = alice.create("Beacons").await;
    let problem = alice.prompt_with(&id, json!({ "content": "hi" })).await;
    let problem = problem.expect_problem(504, "model-timed-out");
    let answer = &problem["assistant_message"];
    assert!(text(answer, "content").starts_with("on on"), "{answer}");
    assert_eq!(answer["reason"], "timeout");
}

#[tokio::test]
async fn after_an_empty_answer_and_with_a_second_author_the_roles_still_alternate() {
    let server = scripted(|mut connection| async move {
        connection.begin().await;
        if !connection.asked().to_string().contains("first")
            || connection.asked().to_string().contains("then")
        {
            connection.say("I see").await;
        }
        connection.finish().await;
    })
    .await;
    let service = asking(&server).await;
    let [alice, bob] = ["alice", "bob"].map(|name| service.acting_as(name));
    let id = alice.create("Beacons").await;
    alice
        .share_with_group(&id, "Threat Hunting", "collaborate")
        .await;
    let empty = alice.prompt_with(&id, json!({ "content": "first" })).await;
    empty.expect_problem(502, "empty-answer");
    alice.prompt(&id, "then").await;
    bob.prompt(&id, "and last").await;
    let asked = server.asked();
    let sent: Vec<_> = asked.iter().map(|asked| &asked["messages"]).collect();
    assert_eq!(sent[0], &json!([{ "role": "user", "content": "first" }]));
    assert_eq!(
        sent[1],
        &json!([{ "role": "user", "content": "first\n\nthen" }])
    );
    assert_eq!(
        sent[2],
        &json!([
            { "role": "user", "content": "[alice]: first\n\n[alice]: then" },
            { "role": "assistant", "content": "I see" },
            { "role": "user", "content": "[bob]: and last" },
        ])
    );
}

#[tokio::test]
async fn of_a_conversation_that_is_too_long_for_the_model_the_oldest_turns_are_left_out() {
    let server = scripted(|mut connection| async move {
        connection.begin().await;
        connection.say("I see").await;
        connection.finish().await;
    })
    .await;
    let configuration = provider(server.base_url(), "scripted");
    let service = Service::builder()
        .file(
            "parlor.toml",
            format!("{configuration}context_length = 100\n"),
        )
        .start()
        .await;
    let alice = service.acting_as("alice");
    let models = alice.all("/models").await;
    assert_eq!(models[0]["context_length"], 100);
    let id = alice.create("Beacons").await;
    for number in 0..4 {
        alice
            .prompt(&id, &format!("{number}{}", "가".repeat(25)))
            .await;
    }
    let lengths: Vec<_> = server
        .asked()
        .iter()
        .map(|asked| asked["messages"].as_array().unwrap().len())
        .collect();
    assert_eq!(lengths, [1, 3, 3, 3]);
    let last = server.asked().pop().unwrap();
    assert!(
        text(&last["messages"][2], "content").starts_with('3'),
        "{last}"
    );
    let path = alice.path(&id).await;
    assert_eq!(path.len(), 8, "nothing is lost");
    let left_out = |messages: &[Value]| -> Vec<Value> {
        let answers = messages.iter().skip(1).step_by(2);
        answers
            .map(|answer| answer["left_out_messages"].clone())
            .collect()
    };
    let expected = json!([null, null, 2, 4]);
    assert_eq!(json!(left_out(&path)), expected);
    let export = format!("/conversations/{id}/export?format=");
    let exported = alice.get(&format!("{export}json")).await.expect(200);
    let exported = exported["messages"].as_array().unwrap();
    assert_eq!(json!(left_out(exported)), expected);
    let markdown = alice.get(&format!("{export}markdown")).await;
    let notices = markdown.text.matches("was not sent the oldest");
    assert_eq!(notices.count(), 2, "{}", markdown.text);
    let fork = alice
        .post(&format!("/conversations/{id}/fork"), json!({}))
        .await;
    let fork = text(&fork.expect(201), "id").to_owned();
    assert_eq!(json!(left_out(&alice.path(&fork).await)), expected);
    let total: f64 = service
        .metrics()
        .await
        .lines()
        .filter_map(|line| line.strip_prefix("parlor_answers_with_left_out_messages_total "))
        .map(|count| count.parse::<f64>().unwrap())
        .sum();
    assert!((total - 2.0).abs() < 0.1, "{total}");
}

#[tokio::test]
async fn answers_are_counted_by_how_they_end() {
    let server = scripted(|mut connection| async move {
        if connection.asked()["messages"][0]["content"] == "first" {
            let body = json!({ "error": { "message": "canary", "code": "invalid_api_key" } });
            return connection.respond("401 Unauthorized", &body).await;
        }
        connection.begin().await;
        connection.say("I see").await;
        connection.finish().await;
    })
    .await;
    let service = asking(&server).await;
    let alice = service.acting_as("alice");
    let id = alice.create("Beacons").await;
    let failed = alice.prompt_with(&id, json!({ "content": "first" })).await;
    failed.expect_problem(502, "model-not-configured");
    alice.prompt(&id, "second").await;
    alice.prompt(&id, "third").await;
    let metrics = service.metrics().await;
    let counted = |status: &str, reason: &str| -> f64 {
        let name =
            format!("parlor_answers_ended_total{{status=\"{status}\",reason=\"{reason}\"}} ");
        let counts = metrics.lines().filter_map(|line| line.strip_prefix(&name));
        counts.map(|count| count.parse::<f64>().unwrap()).sum()
    };
    assert!(
        (counted("complete", "") - 2.0).abs() < 0.1
            && (counted("failed", "not_configured") - 1.0).abs() < 0.1
            && counted("failed", "timeout").abs() < 0.1,
        "{metrics}"
    );
    // What has not happened is counted as well, so that a first failure is a rise.
    assert!(metrics.contains("reason=\"empty_answer\"} 0"), "{metrics}");
}
