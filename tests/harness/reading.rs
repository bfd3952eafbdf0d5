//! Reading what lists, paths and the audit log say, through every page.

use serde_json::{Value, json};

use super::{Answer, As, Deployment, eventually, within};

impl As {
    /// The items of every page of a list.
    pub async fn all(&self, path: &str) -> Vec<Value> {
        let join = if path.contains('?') { '&' } else { '?' };
        let mut items = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = self.get(&format!("{path}{cursor}")).await.expect(200);
            items.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("{join}cursor={next}"),
                None => return items,
            }
        }
    }

    /// The messages on the path to the newest leaf.
    pub async fn path(&self, conversation: &str) -> Vec<Value> {
        self.all(&format!("/conversations/{conversation}/messages?limit=100"))
            .await
    }

    /// The messages on the path to this leaf.
    pub async fn path_to(&self, conversation: &str, leaf: &str) -> Vec<Value> {
        self.all(&format!(
            "/conversations/{conversation}/messages?limit=100&leaf={leaf}"
        ))
        .await
    }

    /// One message, which is looked up as the leaf of its own path.
    pub async fn message(&self, conversation: &str, id: &str) -> Value {
        self.path_to(conversation, id).await.pop().unwrap()
    }

    /// All messages, shortened.
    pub async fn tree(&self, conversation: &str) -> Vec<Value> {
        self.all(&format!("/conversations/{conversation}/tree?limit=100"))
            .await
    }

    /// Sends a prompt with more than its text, and waits for the whole answer.
    pub async fn prompt_with(&self, conversation: &str, body: Value) -> Answer {
        self.post(&format!("/conversations/{conversation}/messages"), body)
            .await
    }

    /// Sends a prompt after a message.
    pub async fn branch(&self, conversation: &str, parent: &str, content: &str) -> Value {
        let body = json!({ "content": content, "parent_id": parent });
        self.prompt_with(conversation, body).await.expect(201)
    }

    /// The audit log, the newest entry first; `query` as in `action=X&actor_id=Y`.
    pub async fn audit(&self, query: &str) -> Vec<Value> {
        self.all(&format!("/audit-events?limit=100&{query}")).await
    }

    /// Waits until an answer is no longer being written; answers it.
    pub async fn ended(&self, conversation: &str, id: &str) -> Value {
        eventually("the end of the answer", || async {
            let message = self.message(conversation, id).await;
            (message["status"] != "writing").then_some(message)
        })
        .await
    }

    /// An answer whose writer was killed, as soon as it must have been noticed.
    pub async fn left_behind(&self, conversation: &str, id: &str) -> Value {
        let patience = Deployment::of_this_run().notices_a_gone_writer_within();
        within(
            patience,
            "the end of an answer whose writer is gone",
            || async {
                let message = self.message(conversation, id).await;
                (message["status"] != "writing").then_some(message)
            },
        )
        .await
    }
}

/// A member of a JSON object that is text.
#[track_caller]
pub fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("no text in `{name}`: {value}"))
}

/// The ids of messages or conversations.
#[track_caller]
pub fn ids(values: &[Value]) -> Vec<&str> {
    values.iter().map(|value| text(value, "id")).collect()
}
