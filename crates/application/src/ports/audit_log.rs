//! The audit log of an organization.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use parlor_domain::{
    audit::{ActionName, AuditEntry, PrivilegedReading},
    ids::{AuditEntryId, ConversationId, OrganizationId, UserId},
};

use super::{ConversationKey, StoreError, StorePosition, UserRef};

/// Stores entries of what changes nothing: refusals and privileged readings. (What changes something is stored by its unit
/// of work.)
///
/// An implementor MUST have the entry durable before it answers: where it cannot be stored, there is no answer to the caller.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait AuditRecorder: Send + Sync {
    /// Stores one entry.
    async fn record(&self, entry: &AuditEntry) -> Result<(), StoreError>;

    /// Stores the entry of a request for a conversation that its actor cannot see, or counts it.
    ///
    /// An implementor MUST
    /// - store the first entry of an actor and an id at once, and count those that
    ///   [repeat](parlor_domain::denial::is_repeat) it, by the store's clock and across all instances;
    /// - have the count as durable as an entry before it answers, in one row for each actor and id, however often the request
    ///   is repeated;
    /// - count an entry once, also where it is stored again because its answer was lost: at least where the log has it, or where it
    ///   is one of the newest 32 of a count;
    /// - do the same work whether or not the conversation exists, and wait for nobody but the same actor;
    /// - write the entry of a count whose time is over before it begins the next one.
    async fn record_denial(&self, entry: &AuditEntry) -> Result<(), StoreError>;

    /// Writes the entries of the counts whose time is over (see [`repeats`](crate::audit_document::repeats)), and removes the
    /// counts in the same transaction; a count without repeats has no entry. Returns how many counts it removed: a bounded
    /// number, none only where none is left that no other instance is at work on.
    async fn end_denials(&self) -> Result<u64, StoreError>;
}

/// Denied requests of one actor for one id, which have one entry together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DenialRepeats {
    /// The last one as an entry of its own.
    pub last: AuditRecord,
    /// How many there are. The first denial, which has its own entry, is not among them.
    pub count: u64,
    /// When the first of them happened.
    pub first_at: DateTime<Utc>,
    /// When the last of them happened, as `last` says.
    pub last_at: DateTime<Utc>,
}

/// Reads the audit log, in the order in which the store took the entries: each gets a place that never changes, whatever the clocks of the
/// instances say.
///
/// An implementor MUST give the entries of one conversation places in the order of their commits. (An entry about a conversation that its
/// actor cannot see waits for no other one's commit, so it stands where the store took it.)
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait AuditLog: Send + Sync {
    /// Entries, the one that was taken last first.
    async fn list(
        &self,
        organization_id: OrganizationId,
        query: &AuditQuery,
    ) -> Result<Vec<AuditRecord>, StoreError>;

    /// The entry with this id in this organization.
    async fn find(
        &self,
        organization_id: OrganizationId,
        id: AuditEntryId,
    ) -> Result<Option<AuditRecord>, StoreError>;

    /// Who read a conversation with privileged access, one line a visit, the visit that began last first; those that began
    /// before the entry `before`, at most `limit`.
    ///
    /// An implementor MUST decide on the visit of an opening in the transaction that stores its entry, as
    /// [`continued_visit`](parlor_domain::visit::continued_visit) says, by the store's clock, with one statement whose work
    /// does not grow with the log. Openings at the same moment by one person MUST be one visit. Lines keep their places when
    /// their visits go on, so that no page splits or repeats one. An opening that a version without visits stored is a line of
    /// its own, and is a visit that a later opening can continue.
    async fn privileged_readings(
        &self,
        key: ConversationKey,
        before: Option<AuditEntryId>,
        limit: u32,
    ) -> Result<Vec<PrivilegedReadingRecord>, StoreError>;
}

/// Which entries to list; every condition must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditQuery {
    /// Of this action.
    pub action: Option<ActionName>,
    /// By this actor.
    pub actor_id: Option<UserId>,
    /// About this conversation.
    pub conversation_id: Option<ConversationId>,
    /// At or after this time.
    pub from: Option<DateTime<Utc>>,
    /// Before this time.
    pub to: Option<DateTime<Utc>>,
    /// Taken before this entry; nothing is, where there is no such entry.
    pub before: Option<AuditEntryId>,
    /// At most so many.
    pub limit: u32,
    /// From a state that has everything before this position.
    pub at_least: StorePosition,
}

/// An entry as it is stored, answered and delivered: the same bytes everywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// The entry's id.
    pub id: AuditEntryId,
    /// The tenant.
    pub organization_id: OrganizationId,
    /// The conversation that it is about.
    pub conversation_id: Option<ConversationId>,
    /// Who acted.
    pub actor_id: UserId,
    /// The entry as one JSON object on one line (see [`audit_document`](crate::audit_document)).
    pub document: String,
}

/// One line of the readings with privileged access: a visit, an export or a fork.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivilegedReadingRecord {
    /// The entry that tells of it; of a visit, the one that began it.
    pub id: AuditEntryId,
    /// Who read, under the name it has now.
    pub reader: UserRef,
    /// How.
    pub reading: PrivilegedReading,
    /// When, as the entry says.
    pub read_at: DateTime<Utc>,
    /// When for the last time, as the newest entry of the visit says; never before `read_at`.
    pub last_read_at: DateTime<Utc>,
}
