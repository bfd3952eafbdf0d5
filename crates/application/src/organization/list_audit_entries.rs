//! Read the audit log.

use std::sync::Arc;

use parlor_domain::{audit::ActionName, ids::AuditEntryId, principal::Permission};

use crate::{
    access_gate::{AccessError, AccessGate},
    caller::Caller,
    paging::{Page, PageSize},
    ports::{AuditLog, AuditQuery, AuditRecord},
};

/// Lists entries of the organization's audit log, the newest first. Needs `read_audit_log`.
pub struct ListAuditEntries {
    gate: Arc<AccessGate>,
    log: Arc<dyn AuditLog>,
}

impl ListAuditEntries {
    /// The use case behind this gate.
    pub const fn new(gate: Arc<AccessGate>, log: Arc<dyn AuditLog>) -> Self {
        Self { gate, log }
    }

    /// One page. The query's limit is set from `size`, and how new it has to be from when the request began.
    pub async fn execute(
        &self,
        caller: &Caller,
        query: AuditQuery,
        size: PageSize,
    ) -> Result<Page<AuditRecord, AuditEntryId>, AccessError> {
        const NEEDED: &[Permission] = &[Permission::ReadAuditLog];
        self.gate
            .require(
                caller,
                caller.principal(),
                NEEDED,
                ActionName::ListAuditLogs,
            )
            .await?;
        let query = AuditQuery {
            limit: size.and_one(),
            at_least: caller.member.read_at,
            ..query
        };
        let entries = self.log.list(caller.organization_id(), &query).await?;
        Ok(Page::cut(entries, size, |last| last.id))
    }
}
