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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{kit::*, ports::MockAuditLog};

    fn entry() -> AuditRecord {
        AuditRecord {
            id: AuditEntryId::from_uuid(new_id(1)),
            organization_id: ACME,
            conversation_id: Some(CONVERSATION),
            actor_id: alice().user_id(),
            document: "{}".to_owned(),
        }
    }

    /// A log with one entry, of one organization.
    fn log(stage: &Stage) -> Arc<dyn AuditLog> {
        let mut log = MockAuditLog::new();
        let stage = stage.clone();
        log.expect_find().returning(move |organization_id, id| {
            stage.call("find_entry", |_| {
                (organization_id == ACME && id == entry().id).then(entry)
            })
        });
        Arc::new(log)
    }

    async fn read(
        stage: &Stage,
        caller: &Caller,
        id: AuditEntryId,
    ) -> Result<AuditRecord, AccessError> {
        ReadAuditEntry::new(stage.gate(), log(stage))
            .execute(caller, id)
            .await
    }

    #[tokio::test]
    async fn who_may_read_the_log_reads_an_entry_of_its_own_organization() {
        for caller in [vera(), admin()] {
            let stage = Stage::empty();
            assert_eq!(read(&stage, &caller, entry().id).await.unwrap(), entry());
            stage.assert_untouched();
        }
    }

    #[tokio::test]
    async fn an_entry_of_another_organization_is_not_found_like_one_that_is_not_there() {
        let absent = AuditEntryId::from_uuid(new_id(2));
        for (caller, id) in [(vera(), absent), (mallory(), entry().id)] {
            let stage = Stage::empty();
            assert_eq!(why(read(&stage, &caller, id).await), Why::NotFound);
            stage.assert_untouched();
        }
    }

    #[tokio::test]
    async fn nobody_else_reads_it_whatever_else_it_may() {
        for caller in [alice(), max(), erin()] {
            let stage = Stage::empty();
            let refused = read(&stage, &caller, entry().id).await;
            let needed = &[Permission::ReadAuditLog];
            assert_lacks(&stage, &caller, needed, "LIST_AUDIT_LOGS", refused);
            assert_eq!(stage.trace(), "record");
        }
    }

    #[tokio::test]
    async fn every_failure_is_passed_on() {
        for caller in [vera(), alice()] {
            assert_every_failure_is_passed_on(Stage::empty, async |stage| {
                read(stage, &caller, entry().id).await
            })
            .await;
        }
    }
}
