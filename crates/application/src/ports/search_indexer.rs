//! Completing the search index.

use async_trait::async_trait;

use super::StoreError;

/// Indexes what is stored without being indexed: everything that an older version wrote, before an upgrade or beside it.
///
/// What this version writes is indexed in the transaction that writes it, but for the order of the index that is by audience:
/// that is brought up to date soon after.
///
/// An implementor MUST
/// - index a bounded part in each call, so that no other writer waits for long, and continue where an earlier call ended,
///   also one of another process;
/// - leave the index as it would be if this version had written everything, whatever is changed or deleted meanwhile.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait SearchIndexer: Send + Sync {
    /// Whether everything is indexed.
    async fn is_complete(&self) -> Result<bool, StoreError>;

    /// Indexes the next part; answers whether something is left.
    async fn index_more(&self) -> Result<IndexingProgress, StoreError>;

    /// Brings the next part of the terms by audience up to date; answers whether something is left. Until then a search asks the
    /// conversations that are not up to date one by one, so what it finds does not depend on this.
    async fn index_audiences(&self) -> Result<IndexingProgress, StoreError>;
}

/// How far indexing has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexingProgress {
    /// Everything is indexed.
    Complete,
    /// Something was indexed, and there may be more.
    Continues,
    /// What is left is locked by somebody else now.
    Waits,
}
