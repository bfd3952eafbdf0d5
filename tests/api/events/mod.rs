//! Following a conversation and the list, from outside.

mod following;
mod lists;
mod losing;

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{As, Event, EventStream, Service, text};

/// Within this time a stream ends that is allowed no more.
const AT_ONCE: Duration = Duration::from_secs(1);

/// Where one follows a conversation.
fn events(id: &str) -> String {
    format!("/conversations/{id}/events")
}

/// Where one follows the list.
const LIST: &str = "/conversations/events";

/// A service whose model takes its time, as it does when people use it.
async fn unhurried() -> Service {
    Service::builder()
        .with("PARLOR_MODEL__ECHO_DELAY_MS", &10)
        .start()
        .await
}

/// Alice's conversation, shared for Bob to write in.
async fn shared_with_bob(alice: &As) -> String {
    let id = alice.create("Beacons").await;
    alice
        .share_with_group(&id, "Threat Hunting", "collaborate")
        .await;
    id
}

/// Begins an answer that never ends by itself; answers its id, and what was shown of it.
async fn begin_answer(somebody: &As, id: &str, content: &str) -> (EventStream, String, String) {
    let body = json!({ "content": content });
    let mut stream = somebody.prompt_stream(id, body).await;
    let delta = stream.next_named("message_delta").await.data;
    let [answer, shown] = ["message_id", "text"].map(|name| text(&delta, name).to_owned());
    (stream, answer, shown)
}

async fn next(stream: &mut EventStream) -> Event {
    stream.next().await.expect("the stream goes on")
}

/// The text of a message as a client puts it together from what it is told: what it was created with, and what came.
fn put_together(told: &[Event], id: &str) -> String {
    let mut content = String::new();
    for Event { name, data, .. } in told {
        match name.as_str() {
            "message_created" if data["id"] == id => text(data, "content").clone_into(&mut content),
            "message_delta" if data["message_id"] == id => content.push_str(text(data, "text")),
            _ => {}
        }
    }
    content
}

/// Names and ids of the messages, in the order in which they were told; pieces are left out.
fn outline(told: &[Event]) -> Vec<(&str, &Value)> {
    let whole = told.iter().filter(|event| event.name != "message_delta");
    whole
        .map(|event| (event.name.as_str(), &event.data["id"]))
        .collect()
}
