//! The audit log of an organization.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use parlor_application::{
    audit_document,
    ports::{
        AuditLog, AuditQuery, AuditRecord, AuditRecorder, ConversationKey, PrivilegedReadingRecord,
        StoreError, UserRef,
    },
};
use parlor_domain::{
    audit::{ActionName, AuditEntry, PrivilegedReading},
    ids::{AuditEntryId, ConversationId, OrganizationId, UserId},
    visit,
};
use parlor_store_sql::Cell;
use sqlx::{SqliteConnection, query_file, query_file_as};
use uuid::Uuid;

use crate::{SqliteStore, convert::time, error::store_error};

struct RecordRow {
    id: Uuid,
    actor_id: Uuid,
    conversation_id: Option<Uuid>,
    document: String,
}

impl RecordRow {
    fn into_record(self, organization_id: OrganizationId) -> AuditRecord {
        AuditRecord {
            id: AuditEntryId::from_uuid(self.id),
            organization_id,
            conversation_id: self.conversation_id.map(ConversationId::from_uuid),
            actor_id: UserId::from_uuid(self.actor_id),
            document: self.document,
        }
    }
}

struct ReadingRow {
    id: Uuid,
    actor_id: Uuid,
    reader_name: String,
    privileged_reading: String,
    occurred_at: i64,
    last_occurred_at: i64,
}

impl TryFrom<ReadingRow> for PrivilegedReadingRecord {
    type Error = StoreError;

    fn try_from(row: ReadingRow) -> Result<Self, StoreError> {
        let cell = |column| Cell::new("audit_entries", column, row.id);
        Ok(Self {
            id: AuditEntryId::from_uuid(row.id),
            reader: UserRef {
                id: UserId::from_uuid(row.actor_id),
                name: row.reader_name,
            },
            reading: cell("privileged_reading").one_of(
                &PrivilegedReading::ALL,
                PrivilegedReading::as_str,
                &row.privileged_reading,
            )?,
            read_at: time(cell("occurred_at"), row.occurred_at)?,
            last_read_at: time(cell("occurred_at"), row.last_occurred_at)?,
        })
    }
}

/// In microseconds.
const VISIT_PAUSE: i64 = visit::VISIT_PAUSE.num_seconds() * 1_000_000;

/// Adds an entry to the log, which is the outbox to its sink at the same time.
pub(crate) async fn append(
    connection: &mut SqliteConnection,
    entry: &AuditEntry,
) -> Result<(), StoreError> {
    let reading = entry.privileged_reading();
    let record = audit_document::record(entry);
    append_record(
        connection,
        &record,
        entry.action,
        reading,
        entry.occurred_at,
    )
    .await
}

/// The same for an entry that is a record already.
pub(crate) async fn append_record(
    connection: &mut SqliteConnection,
    record: &AuditRecord,
    action: ActionName,
    reading: Option<PrivilegedReading>,
    occurred_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let appended = query_file!(
        "queries/audit_log/append.sql",
        record.organization_id.as_uuid(),
        record.id.as_uuid(),
        action.as_str(),
        record.actor_id.as_uuid(),
        record.conversation_id.map(ConversationId::as_uuid),
        reading.map(PrivilegedReading::as_str),
        occurred_at.timestamp_micros(),
        record.document,
        VISIT_PAUSE
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    if appended.rows_affected() == 0 {
        Err(StoreError::Conflict)
    } else {
        Ok(())
    }
}

#[async_trait]
impl AuditRecorder for SqliteStore {
    async fn record(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        // One statement is a transaction of its own, and durable when it returns.
        let mut connection = self.writer()?.acquire().await.map_err(store_error)?;
        append(&mut connection, entry).await
    }

    async fn record_denial(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        match entry.conversation_id {
            Some(conversation_id) => self.count_denial(entry, conversation_id).await,
            None => self.record(entry).await,
        }
    }

    async fn end_denials(&self) -> Result<u64, StoreError> {
        self.end_counted_denials().await
    }
}

/// The way through the log that leads to the fewest entries, as the statement names it.
const fn way(query: &AuditQuery) -> &'static str {
    match query {
        AuditQuery {
            conversation_id: Some(_),
            ..
        } => "conversation",
        AuditQuery {
            actor_id: Some(_), ..
        } => "actor",
        AuditQuery { from: Some(_), .. } => "time",
        AuditQuery {
            action: Some(_), ..
        } => "action",
        _ => "all",
    }
}

#[async_trait]
impl AuditLog for SqliteStore {
    async fn list(
        &self,
        organization_id: OrganizationId,
        query: &AuditQuery,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        let rows = query_file_as!(
            RecordRow,
            "queries/audit_log/list.sql",
            organization_id.as_uuid(),
            query.action.map(ActionName::as_str),
            query.actor_id.map(UserId::as_uuid),
            query.conversation_id.map(ConversationId::as_uuid),
            query.from.map_or(i64::MIN, microseconds),
            query.to.map_or(i64::MAX, microseconds),
            query.before.map(AuditEntryId::as_uuid),
            query.limit,
            way(query)
        )
        .fetch_all(self.readers()?)
        .await
        .map_err(store_error)?;
        Ok(rows
            .into_iter()
            .map(|row| row.into_record(organization_id))
            .collect())
    }

    async fn find(
        &self,
        organization_id: OrganizationId,
        id: AuditEntryId,
    ) -> Result<Option<AuditRecord>, StoreError> {
        let row = query_file_as!(
            RecordRow,
            "queries/audit_log/find.sql",
            organization_id.as_uuid(),
            id.as_uuid()
        )
        .fetch_optional(self.readers()?)
        .await
        .map_err(store_error)?;
        Ok(row.map(|row| row.into_record(organization_id)))
    }

    async fn privileged_readings(
        &self,
        key: ConversationKey,
        before: Option<AuditEntryId>,
        limit: u32,
    ) -> Result<Vec<PrivilegedReadingRecord>, StoreError> {
        let rows = query_file_as!(
            ReadingRow,
            "queries/audit_log/privileged_readings.sql",
            key.organization_id.as_uuid(),
            key.conversation_id.as_uuid(),
            before.map(AuditEntryId::as_uuid),
            limit
        )
        .fetch_all(self.readers()?)
        .await
        .map_err(store_error)?;
        rows.into_iter()
            .map(PrivilegedReadingRecord::try_from)
            .collect()
    }
}

fn microseconds(time: DateTime<Utc>) -> i64 {
    time.timestamp_micros()
}
