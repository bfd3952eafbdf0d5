//! Entries on their way out.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use parlor_domain::ids::{AuditEntryId, OrganizationId};

use super::{AuditRecord, StoreError};

/// How long an instance that relays entries may say nothing before another one takes its place.
pub const RELAY_LEASE: Duration = Duration::from_secs(10);

/// The least that is left of a lease when its entries are read: all that the relay does with them has to end in this time.
pub const RELAY_LEASE_LEFT: Duration = Duration::from_millis(9_500);

/// The entries that the sink does not have yet.
///
/// Not audited: marking an entry as delivered is no act of a user.
///
/// Several instances may relay the entries of one store. What one of them is answered is leased to it: no other one is answered
/// entries of the same organization until the lease is released, or is over because its holder has not asked for
/// [`RELAY_LEASE`].
///
/// An implementor MUST
/// - answer entries of one conversation in the order in which they were committed, across calls and instances too;
/// - answer an entry until it is marked or set aside, so that none is lost;
/// - answer the same instance again what it was answered and did not mark;
/// - answer entries whose lease has at least [`RELAY_LEASE_LEFT`] left.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait AuditOutbox: Send + Sync {
    /// The oldest entries that are neither delivered nor set aside, at most `limit`, of the organizations that this instance
    /// has the lease of; it takes the free ones and renews its own.
    async fn undelivered(&self, limit: u32) -> Result<Vec<AuditRecord>, StoreError>;

    /// Marks entries as delivered.
    async fn mark_delivered(
        &self,
        entries: &[(OrganizationId, AuditEntryId)],
        at: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// The last entry before this one that is marked as delivered, in the order of commit of the organization or of the whole
    /// store; `None` where there is none, or only far before it. A sink that accepts it once more works.
    async fn last_delivered_before(
        &self,
        organization_id: OrganizationId,
        id: AuditEntryId,
    ) -> Result<Option<AuditRecord>, StoreError>;

    /// Sets an entry aside that the sink will never take, with the reason: it is not answered again, and the ones behind it go on.
    /// It stays in the log, and counts in the [`AuditBacklog`] until [`AuditOutbox::retry_set_aside`].
    async fn set_aside(
        &self,
        organization_id: OrganizationId,
        id: AuditEntryId,
        reason: &str,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// Puts entries back among those that wait, which were set aside and not delivered since: the first ones after `after` in the
    /// order of [`OutboxPosition`], at most `limit`. They are answered in their old places again. Any process may ask for it,
    /// whoever holds the leases.
    async fn retry_set_aside(
        &self,
        after: Option<OutboxPosition>,
        limit: u32,
    ) -> Result<RetriedEntries, StoreError>;

    /// Gives this instance's leases back, so that another one can go on at once.
    async fn release(&self) -> Result<(), StoreError>;

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
    /// How many entries wait; those that were set aside are not among them.
    pub entries: u64,
    /// When the oldest of them was made.
    pub oldest: Option<DateTime<Utc>>,
    /// How many were set aside.
    pub set_aside: u64,
}

/// What was put back among the entries that wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RetriedEntries {
    /// How many.
    pub entries: u64,
    /// The last of them; `None` where there are none.
    pub last: Option<OutboxPosition>,
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
