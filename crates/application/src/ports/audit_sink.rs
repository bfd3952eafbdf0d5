//! Where audit entries go.

use async_trait::async_trait;

use super::{AuditRecord, Cause};

/// Takes audit entries: a file, a stream.
///
/// An implementor MUST
/// - have all entries durable before it answers `Ok`;
/// - keep the order of the entries of one conversation;
/// - after an error, take the same entries again (entries are delivered at least once, and their id tells a repetition);
/// - leave no half-written entry behind.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait AuditSink: Send + Sync {
    /// Delivers entries in this order.
    async fn deliver(&self, entries: &[AuditRecord]) -> Result<(), SinkError>;
}

/// The sink did not take the entries; they stay in the store and are tried again.
#[derive(Debug, thiserror::Error)]
#[error("the audit sink did not take the entries")]
pub struct SinkError(#[source] pub Cause);
