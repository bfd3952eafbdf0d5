//! What must be there in the end.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    super::stored,
    client::{Client, Conversation},
};
use crate::harness::{Service, ids, text};

/// What was acknowledged is there, exactly so, and each change has its one entry. Answers all entries.
pub async fn check(service: &Service, clients: &[Client]) -> Vec<Value> {
    let mut written = 0;
    for client in clients {
        for conversation in &client.conversations {
            is_there(client, conversation).await;
            written += conversation.history.len();
        }
    }
    let stored = stored(service).await;
    println!("{written} acknowledged writes, {} entries", stored.len());
    let once: BTreeSet<_> = ids(&stored).into_iter().collect();
    assert_eq!(once.len(), stored.len(), "no id twice");
    let mut histories = histories(stored.iter());
    for conversation in clients.iter().flat_map(|client| &client.conversations) {
        let id = conversation.id.as_str();
        let mut told = histories.remove(id).unwrap_or_default();
        let mut done = conversation.history.clone();
        told.sort_unstable();
        done.sort_unstable();
        assert_eq!(told, done, "one entry each: {id}");
    }
    stored
}

/// Exactly what was acknowledged.
async fn is_there(client: &Client, conversation: &Conversation) {
    let path = format!("/conversations/{}", conversation.id);
    let found = client.somebody.get(&path).await.expect(200);
    assert_eq!(
        (&found["title"], &found["privacy"], &found["version"]),
        (
            &Value::from(conversation.title.as_str()),
            &Value::from(conversation.privacy),
            &Value::from(conversation.version)
        ),
        "{path}"
    );
    let messages = client.somebody.path(&conversation.id).await;
    assert_eq!(ids(&messages), conversation.messages, "{path}");
    for message in &messages {
        assert_ne!(message["status"], "writing", "{path}");
    }
}

/// What was done to each conversation, as its entries tell it.
pub fn histories<'a>(entries: impl Iterator<Item = &'a Value>) -> BTreeMap<&'a str, Vec<String>> {
    let mut histories: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for entry in entries {
        let input = &entry["actionParams"]["dynamic"]["input"];
        let Some(conversation) = input["conversationId"].as_str() else {
            continue;
        };
        let name = text(entry, "actionName").trim_start_matches("AI_INFERENCE_STREAM_");
        let told = match name {
            "EDIT" => format!("EDIT {}", entry["actionDetails"]["version"]),
            "PROMPT" => format!("PROMPT {}", text(input, "messageId")),
            other => other.to_owned(),
        };
        histories.entry(conversation).or_default().push(told);
    }
    histories
}
