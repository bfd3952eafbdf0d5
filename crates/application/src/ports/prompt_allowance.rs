//! How often one may prompt.

use std::{num::NonZeroU32, time::Duration};

use async_trait::async_trait;

use super::{Identity, StoreError};

/// Counts what users ask of the models, over all instances.
///
/// Not audited: an allowance that is used up changes nothing that anybody could see.
///
/// An implementor MUST
/// - let a user take `per_minute` at once, and from then on as many in every minute, evenly;
/// - count in one step, so that requests at the same time do not take one allowance twice;
/// - go by the store's own time: clocks of instances differ.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait PromptAllowance: Send + Sync {
    /// Takes one.
    async fn take(&self, user: Identity, per_minute: NonZeroU32) -> Result<Allowance, StoreError>;
}

/// Whether one was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowance {
    /// One was, and is taken.
    Taken,
    /// None was; nothing is taken.
    Exhausted {
        /// When the next one is there.
        retry_after: Duration,
    },
}
