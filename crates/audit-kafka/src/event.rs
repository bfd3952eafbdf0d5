//! An entry as a message: an event in the binary mode of the `CloudEvents` binding for Kafka.

use std::borrow::Cow;

use parlor_application::ports::{AuditRecord, SinkError};
use rdkafka::{
    message::{Header, OwnedHeaders},
    producer::FutureRecord,
};
use serde::Deserialize;
use serde_json::error::Category;

const SPEC_VERSION: &str = "1.0";

/// What the headers need of a document.
#[derive(Deserialize)]
struct Told<'a> {
    #[serde(rename = "actionName", borrow)]
    action_name: Cow<'a, str>,
    #[serde(borrow)]
    timestamp: Cow<'a, str>,
}

pub(crate) struct Event<'a> {
    pub entry: &'a AuditRecord,
    /// What order holds within; also what the entry is about.
    key: String,
    told: Told<'a>,
}

impl<'a> Event<'a> {
    /// Reads an entry, or says that it is none.
    pub fn read(entry: &'a AuditRecord) -> Result<Self, SinkError> {
        let told: Told<'_> =
            serde_json::from_str(&entry.document).map_err(|error| SinkError::Rejected {
                id: entry.id,
                reason: reason(&error).to_owned(),
            })?;
        let key = entry
            .conversation_id
            .map_or_else(|| entry.actor_id.to_string(), |id| id.to_string());
        Ok(Self { entry, key, told })
    }

    pub fn message<'m>(&'m self, topic: &'m str) -> FutureRecord<'m, str, str> {
        FutureRecord::to(topic)
            .key(self.key.as_str())
            .payload(self.entry.document.as_str())
            .headers(self.headers())
    }

    fn headers(&self) -> OwnedHeaders {
        let id = self.entry.id.to_string();
        let source = format!("urn:parlor:organization:{}", self.entry.organization_id);
        let kind = format!("parlor.audit.{}", self.told.action_name);
        let headers = [
            ("ce_specversion", SPEC_VERSION),
            ("ce_id", &id),
            ("ce_source", &source),
            ("ce_type", &kind),
            ("ce_time", &self.told.timestamp),
            ("ce_subject", &self.key),
            ("content-type", "application/json"),
        ];
        headers.iter().fold(
            OwnedHeaders::new_with_capacity(headers.len()),
            |all, &(key, value)| {
                all.insert(Header {
                    key,
                    value: Some(value),
                })
            },
        )
    }
}

/// In our words: those of the parser may quote the document.
fn reason(error: &serde_json::Error) -> &'static str {
    match error.classify() {
        Category::Data => "its document has no `actionName` and `timestamp` that are texts",
        Category::Io | Category::Syntax | Category::Eof => "its document is not JSON",
    }
}
