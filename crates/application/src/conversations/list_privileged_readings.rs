//! Lists who viewed a conversation with privileged access.

use std::sync::Arc;

use parlor_domain::{
    access::Action,
    ids::{AuditEntryId, ConversationId},
};

use crate::{
    access_gate::{AccessError, AccessGate, Part},
    caller::Caller,
    paging::{Page, PageSize},
    ports::{AuditLog, PrivilegedReadingRecord},
};

/// Lists who read a conversation with privileged access, one line a visit. Needs manage access.
pub struct ListPrivilegedReadings {
    gate: Arc<AccessGate>,
    log: Arc<dyn AuditLog>,
}

impl ListPrivilegedReadings {
    /// The use case behind this gate.
    pub const fn new(gate: Arc<AccessGate>, log: Arc<dyn AuditLog>) -> Self {
        Self { gate, log }
    }

    /// One page, the visit that began last first. Managers who look at somebody else's find themselves in it.
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
        let key = caller.key_of(id);
        let readings = self
            .log
            .privileged_readings(key, before, size.and_one())
            .await?;
        Ok(Page::cut(readings, size, |last| last.id))
    }
}
