//! What must be there in the end.

use std::{collections::BTreeMap, time::Duration};

use serde_json::Value;
use tokio::task::block_in_place;

use super::{
    super::broker_away::{first_arrivals, have_arrived, stored},
    Deployed,
    client::{Client, Conversation},
};
use crate::harness::{Delivered, KafkaReader, ids, text};

pub async fn check(deployed: &Deployed, clients: &[Client]) {
    let mut written = 0;
    for client in clients {
        for conversation in &client.conversations {
            is_there(client, conversation).await;
            written += conversation.history.len();
        }
    }
    let stored = stored(&deployed.service).await;
    let delivered = block_in_place(|| {
        KafkaReader::of(&deployed.broker)
            .until("everything arrives", Duration::from_mins(1), |read| {
                have_arrived(&stored, read)
            })
            .to_vec()
    });
    let first = first_arrivals(&delivered);
    println!(
        "{written} acknowledged writes, {} entries, {} messages, so {} repetitions",
        stored.len(),
        delivered.len(),
        delivered.len() - first.len()
    );
    let by_id: BTreeMap<_, _> = stored
        .iter()
        .map(|entry| (text(entry, "id"), entry))
        .collect();
    assert_eq!(by_id.len(), stored.len(), "no id twice");
    for delivered in &first {
        let stored = by_id.get(delivered.id.as_str());
        assert_eq!(stored, Some(&&delivered.entry), "the same as in the store");
    }
    assert_eq!(first.len(), stored.len(), "every entry and no other");

    let in_store = histories(stored.iter().rev());
    let on_kafka = histories(in_order(&first));
    for conversation in clients.iter().flat_map(|client| &client.conversations) {
        let id = conversation.id.as_str();
        let mut told = in_store[id].clone();
        let mut done = conversation.history.clone();
        assert_eq!(
            on_kafka[id], done,
            "in the order in which it was done, one entry each: {id}"
        );
        told.sort_unstable();
        done.sort_unstable();
        assert_eq!(told, done, "{id}");
    }
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

fn in_order<'a>(first: &'a [&Delivered]) -> impl Iterator<Item = &'a Value> {
    first.iter().map(|delivered| &delivered.entry)
}

/// What was done to each conversation, as its entries tell it.
fn histories<'a>(entries: impl Iterator<Item = &'a Value>) -> BTreeMap<&'a str, Vec<String>> {
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
