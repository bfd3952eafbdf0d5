//! Where audit entries go.

use async_trait::async_trait;
use parlor_domain::ids::AuditEntryId;

use super::{AuditRecord, Cause};

/// Takes audit entries: a file, a stream.
///
/// An implementor MUST
/// - have all entries durable before it answers `Ok`;
/// - keep the order of the entries of one conversation;
/// - after an error, take the same entries again (entries are delivered at least once, and their id tells a repetition);
/// - name an entry that it will never take as [`SinkError::Rejected`], so that the ones behind it are not held up;
/// - say [`SinkError::Unavailable`], and nothing else, where it cannot reach what is behind it;
/// - keep no thread waiting, and work again after a call that was dropped before its end: the relay gives a call up after
///   [`RelayTimes::delivery`](crate::audit_relay::RelayTimes::delivery);
/// - leave no half-written entry behind.
///
/// The suite `parlor-sink-conformance` checks each MUST.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait AuditSink: Send + Sync {
    /// Delivers entries in this order.
    async fn deliver(&self, entries: &[AuditRecord]) -> Result<(), SinkError>;
}

/// Why the sink did not take the entries. They stay in the store.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// It cannot take any now: all of them are tried again.
    #[error("the audit sink did not take the entries")]
    Unavailable(#[source] Cause),
    /// It will never take this one; those before and after it may or may not be delivered.
    #[error("the audit sink rejects entry {id}: {reason}")]
    Rejected {
        /// The entry.
        id: AuditEntryId,
        /// What is wrong with it, in the sink's words; nothing of what the entry tells.
        reason: String,
    },
}
