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
use sqlx::{query_file, query_file_as};
use uuid::Uuid;

use crate::{
    PostgresStore,
    connection::Connection,
    error::{is_connection_useless, store_error},
    store_position::read,
};

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
    occurred_at: DateTime<Utc>,
    last_occurred_at: DateTime<Utc>,
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
            read_at: row.occurred_at,
            last_read_at: row.last_occurred_at,
        })
    }
}

/// The class of the advisory locks under which a conversation's entries are put in order.
const ORDER: i32 = i32::from_be_bytes(*b"pard");

/// In microseconds.
const VISIT_PAUSE: i64 = visit::VISIT_PAUSE.num_seconds() * 1_000_000;

/// Adds entries to the log, which is the outbox to its sink at the same time, all in one statement. Positions grow in the order of
/// commit within a conversation: its lock is kept until the end of the transaction.
pub(crate) async fn append(
    connection: &mut Connection,
    entries: &[&AuditEntry],
) -> Result<(), StoreError> {
    let appended = match entries {
        [entry] => insert_one(connection, entry).await,
        entries => insert(connection, entries.iter().map(|&entry| entry.into())).await,
    };
    all_or_conflict(appended.map_err(store_error)?, entries.len())
}

/// The same for the entries of counts. One whose id is taken is no error: it would keep all others from being written.
pub(crate) async fn append_counted(
    connection: &mut Connection,
    entries: Vec<NewEntry>,
) -> Result<(), StoreError> {
    let count = entries.len() as u64;
    let appended = insert(connection, entries.into_iter()).await;
    let taken = count.saturating_sub(appended.map_err(store_error)?);
    if taken > 0 {
        tracing::error!(
            taken,
            "counts of denials have no entry: the log has others under their ids"
        );
    }
    Ok(())
}

async fn insert_one(connection: &mut Connection, entry: &AuditEntry) -> Result<u64, sqlx::Error> {
    let record = audit_document::record(entry);
    let appended = query_file!(
        "queries/audit_log/append_one.sql",
        record.organization_id.as_uuid(),
        record.id.as_uuid(),
        entry.action.as_str(),
        record.actor_id.as_uuid(),
        record.conversation_id.map(ConversationId::as_uuid),
        entry.privileged_reading().map(PrivilegedReading::as_str),
        entry.occurred_at,
        record.document,
        ORDER,
        VISIT_PAUSE
    )
    .execute(connection)
    .await?;
    Ok(appended.rows_affected())
}

async fn insert(
    connection: &mut Connection,
    entries: impl Iterator<Item = NewEntry>,
) -> Result<u64, sqlx::Error> {
    let columns = Columns::of(entries);
    let appended = query_file!(
        "queries/audit_log/append.sql",
        &columns.organization_ids,
        &columns.ids,
        &columns.actions as &[&str],
        &columns.actor_ids,
        &columns.conversation_ids as &[Option<Uuid>],
        &columns.privileged_readings as &[Option<&str>],
        &columns.times,
        &columns.documents,
        ORDER,
        VISIT_PAUSE
    )
    .execute(connection)
    .await?;
    Ok(appended.rows_affected())
}

fn all_or_conflict(appended: u64, entries: usize) -> Result<(), StoreError> {
    if usize::try_from(appended) == Ok(entries) {
        Ok(())
    } else {
        Err(StoreError::Conflict)
    }
}

/// An entry with what the columns say of it.
pub(crate) struct NewEntry {
    pub(crate) record: AuditRecord,
    pub(crate) action: ActionName,
    pub(crate) reading: Option<PrivilegedReading>,
    pub(crate) occurred_at: DateTime<Utc>,
}

impl From<&AuditEntry> for NewEntry {
    fn from(entry: &AuditEntry) -> Self {
        Self {
            record: audit_document::record(entry),
            action: entry.action,
            reading: entry.privileged_reading(),
            occurred_at: entry.occurred_at,
        }
    }
}

/// Entries, one array for each column.
#[derive(Default)]
struct Columns {
    organization_ids: Vec<Uuid>,
    ids: Vec<Uuid>,
    actions: Vec<&'static str>,
    actor_ids: Vec<Uuid>,
    conversation_ids: Vec<Option<Uuid>>,
    privileged_readings: Vec<Option<&'static str>>,
    times: Vec<DateTime<Utc>>,
    documents: Vec<String>,
}

impl Columns {
    fn of(entries: impl Iterator<Item = NewEntry>) -> Self {
        let mut columns = Self::default();
        for entry in entries {
            let record = entry.record;
            columns
                .organization_ids
                .push(record.organization_id.as_uuid());
            columns.ids.push(record.id.as_uuid());
            columns.actions.push(entry.action.as_str());
            columns.actor_ids.push(record.actor_id.as_uuid());
            columns
                .conversation_ids
                .push(record.conversation_id.map(ConversationId::as_uuid));
            columns
                .privileged_readings
                .push(entry.reading.map(PrivilegedReading::as_str));
            columns.times.push(entry.occurred_at);
            columns.documents.push(record.document);
        }
        columns
    }
}

#[async_trait]
impl AuditRecorder for PostgresStore {
    async fn record(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        loop {
            let mut session = self.session(entry.organization_id).await?;
            // One statement is a transaction of its own, and durable when it returns.
            let appended = insert_one(&mut session, entry).await;
            // A connection that broke since it was used last. If the entry is there for all that, the next try finds it: better
            // refuse an answer than give it without an entry.
            let is_outdated = session.is_used_again()
                && !session.is_given_up()
                && appended.as_ref().is_err_and(is_connection_useless);
            let appended = session.done(appended);
            if !is_outdated {
                return all_or_conflict(appended?, 1);
            }
        }
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
impl AuditLog for PostgresStore {
    async fn list(
        &self,
        organization_id: OrganizationId,
        query: &AuditQuery,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        let rows = read!(self.reading_at(organization_id, query.at_least), connection => {
            query_file_as!(
                RecordRow,
                "queries/audit_log/list.sql",
                organization_id.as_uuid(),
                query.action.map(ActionName::as_str),
                query.actor_id.map(UserId::as_uuid),
                query.conversation_id.map(ConversationId::as_uuid),
                query.from.unwrap_or(DateTime::UNIX_EPOCH),
                query.to.unwrap_or(DateTime::<Utc>::MAX_UTC),
                query.before.map(AuditEntryId::as_uuid),
                i64::from(query.limit),
                way(query)
            )
            .fetch_all(connection)
        });
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
        let row = read!(self.reading(organization_id), connection => {
            query_file_as!(
                RecordRow,
                "queries/audit_log/find.sql",
                organization_id.as_uuid(),
                id.as_uuid()
            )
            .fetch_optional(connection)
        });
        Ok(row.map(|row| row.into_record(organization_id)))
    }

    async fn privileged_readings(
        &self,
        key: ConversationKey,
        before: Option<AuditEntryId>,
        limit: u32,
    ) -> Result<Vec<PrivilegedReadingRecord>, StoreError> {
        let rows = read!(self.reading(key.organization_id), connection => {
            query_file_as!(
                ReadingRow,
                "queries/audit_log/privileged_readings.sql",
                key.organization_id.as_uuid(),
                key.conversation_id.as_uuid(),
                before.map(AuditEntryId::as_uuid),
                i64::from(limit)
            )
            .fetch_all(connection)
        });
        rows.into_iter()
            .map(PrivilegedReadingRecord::try_from)
            .collect()
    }
}
