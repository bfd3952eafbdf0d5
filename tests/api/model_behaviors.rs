//! Response bodies as real model servers send them, through the whole service: what is stored of each.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::models::provider;
use crate::harness::{ModelServer, Service, text};

#[derive(Deserialize, Clone)]
struct Behavior {
    name: String,
    http_status: u64,
    content_type: String,
    #[serde(default)]
    headers: std::collections::BTreeMap<String, String>,
    body: String,
    expected: Value,
}

fn behaviors() -> Vec<Behavior> {
    let given = include_str!("../../crates/adapters-model/tests/data/model_behaviors.json");
    let more = include_str!("../../crates/adapters-model/tests/data/more_behaviors.json");
    let parse = |json: &str| serde_json::from_str::<Vec<Behavior>>(json).unwrap();
    [parse(given), parse(more)].concat()
}

/// A server that answers as the body that the prompt names.
async fn behaving() -> ModelServer {
    let behaviors = behaviors();
    ModelServer::start(move |mut connection| {
        let messages = connection.asked()["messages"].as_array().cloned();
        let messages = messages.unwrap_or_default();
        let name = messages
            .last()
            .map_or("", |message| text(message, "content"))
            .to_owned();
        let behavior = behaviors
            .iter()
            .find(|behavior| behavior.name == name)
            .cloned();
        async move {
            let behavior = behavior.unwrap_or_else(|| panic!("no body is called {name}"));
            let mut headers = vec![("content-type", behavior.content_type.as_str())];
            let more = behavior.headers.iter();
            headers.extend(more.map(|(name, value)| (name.as_str(), value.as_str())));
            connection
                .respond_raw(behavior.http_status, &headers, &behavior.body)
                .await;
        }
    })
    .await
}

/// The JSON status of a prompt whose answer ended so.
fn status_of(expected: &Value) -> u16 {
    match (text(expected, "status"), expected["reason"].as_str()) {
        ("failed", Some("timeout")) => 504,
        ("failed", Some("rate_limited" | "interrupted")) => 503,
        ("failed", _) => 502,
        _ => 201,
    }
}

fn outcome(message: &Value) -> Value {
    json!({
        "status": message["status"],
        "content": message["content"],
        "reason": message["reason"],
        "reasoning": message["reasoning"],
    })
}

#[tokio::test]
async fn every_body_of_a_real_server_is_stored_as_the_answer_that_it_is() {
    let server = behaving().await;
    let configuration = format!(
        "[limits]\nprompts_per_minute = 1000\n[[model.providers]]\nkind = \"openai\"\nname = \"tests\"\n\
         base_url = \"{}\"\nmodels = [\"scripted\"]\nmax_retries = 0\n",
        server.base_url()
    );
    let service = Service::builder()
        .file("parlor.toml", configuration)
        .start()
        .await;
    let alice = service.acting_as("alice");
    let id = alice.create("Beacons").await;
    let mut wrong = Vec::new();
    for behavior in behaviors() {
        let body = json!({ "content": behavior.name, "parent_id": null });
        let expected = &behavior.expected;
        let answer = alice
            .prompt_with(&id, body.clone())
            .await
            .expect(status_of(expected));
        let answer = &answer["assistant_message"];
        let stored = alice.message(&id, text(answer, "id")).await;
        if (&outcome(answer), &outcome(&stored)) != (expected, expected) {
            wrong.push(format!("{}: {answer}, stored as {stored}", behavior.name));
        }

        // The same as a stream: what the deltas say is what is stored.
        let events = alice.prompt_stream(&id, body).await.rest().await;
        let said = |field: &str| {
            let deltas = events.iter().filter(|event| event.name == "message_delta");
            deltas
                .filter_map(|event| event.data[field].as_str())
                .collect::<String>()
        };
        let end = events
            .iter()
            .find(|event| matches!(event.name.as_str(), "message_completed" | "message_failed"));
        let end = &end
            .unwrap_or_else(|| panic!("{}: no end", behavior.name))
            .data;
        let told = json!({
            "status": end["status"],
            "content": said("text"),
            "reason": end["reason"],
            "reasoning": Some(said("reasoning")).filter(|said| !said.is_empty()),
        });
        if &told != expected {
            wrong.push(format!("{} as a stream: {told}", behavior.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    // An export has all of it, too.
    let export = alice
        .get(&format!("/conversations/{id}/export"))
        .await
        .expect(200);
    let messages = export["messages"].as_array().unwrap();
    let exported: Vec<_> = messages
        .iter()
        .filter(|message| message["role"] == "assistant")
        .map(outcome)
        .collect();
    let expected: Vec<_> = behaviors()
        .iter()
        .flat_map(|behavior| [behavior.expected.clone(), behavior.expected.clone()])
        .collect();
    assert_eq!(exported, expected);
}

#[tokio::test]
async fn thoughts_that_only_their_end_tells_from_the_answer_become_reasoning_while_they_are_streamed()
 {
    let say_more = Arc::new(Notify::new());
    let server = ModelServer::start({
        let say_more = Arc::clone(&say_more);
        move |mut connection| {
            let say_more = Arc::clone(&say_more);
            async move {
                connection.begin().await;
                connection.say("Who logged in?").await;
                say_more.notified().await;
                connection.say("\n</think>").await;
                say_more.notified().await;
                connection.say("\n\nNobody did.").await;
                connection.finish().await;
            }
        }
    })
    .await;
    let configuration = provider(server.base_url(), "scripted")
        .replace("idle_timeout_ms = 400", "idle_timeout_ms = 20000");
    let service = Service::builder()
        .file("parlor.toml", configuration)
        .start()
        .await;
    let alice = service.acting_as("alice");
    let id = alice.create("Beacons").await;
    let mut followed = alice.follow(&format!("/conversations/{id}/events")).await;
    let body = json!({ "content": "who?" });
    let mut prompted = alice.prompt_stream(&id, body).await;
    for events in [&mut prompted, &mut followed] {
        // A follower may be told of the answer when some of it is written already.
        loop {
            let event = events.next().await.unwrap();
            let told = [&event.data["text"], &event.data["content"]];
            if told.contains(&&json!("Who logged in?")) {
                break;
            }
        }
    }
    say_more.notify_one();
    for events in [&mut prompted, &mut followed] {
        let anew = events.next_named("message_created").await.data;
        let found = (&anew["content"], &anew["reasoning"], &anew["status"]);
        let expected = (&json!(""), &json!("Who logged in?"), &json!("writing"));
        assert_eq!(found, expected);
    }
    let stored = alice.path(&id).await.pop().unwrap();
    assert_eq!(stored["content"], "");
    assert_eq!(stored["reasoning"], "Who logged in?");
    say_more.notify_one();
    for events in [&mut prompted, &mut followed] {
        let delta = events.next_named("message_delta").await;
        assert_eq!(delta.data["text"], "Nobody did.");
        let whole = events.next_named("message_completed").await.data;
        assert_eq!(whole["content"], "Nobody did.");
        assert_eq!(whole["reasoning"], "Who logged in?");
    }
}
