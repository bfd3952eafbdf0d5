//! Read one entry of the audit log.

use std::sync::Arc;

use parlor_domain::{audit::ActionName, ids::AuditEntryId, principal::Permission};

use crate::{
    access_gate::{AccessError, AccessGate},
    caller::Caller,
    ports::{AuditLog, AuditRecord},
};

/// Reads an entry of the organization's audit log by its id. Needs `read_audit_log`.
pub struct ReadAuditEntry {
    gate: Arc<AccessGate>,
    log: Arc<dyn AuditLog>,
}

impl ReadAuditEntry {
    /// The use case behind this gate.
    pub const fn new(gate: Arc<AccessGate>, log: Arc<dyn AuditLog>) -> Self {
        Self { gate, log }
    }

    /// The entry.
    pub async fn execute(
        &self,
        caller: &Caller,
        id: AuditEntryId,
    ) -> Result<AuditRecord, AccessError> {
        const NEEDED: &[Permission] = &[Permission::ReadAuditLog];
        self.gate
            .require(
                caller,
                caller.principal(),
                NEEDED,
                ActionName::ListAuditLogs,
            )
            .await?;
        self.log
            .find(caller.organization_id(), id)
            .await?
            .ok_or(AccessError::NotFound)
    }
}
