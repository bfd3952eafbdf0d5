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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        kit::*,
        ports::{MockAuditLog, StorePosition},
    };

    fn entry(place: u128) -> AuditRecord {
        AuditRecord {
            id: AuditEntryId::from_uuid(new_id(place)),
            organization_id: ACME,
            conversation_id: Some(CONVERSATION),
            actor_id: alice().user_id(),
            document: "{}".to_owned(),
        }
    }

    /// What the caller asks for; the limit is not its to set.
    fn query() -> AuditQuery {
        AuditQuery {
            action: Some(ActionName::ConversationEdit),
            actor_id: Some(alice().user_id()),
            conversation_id: Some(CONVERSATION),
            from: Some(before()),
            to: Some(now()),
            before: Some(entry(9).id),
            limit: 1_000_000,
            at_least: StorePosition::default(),
        }
    }

    /// A log with two entries, for one query in one organization alone.
    fn log(stage: &Stage) -> Arc<dyn AuditLog> {
        let mut log = MockAuditLog::new();
        let stage = stage.clone();
        log.expect_list()
            .withf(|organization_id, asked| {
                let expected = AuditQuery {
                    limit: 2,
                    at_least: READ_AT,
                    ..query()
                };
                *organization_id == ACME && *asked == expected
            })
            .returning(move |_, _| stage.call("list_entries", |_| vec![entry(2), entry(1)]));
        Arc::new(log)
    }

    async fn list(
        stage: &Stage,
        caller: &Caller,
    ) -> Result<Page<AuditRecord, AuditEntryId>, AccessError> {
        ListAuditEntries::new(stage.gate(), log(stage))
            .execute(caller, query(), PageSize::new(1).unwrap())
            .await
    }

    #[tokio::test]
    async fn who_may_read_the_log_gets_the_page_of_its_own_organization() {
        for caller in [vera(), admin()] {
            let stage = Stage::empty();
            let page = list(&stage, &caller).await.unwrap();
            assert_eq!(page.items, [entry(2)]);
            assert_eq!(page.next, Some(entry(2).id));
            assert_eq!(stage.trace(), "list_entries");
            stage.assert_untouched();
        }
    }

    #[tokio::test]
    async fn nobody_else_reads_it_whatever_else_it_may() {
        for caller in [alice(), max(), erin()] {
            let stage = Stage::empty();
            let refused = list(&stage, &caller).await;
            let needed = &[Permission::ReadAuditLog];
            assert_lacks(&stage, &caller, needed, "LIST_AUDIT_LOGS", refused);
            assert_eq!(stage.trace(), "record");
        }
    }

    #[tokio::test]
    async fn every_failure_is_passed_on() {
        for caller in [vera(), alice()] {
            assert_every_failure_is_passed_on(Stage::empty, async |stage| {
                list(stage, &caller).await
            })
            .await;
        }
    }
}
