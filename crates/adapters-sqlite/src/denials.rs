//! Repeated denials, which are counted for a minute and then have one entry.

use parlor_application::{
    audit_document,
    ports::{AuditRecord, DenialRepeats, StoreError},
};
use parlor_domain::{
    audit::{ActionName, AuditEntry},
    denial::REPEAT_WINDOW,
    ids::{AuditEntryId, ConversationId, OrganizationId, UserId},
};
use parlor_store_sql::Cell;
use sqlx::{SqliteConnection, query_file_as, query_file_scalar};
use uuid::Uuid;

use crate::{
    SqliteStore,
    audit_log::{append, append_record},
    convert::time,
    error::store_error,
};

/// In microseconds.
const WINDOW: i64 = REPEAT_WINDOW.num_seconds() * 1_000_000;

/// How many counts one transaction ends, so that others write soon.
const ENDED_AT_ONCE: i64 = 256;

/// A count whose time is over.
struct EndedRow {
    organization_id: Uuid,
    actor_id: Uuid,
    conversation_id: Uuid,
    repeats: i64,
    last_id: Uuid,
    first_at: Option<i64>,
    last_at: Option<i64>,
    document: Option<String>,
}

impl EndedRow {
    /// What is to be written of it: nothing, where there were no repeats.
    fn into_repeats(self) -> Result<Option<DenialRepeats>, StoreError> {
        let (Some(first_at), Some(last_at), Some(document)) =
            (self.first_at, self.last_at, self.document)
        else {
            return Ok(None);
        };
        let cell = |column| Cell::new("denied_repeats", column, self.last_id);
        Ok(Some(DenialRepeats {
            last: AuditRecord {
                id: AuditEntryId::from_uuid(self.last_id),
                organization_id: OrganizationId::from_uuid(self.organization_id),
                conversation_id: Some(ConversationId::from_uuid(self.conversation_id)),
                actor_id: UserId::from_uuid(self.actor_id),
                document,
            },
            count: self.repeats.unsigned_abs(),
            first_at: time(cell("first_at"), first_at)?,
            last_at: time(cell("last_at"), last_at)?,
        }))
    }
}

/// Writes the entry of a count that was removed in the same transaction.
async fn append_repeats(
    connection: &mut SqliteConnection,
    row: EndedRow,
) -> Result<(), StoreError> {
    let Some(repeats) = row.into_repeats()? else {
        return Ok(());
    };
    let (action, last_at) = (ActionName::ConversationAccessDenied, repeats.last_at);
    let record = audit_document::repeats(repeats);
    match append_record(connection, &record, action, None, last_at).await {
        // It would keep all others from being written.
        Err(StoreError::Conflict) => {
            tracing::error!(id = %record.id, "a count of denials has no entry: the log has another one under its id");
            Ok(())
        }
        appended => appended,
    }
}

impl SqliteStore {
    /// Adds the entry of a denial, or counts it where it repeats another one.
    pub(crate) async fn count_denial(
        &self,
        entry: &AuditEntry,
        conversation_id: ConversationId,
    ) -> Result<(), StoreError> {
        let record = audit_document::record(entry);
        let mut transaction = self.begin_writing().await?;
        let is_logged = query_file_scalar!(
            "queries/audit_log/is_denial_logged.sql",
            record.organization_id.as_uuid(),
            record.id.as_uuid(),
            record.actor_id.as_uuid(),
            conversation_id.as_uuid()
        )
        .fetch_one(&mut *transaction)
        .await
        .map_err(store_error)?;
        if is_logged {
            return Ok(());
        }
        let ended = query_file_as!(
            EndedRow,
            "queries/audit_log/end_denial.sql",
            record.organization_id.as_uuid(),
            record.actor_id.as_uuid(),
            conversation_id.as_uuid(),
            WINDOW
        )
        .fetch_optional(&mut *transaction)
        .await
        .map_err(store_error)?;
        if let Some(ended) = ended {
            append_repeats(&mut transaction, ended).await?;
        }
        let repeats = query_file_scalar!(
            "queries/audit_log/count_denial.sql",
            record.organization_id.as_uuid(),
            record.id.as_uuid(),
            record.actor_id.as_uuid(),
            conversation_id.as_uuid(),
            entry.occurred_at.timestamp_micros(),
            record.document
        )
        .fetch_one(&mut *transaction)
        .await
        .map_err(store_error)?;
        if repeats == 0 {
            append(&mut transaction, entry).await?;
        }
        transaction.commit().await.map_err(store_error)
    }

    /// Writes the entries of counts whose time is over; answers how many counts it removed.
    pub(crate) async fn end_counted_denials(&self) -> Result<u64, StoreError> {
        // Nobody is kept from writing where there is nothing to do.
        let has_ended = query_file_scalar!("queries/audit_log/has_ended_denials.sql", WINDOW)
            .fetch_one(self.readers()?)
            .await
            .map_err(store_error)?;
        if !has_ended {
            return Ok(0);
        }
        let mut transaction = self.begin_writing().await?;
        let ended = query_file_as!(
            EndedRow,
            "queries/audit_log/end_denials.sql",
            WINDOW,
            ENDED_AT_ONCE
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        let removed = ended.len() as u64;
        for row in ended {
            append_repeats(&mut transaction, row).await?;
        }
        transaction.commit().await.map_err(store_error)?;
        Ok(removed)
    }
}
