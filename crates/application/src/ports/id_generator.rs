//! Where new ids come from.

use parlor_domain::ids::{AuditEntryId, ConversationId, MessageId};
use uuid::Uuid;

/// The one source of new ids, so that tests can fix them.
///
/// An implementor MUST answer ids of version 7 that grow within one process: cursors and the order of the audit log rest on it.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
pub trait IdGenerator: Send + Sync {
    /// A new id.
    fn next(&self) -> Uuid;
}

impl dyn IdGenerator + '_ {
    /// A new conversation's id.
    pub fn conversation(&self) -> ConversationId {
        ConversationId::from_uuid(self.next())
    }

    /// A new message's id.
    pub fn message(&self) -> MessageId {
        MessageId::from_uuid(self.next())
    }

    /// A new audit entry's id.
    pub fn audit_entry(&self) -> AuditEntryId {
        AuditEntryId::from_uuid(self.next())
    }
}

/// UUIDv7 from the machine's clock and a counter.
#[derive(Debug, Clone, Copy, Default)]
pub struct UuidV7Generator;

impl IdGenerator for UuidV7Generator {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the port's one implementation on the real clock"
    )]
    fn next(&self) -> Uuid {
        Uuid::now_v7()
    }
}
