//! Repeated denials, which are counted for a minute and then have one entry.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use parlor_application::{
    audit_document,
    ports::{AuditRecord, DenialRepeats, StoreError},
};
use parlor_domain::{
    audit::{ActionName, AuditEntry},
    denial::REPEAT_WINDOW,
    ids::{AuditEntryId, ConversationId, OrganizationId, UserId},
};
use sqlx::{AssertSqlSafe, Executor as _, query_file, query_file_as, raw_sql};
use uuid::Uuid;

use crate::{
    PostgresStore,
    audit_log::{NewEntry, append_counted},
    connection::Connection,
    connections::SERVICE,
    error::{is_connection_useless, store_error},
};

/// In microseconds.
const WINDOW: i64 = REPEAT_WINDOW.num_seconds() * 1_000_000;

/// How many counts one transaction ends.
const ENDED_AT_ONCE: i64 = 256;

/// A count whose time is over.
struct EndedRow {
    organization_id: Uuid,
    actor_id: Uuid,
    conversation_id: Uuid,
    repeats: i64,
    last_id: Uuid,
    first_at: Option<DateTime<Utc>>,
    last_at: Option<DateTime<Utc>>,
    document: Option<String>,
}

impl EndedRow {
    /// The entry to be written of it: none, where there were no repeats.
    fn into_entry(self) -> Option<NewEntry> {
        let last_at = self.last_at?;
        let last = AuditRecord {
            id: AuditEntryId::from_uuid(self.last_id),
            organization_id: OrganizationId::from_uuid(self.organization_id),
            conversation_id: Some(ConversationId::from_uuid(self.conversation_id)),
            actor_id: UserId::from_uuid(self.actor_id),
            document: self.document?,
        };
        let record = audit_document::repeats(DenialRepeats {
            last,
            count: self.repeats.unsigned_abs(),
            first_at: self.first_at?,
            last_at,
        });
        Some(NewEntry {
            record,
            action: ActionName::ConversationAccessDenied,
            reading: None,
            occurred_at: last_at,
        })
    }
}

/// Carries out statements that are made of nothing but words and ids of this program.
async fn execute(connection: &mut Connection, statements: String) -> Result<(), StoreError> {
    let done = connection.execute(raw_sql(AssertSqlSafe(statements)));
    done.await.map(drop).map_err(store_error)
}

impl PostgresStore {
    /// Adds the entry of a denial, or counts it where it repeats another one.
    pub(crate) async fn count_denial(
        &self,
        entry: &AuditEntry,
        conversation_id: ConversationId,
    ) -> Result<(), StoreError> {
        let record = audit_document::record(entry);
        loop {
            let mut session = self.session(entry.organization_id).await?;
            // One statement is a transaction of its own, and durable when it returns.
            let counted = query_file!(
                "queries/audit_log/count_denial.sql",
                record.organization_id.as_uuid(),
                record.id.as_uuid(),
                record.actor_id.as_uuid(),
                conversation_id.as_uuid(),
                entry.occurred_at,
                record.document,
                WINDOW
            )
            .fetch_one(&mut *session)
            .await;
            // As for other entries that are stored alone; a denial that was counted for all that is not counted twice.
            let is_outdated = session.is_used_again()
                && !session.is_given_up()
                && counted.as_ref().is_err_and(is_connection_useless);
            let counted = session.done(counted);
            if is_outdated {
                continue;
            }
            let counted = counted?;
            if counted.is_logged {
                return Ok(());
            }
            match counted.repeats {
                // Another entry has its id.
                Some(0) if counted.added == 0 && counted.is_new == Some(true) => {
                    return Err(StoreError::Conflict);
                }
                Some(_) => return Ok(()),
                // There is a count whose time is over, and which no instance has ended yet.
                None => {
                    let key = (entry.organization_id, record.actor_id, conversation_id);
                    self.end_denials_of(key).await?;
                }
            }
        }
    }

    /// Writes the entry of one count, if its time is over, and removes it.
    async fn end_denials_of(
        &self,
        (organization_id, actor_id, conversation_id): (OrganizationId, UserId, ConversationId),
    ) -> Result<(), StoreError> {
        // Dropped by an error, it is closed, and nothing is changed.
        let mut session = self.session(organization_id).await?;
        execute(&mut session, "BEGIN READ WRITE".to_owned()).await?;
        let ended = query_file_as!(
            EndedRow,
            "queries/audit_log/end_denial.sql",
            organization_id.as_uuid(),
            actor_id.as_uuid(),
            conversation_id.as_uuid(),
            WINDOW
        )
        .fetch_optional(&mut *session)
        .await
        .map_err(store_error)?;
        if let Some(entry) = ended.and_then(EndedRow::into_entry) {
            append_counted(&mut session, vec![entry]).await?;
        }
        let committed = session.execute(raw_sql("COMMIT")).await;
        session.done(committed).map(drop)
    }

    /// Writes the entries of counts whose time is over, of all organizations; answers how many counts it removed.
    pub(crate) async fn end_counted_denials(&self) -> Result<u64, StoreError> {
        let mut session = self.upkeep().await?;
        // Dropped by an error, it is closed, and nothing is changed.
        execute(&mut session, "BEGIN READ WRITE".to_owned()).await?;
        let ended = query_file_as!(
            EndedRow,
            "queries/audit_log/end_denials.sql",
            WINDOW,
            ENDED_AT_ONCE
        )
        .fetch_all(&mut *session)
        .await
        .map_err(store_error)?;
        let removed = ended.len() as u64;
        let mut of_organizations = BTreeMap::<OrganizationId, Vec<NewEntry>>::new();
        for entry in ended.into_iter().filter_map(EndedRow::into_entry) {
            let organization_id = entry.record.organization_id;
            of_organizations
                .entry(organization_id)
                .or_default()
                .push(entry);
        }
        // Entries are written as requests write them: under their role, for one organization after the other.
        for (organization_id, entries) in of_organizations {
            let role = format!(
                "SET LOCAL ROLE {SERVICE}; SET LOCAL parlor.organization_id = '{organization_id}'"
            );
            execute(&mut session, role).await?;
            append_counted(&mut session, entries).await?;
        }
        let committed = session.execute(raw_sql("COMMIT")).await;
        session.done(committed)?;
        Ok(removed)
    }
}
