//! "Who looked at it by privilege?"

use std::sync::Arc;

use parlor_domain::{
    access::Action,
    ids::{AuditEntryId, ConversationId},
};

use crate::{
    access_gate::{AccessError, AccessGate, Part},
    caller::Caller,
    paging::{Page, PageSize},
    ports::{AuditLog, ConversationKey, PrivilegedReadingRecord},
};

/// Lists who read a conversation by privilege, and when. Needs manage access.
pub struct ListPrivilegedReadings {
    gate: Arc<AccessGate>,
    log: Arc<dyn AuditLog>,
}

impl ListPrivilegedReadings {
    /// The use case behind this gate.
    pub const fn new(gate: Arc<AccessGate>, log: Arc<dyn AuditLog>) -> Self {
        Self { gate, log }
    }

    /// One page, the newest reading first. A manager who looks at somebody else's finds itself in it.
    pub async fn execute(
        &self,
        caller: &Caller,
        id: ConversationId,
        before: Option<AuditEntryId>,
        size: PageSize,
    ) -> Result<Page<PrivilegedReadingRecord, AuditEntryId>, AccessError> {
        self.gate
            .read(
                caller,
                id,
                Action::ReadPrivilegedReadings,
                Part::PrivilegedReadings,
            )
            .await?;
        let key = ConversationKey {
            organization_id: caller.organization_id(),
            conversation_id: id,
        };
        let readings = self
            .log
            .privileged_readings(key, before, size.and_one())
            .await?;
        Ok(Page::cut(readings, size, |last| last.id))
    }
}
