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

#[cfg(test)]
mod tests {
    use parlor_domain::{
        audit::PrivilegedReading,
        grants::Level::{Collaborate, View},
    };
    use serde_json::json;

    use super::*;
    use crate::{
        kit::*,
        ports::{ConversationKey, MockAuditLog},
    };

    fn reading(place: u128) -> PrivilegedReadingRecord {
        PrivilegedReadingRecord {
            id: AuditEntryId::from_uuid(new_id(place)),
            reader: user_ref(&vera()),
            reading: PrivilegedReading::Open,
            read_at: before(),
            last_read_at: before(),
        }
    }

    /// A log in which vera read the sample conversation twice.
    fn log(stage: &Stage) -> Arc<dyn AuditLog> {
        let mut log = MockAuditLog::new();
        let stage = stage.clone();
        let key = ConversationKey {
            organization_id: ACME,
            conversation_id: CONVERSATION,
        };
        log.expect_privileged_readings()
            .withf(move |asked, _, _| *asked == key)
            .returning(move |_, before, limit| {
                stage.call("list_readings", |_| {
                    let newest_first = [reading(2), reading(1)].into_iter();
                    newest_first
                        .filter(|reading| before.is_none_or(|before| reading.id < before))
                        .take(limit as usize)
                        .collect()
                })
            });
        Arc::new(log)
    }

    async fn list(
        stage: &Stage,
        caller: &Caller,
        id: ConversationId,
        before: Option<AuditEntryId>,
    ) -> Result<Page<PrivilegedReadingRecord, AuditEntryId>, AccessError> {
        ListPrivilegedReadings::new(stage.gate(), log(stage))
            .execute(caller, id, before, PageSize::new(1).unwrap())
            .await
    }

    #[tokio::test]
    async fn the_owner_sees_who_read_it_by_privilege_the_newest_first() {
        let stage = Stage::with(private());
        let first = list(&stage, &alice(), CONVERSATION, None).await.unwrap();
        assert_eq!(first.items, [reading(2)]);
        assert_eq!(first.next, Some(reading(2).id));
        let second = list(&stage, &alice(), CONVERSATION, first.next).await;
        let second = second.unwrap();
        assert_eq!(second.items, [reading(1)]);
        assert_eq!(second.next, None);
        stage.assert_untouched();
    }

    #[tokio::test]
    async fn a_manager_is_recorded_before_it_looks_and_so_finds_itself() {
        let stage = Stage::with(private());
        list(&stage, &max(), CONVERSATION, None).await.unwrap();
        let action = "AI_INFERENCE_STREAM_GET";
        let input = json!({"part": "privileged_readings"});
        assert_eq!(
            stage.recorded(),
            [done(&max(), action, &AS_MANAGER, 4, input)]
        );
        assert_eq!(stage.trace(), "read record list_readings");
    }

    #[tokio::test]
    async fn who_may_read_or_prompt_does_not_learn_who_reads_by_privilege() {
        for (caller, level) in [(carol(), View), (bob(), Collaborate), (vera(), View)] {
            let stage = Stage::with(shared(level));
            let refused = list(&stage, &caller, CONVERSATION, None).await;
            assert_refused(&stage, &caller, Action::ReadPrivilegedReadings, refused);
            assert_eq!(stage.trace(), "read record");
        }
    }

    #[tokio::test]
    async fn who_cannot_see_it_gets_what_who_asks_for_nothing_gets() {
        let stage = || Stage::with(private());
        for caller in [carol(), mallory()] {
            assert_invisible_like_absent(stage, &caller, async |stage, id| {
                list(stage, &caller, id, None).await
            })
            .await;
        }
    }

    #[tokio::test]
    async fn every_failure_is_passed_on() {
        for caller in [alice(), max(), vera(), mallory()] {
            let stage = || Stage::with(private());
            assert_every_failure_is_passed_on(stage, async |stage| {
                list(stage, &caller, CONVERSATION, None).await
            })
            .await;
        }
    }
}
