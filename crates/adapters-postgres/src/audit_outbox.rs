//! Entries on their way out.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use parlor_application::ports::{
    AuditBacklog, AuditOutbox, AuditRecord, OutboxEntry, OutboxPosition, RELAY_LEASE,
    RELAY_LEASE_LEFT, RetriedEntries, StoreError,
};
use parlor_domain::ids::{AuditEntryId, OrganizationId};
use parlor_store_sql::{
    Cell, integer, microseconds,
    rows::{OutboxRow, WaitingRow},
};
use sqlx::{query_file, query_file_as, query_file_scalar};
use uuid::Uuid;

use crate::PostgresStore;

struct BacklogRow {
    entries: i64,
    oldest: Option<DateTime<Utc>>,
    set_aside: i64,
}

struct RetriedRow {
    organization_id: Uuid,
    position: i64,
    id: Uuid,
}

/// In front of all entries where there is none.
fn place(after: Option<OutboxPosition>) -> (Uuid, i64) {
    after.map_or((Uuid::nil(), 0), |after| {
        (after.organization_id.as_uuid(), integer(after.position))
    })
}

/// Everything here concerns all organizations.
#[async_trait]
impl AuditOutbox for PostgresStore {
    async fn undelivered(&self, limit: u32) -> Result<Vec<AuditRecord>, StoreError> {
        let mut session = self.upkeep().await?;
        let leased = query_file_scalar!(
            "queries/audit_outbox/lease.sql",
            self.instance(),
            microseconds(RELAY_LEASE),
            microseconds(RELAY_LEASE_LEFT)
        )
        .fetch_all(&mut *session)
        .await;
        let leased = match leased {
            Ok(leased) if !leased.is_empty() => leased,
            nothing => return session.done(nothing).map(|_| Vec::new()),
        };
        let rows = query_file_as!(
            WaitingRow,
            "queries/audit_outbox/undelivered.sql",
            &leased,
            i64::from(limit)
        )
        .fetch_all(&mut *session)
        .await;
        let rows = session.done(rows)?;
        Ok(rows.into_iter().map(AuditRecord::from).collect())
    }

    async fn mark_delivered(
        &self,
        entries: &[(OrganizationId, AuditEntryId)],
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let (organization_ids, ids): (Vec<Uuid>, Vec<Uuid>) = entries
            .iter()
            .map(|(organization_id, id)| (organization_id.as_uuid(), id.as_uuid()))
            .unzip();
        let mut session = self.upkeep().await?;
        let marked = query_file!(
            "queries/audit_outbox/mark_delivered.sql",
            at,
            &organization_ids,
            &ids
        )
        .execute(&mut *session)
        .await;
        session.done(marked).map(drop)
    }

    async fn last_delivered_before(
        &self,
        organization_id: OrganizationId,
        id: AuditEntryId,
    ) -> Result<Option<AuditRecord>, StoreError> {
        let mut session = self.upkeep().await?;
        let row = query_file_as!(
            WaitingRow,
            "queries/audit_outbox/last_delivered_before.sql",
            organization_id.as_uuid(),
            id.as_uuid()
        )
        .fetch_optional(&mut *session)
        .await;
        Ok(session.done(row)?.map(AuditRecord::from))
    }

    async fn set_aside(
        &self,
        organization_id: OrganizationId,
        id: AuditEntryId,
        reason: &str,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut session = self.upkeep().await?;
        let set_aside = query_file!(
            "queries/audit_outbox/set_aside.sql",
            organization_id.as_uuid(),
            id.as_uuid(),
            reason,
            at
        )
        .execute(&mut *session)
        .await;
        session.done(set_aside).map(drop)
    }

    async fn retry_set_aside(
        &self,
        after: Option<OutboxPosition>,
        limit: u32,
    ) -> Result<RetriedEntries, StoreError> {
        let (organization_id, position) = place(after);
        let mut session = self.upkeep().await?;
        let retried = query_file_as!(
            RetriedRow,
            "queries/audit_outbox/retry_set_aside.sql",
            organization_id,
            position,
            i64::from(limit)
        )
        .fetch_all(&mut *session)
        .await;
        let retried = session.done(retried)?;
        let last = retried
            .iter()
            .max_by_key(|row| (row.organization_id, row.position));
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

    async fn release(&self) -> Result<(), StoreError> {
        let mut session = self.upkeep().await?;
        let released = query_file!("queries/audit_outbox/release.sql", self.instance())
            .execute(&mut *session)
            .await;
        session.done(released).map(drop)
    }

    async fn backlog(&self) -> Result<AuditBacklog, StoreError> {
        let mut session = self.upkeep().await?;
        let row = query_file_as!(BacklogRow, "queries/audit_outbox/backlog.sql")
            .fetch_one(&mut *session)
            .await;
        let row = session.done(row)?;
        // A backlog is no row.
        let cell = Cell::new("audit_entries", "id", Uuid::nil());
        Ok(AuditBacklog {
            entries: cell.number(row.entries)?,
            oldest: row.oldest,
            set_aside: cell.number(row.set_aside)?,
        })
    }

    async fn delivered_or_not(
        &self,
        after: Option<OutboxPosition>,
        limit: u32,
    ) -> Result<Vec<OutboxEntry>, StoreError> {
        let (organization_id, position) = place(after);
        let mut session = self.upkeep().await?;
        let rows = query_file_as!(
            OutboxRow,
            "queries/audit_outbox/delivered_or_not.sql",
            organization_id,
            position,
            i64::from(limit)
        )
        .fetch_all(&mut *session)
        .await;
        let rows = session.done(rows)?;
        rows.into_iter().map(OutboxEntry::try_from).collect()
    }
}
