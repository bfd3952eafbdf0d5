//! Entries on their way out.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use parlor_domain::ids::{AuditEntryId, OrganizationId};

use super::{AuditRecord, StoreError};

/// The entries that the sink does not have yet.
///
/// Not audited: marking an entry as delivered is no act of a user.
///
/// An implementor MUST
/// - answer entries of one conversation in the order in which they were committed, across calls too;
/// - answer an entry until it is marked, so that none is lost.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait AuditOutbox: Send + Sync {
    /// The oldest entries that are not delivered, at most `limit`.
    async fn undelivered(&self, limit: u32) -> Result<Vec<AuditRecord>, StoreError>;

    /// Marks entries as delivered.
    async fn mark_delivered(
        &self,
        entries: &[(OrganizationId, AuditEntryId)],
        at: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// How many entries are not delivered, and when the oldest of them was made.
    async fn backlog(&self) -> Result<AuditBacklog, StoreError>;

    /// Every entry in the order of commit across all organizations, after `after`: for checking a sink's file against the store.
    async fn delivered_or_not(
        &self,
        after: Option<OutboxPosition>,
        limit: u32,
    ) -> Result<Vec<OutboxEntry>, StoreError>;
}

/// What waits to be delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AuditBacklog {
    /// How many entries.
    pub entries: u64,
    /// When the oldest was made.
    pub oldest: Option<DateTime<Utc>>,
}

/// An entry's place in the order of commit within its organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct OutboxPosition {
    /// The tenant.
    pub organization_id: OrganizationId,
    /// Counts up within it.
    pub position: u64,
}

/// An entry with whether the sink has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxEntry {
    /// Its place.
    pub position: OutboxPosition,
    /// The entry.
    pub record: AuditRecord,
    /// Whether it was marked as delivered.
    pub delivered: bool,
}
