//! How new what one reads has to be.

use async_trait::async_trait;

use super::StoreError;

/// A place in the history of the store: everything that was committed before it. Positions are compared, and mean nothing
/// otherwise; a store without replicas has one only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct StorePosition(u64);

impl StorePosition {
    /// After everything that was committed before the call: no replica has come so far, so the primary answers.
    pub const NEWEST: Self = Self(u64::MAX);

    /// The position with this number.
    pub const fn from_number(number: u64) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn as_number(self) -> u64 {
        self.0
    }
}

/// Tells where the store is.
///
/// A reader that is given a position MUST answer from a state that has everything before it: a replica that has not come so far
/// is not asked. What decides a write, and whether a conversation is visible, is never read from a replica.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait StorePositions: Send + Sync {
    /// A position after everything that was answered before the call; `None` where there are no replicas, and so nothing to
    /// choose by it.
    async fn now(&self) -> Result<Option<StorePosition>, StoreError>;
}
