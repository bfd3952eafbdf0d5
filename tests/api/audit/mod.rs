//! The audit log: what it tells, who may read it, and that it is delivered.

mod changes;
mod followed;
mod log;
mod readings;
#[cfg(feature = "kafka")]
mod rejecting_sink;
mod set_aside;
mod sink;

use serde_json::Value;

use crate::harness::{As, Service, text};

/// The entries about one conversation, the oldest first.
pub async fn about(service: &Service, id: &str) -> Vec<Value> {
    let query = format!("conversation_id={id}");
    let mut entries = service.acting_as("admin").audit(&query).await;
    entries.reverse();
    entries
}

/// What was asked, as the entry tells it.
pub fn input(entry: &Value) -> &Value {
    &entry["actionParams"]["dynamic"]["input"]
}

/// Action, result and actor's name of each entry.
pub fn outline(entries: &[Value]) -> impl Iterator<Item = [&str; 3]> {
    entries.iter().map(|entry| {
        let action = text(entry, "actionName").trim_start_matches("AI_INFERENCE_STREAM_");
        [
            action,
            text(entry, "actionResult"),
            text(&entry["actor"], "name"),
        ]
    })
}

/// Puts something about a conversation, which must be taken.
pub async fn put(somebody: &As, id: &str, what: &str, body: Value) {
    somebody
        .put(&format!("/conversations/{id}/{what}"), body)
        .await
        .expect(200);
}
