//! Entries as the relay gives them to a sink.

use parlor_application::ports::AuditRecord;
use parlor_domain::ids::{AuditEntryId, ConversationId, OrganizationId, UserId};
use serde_json::{Value, json};
use uuid::Uuid;

/// What the document of an unacceptable entry contains, and the reason of its rejection must not.
pub const SECRET: &str = "what-nobody-may-quote";

/// How many conversations the entries are about.
pub const CONVERSATIONS: u128 = 5;

/// The entry of this number: about one of several conversations, or about none.
pub fn entry(number: u128) -> AuditRecord {
    let id = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + number);
    let conversation = number % (CONVERSATIONS + 1);
    AuditRecord {
        id: AuditEntryId::from_uuid(id),
        organization_id: OrganizationId::from_uuid(Uuid::from_u128(1)),
        conversation_id: (conversation > 0)
            .then(|| ConversationId::from_uuid(Uuid::from_u128(100 + conversation))),
        actor_id: UserId::from_uuid(Uuid::from_u128(2)),
        document: json!({
            "id": id,
            "actionName": "AI_INFERENCE_STREAM_EDIT",
            "actor": { "name": "한글 and \"quotes\" \\ \n \u{2028}" },
            "timestamp": "2026-03-01T10:20:30.123456789Z",
        })
        .to_string(),
    }
}

/// Entries of these numbers.
pub fn entries(numbers: std::ops::Range<u128>) -> Vec<AuditRecord> {
    numbers.map(entry).collect()
}

/// What keeps an order: the conversation, or the actor where there is none.
pub(crate) fn subject(entry: &AuditRecord) -> Uuid {
    match entry.conversation_id {
        Some(id) => id.as_uuid(),
        None => entry.actor_id.as_uuid(),
    }
}

/// The id in a document that arrived.
pub(crate) fn id_in(document: &str) -> Option<String> {
    let entry: Value = serde_json::from_str(document).ok()?;
    Some(entry.get("id")?.as_str()?.to_owned())
}
