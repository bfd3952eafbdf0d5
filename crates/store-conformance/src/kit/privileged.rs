//! Entries of readings by privilege.

use parlor_application::ports::ConversationKey;
use parlor_domain::{
    access::{AccessLevel, Reason},
    audit::{ActionName, Actor, AuditEntry, PrivilegedReading, RecordedAccess},
    ids::UserId,
};

use super::prelude::Filled;

/// An entry of somebody's reading of a conversation by privilege.
pub fn privileged_entry(
    store: &Filled,
    key: ConversationKey,
    reader: UserId,
    how: PrivilegedReading,
) -> AuditEntry {
    let action = match how {
        PrivilegedReading::Open => ActionName::ConversationGet,
        PrivilegedReading::Export => ActionName::ConversationExport,
        PrivilegedReading::Fork => ActionName::ConversationFork,
    };
    AuditEntry {
        action,
        access: Some(RecordedAccess {
            level: AccessLevel::View,
            reasons: vec![Reason::ViewPrivateResponses],
            privileged: true,
        }),
        actor: Actor::User {
            id: reader,
            name: "As it was called then".to_owned(),
            email: String::new(),
            role_names: vec![],
        },
        ..store.entry(key.organization_id, Some(key.conversation_id))
    }
}
