//! Entries on their way out.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use parlor_application::ports::{
    AuditBacklog, AuditOutbox, AuditRecord, OutboxEntry, OutboxPosition, RetriedEntries, StoreError,
};
use parlor_domain::ids::{AuditEntryId, OrganizationId};
use parlor_store_sql::{
    Cell, integer,
    rows::{OutboxRow, WaitingRow},
};
use sqlx::{query_file, query_file_as};
use uuid::Uuid;

use crate::{
    SqliteStore,
    convert::{hex, time},
    error::store_error,
};

struct BacklogRow {
    entries: i64,
    oldest: Option<i64>,
    set_aside: i64,
}

struct RetriedRow {
    organization_id: Uuid,
    position: i64,
    id: Uuid,
}

#[async_trait]
impl AuditOutbox for SqliteStore {
    async fn undelivered(&self, limit: u32) -> Result<Vec<AuditRecord>, StoreError> {
        let rows = query_file_as!(WaitingRow, "queries/audit_outbox/undelivered.sql", limit)
            .fetch_all(self.readers()?)
            .await
            .map_err(store_error)?;
        Ok(rows.into_iter().map(AuditRecord::from).collect())
    }

    async fn mark_delivered(
        &self,
        entries: &[(OrganizationId, AuditEntryId)],
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let keys: Vec<[String; 2]> = entries
            .iter()
            .map(|(organization_id, id)| [hex(organization_id.as_uuid()), hex(id.as_uuid())])
            .collect();
        query_file!(
            "queries/audit_outbox/mark_delivered.sql",
            at.timestamp_micros(),
            serde_json::json!(keys).to_string()
        )
        .execute(self.writer()?)
        .await
        .map_err(store_error)?;
        Ok(())
    }

    async fn last_delivered_before(
        &self,
        organization_id: OrganizationId,
        id: AuditEntryId,
    ) -> Result<Option<AuditRecord>, StoreError> {
        let row = query_file_as!(
            WaitingRow,
            "queries/audit_outbox/last_delivered_before.sql",
            organization_id.as_uuid(),
            id.as_uuid()
        )
        .fetch_optional(self.readers()?)
        .await
        .map_err(store_error)?;
        Ok(row.map(AuditRecord::from))
    }

    async fn set_aside(
        &self,
        organization_id: OrganizationId,
        id: AuditEntryId,
        reason: &str,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        query_file!(
            "queries/audit_outbox/set_aside.sql",
            organization_id.as_uuid(),
            id.as_uuid(),
            reason,
            at.timestamp_micros()
        )
        .execute(self.writer()?)
        .await
        .map_err(store_error)?;
        Ok(())
    }

    async fn retry_set_aside(
        &self,
        after: Option<OutboxPosition>,
        limit: u32,
    ) -> Result<RetriedEntries, StoreError> {
        let after = after.map_or(0, |after| integer(after.position));
        let retried = query_file_as!(
            RetriedRow,
            "queries/audit_outbox/retry_set_aside.sql",
            after,
            limit
        )
        .fetch_all(self.writer()?)
        .await
        .map_err(store_error)?;
        let last = retried.iter().max_by_key(|row| row.position);
        let last = last.map(|row| {
            let position = Cell::new("audit_entries", "position", row.id).number(row.position)?;
            let organization_id = OrganizationId::from_uuid(row.organization_id);
            Ok::<_, StoreError>(OutboxPosition {
                organization_id,
                position,
            })
        });
        Ok(RetriedEntries {
            entries: retried.len() as u64,
            last: last.transpose()?,
        })
    }

    /// Nothing to give back: a process keeps the file's folder to itself for as long as it runs, and that is its lease.
    async fn release(&self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn backlog(&self) -> Result<AuditBacklog, StoreError> {
        let row = query_file_as!(BacklogRow, "queries/audit_outbox/backlog.sql")
            .fetch_one(self.readers()?)
            .await
            .map_err(store_error)?;
        // A backlog is no row: where its time breaks a rule, the oldest entry does.
        let cell = Cell::new("audit_entries", "occurred_at", Uuid::nil());
        Ok(AuditBacklog {
            entries: cell.number(row.entries)?,
            oldest: row.oldest.map(|oldest| time(cell, oldest)).transpose()?,
            set_aside: cell.number(row.set_aside)?,
        })
    }

    async fn delivered_or_not(
        &self,
        after: Option<OutboxPosition>,
        limit: u32,
    ) -> Result<Vec<OutboxEntry>, StoreError> {
        let position = after.map_or(0, |after| integer(after.position));
        let rows = query_file_as!(
            OutboxRow,
            "queries/audit_outbox/delivered_or_not.sql",
            position,
            limit
        )
        .fetch_all(self.readers()?)
        .await
        .map_err(store_error)?;
        rows.into_iter().map(OutboxEntry::try_from).collect()
    }
}
