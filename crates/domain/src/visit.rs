//! When a privileged reading begins a visit, and when it continues one.
//!
//! The owner of a conversation sees one line a visit, however many parts of the conversation the visitor opened. The audit
//! log keeps every entry.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{audit::PrivilegedReading, ids::AuditEntryId};

/// A visit ends after this time without another opening by the same person, by the store's clock.
pub const VISIT_PAUSE: TimeDelta = TimeDelta::minutes(15);

/// The newest opening of one conversation by one person that the store has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastOpening {
    /// Its visit: the id of the entry that began it.
    pub visit: AuditEntryId,
    /// When the store took it, by the store's clock.
    pub taken_at: DateTime<Utc>,
}

/// The visit that a privileged reading continues; `None` where it has a line of its own.
///
/// Only openings make visits. Exports and forks have their own lines: they neither begin a visit, nor continue, prolong or
/// end one. `last` is the newest opening of the same conversation by the same person, and `now` the store's clock.
pub fn continued_visit(
    reading: PrivilegedReading,
    last: Option<LastOpening>,
    now: DateTime<Utc>,
) -> Option<AuditEntryId> {
    let last = last?;
    let continues = reading == PrivilegedReading::Open
        && now.signed_duration_since(last.taken_at) < VISIT_PAUSE;
    continues.then_some(last.visit)
}
