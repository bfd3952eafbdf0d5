//! The store as a whole: its schema, its first filling, its upkeep.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use parlor_domain::audit::AuditEntries;

use super::{DirectorySeed, StoreError};

/// Looks after the store as a whole.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait StoreAdmin: Send + Sync {
    /// Brings the schema up to this program's version, under a lock that several starting instances may race for.
    async fn migrate(&self) -> Result<(), MigrationError>;

    /// Whether the store answers and its schema is this program's.
    async fn readiness(&self) -> Result<(), NotReady>;

    /// The identity mode that the store was filled in; `None` for an empty store.
    async fn identity_mode(&self) -> Result<Option<String>, StoreError>;

    /// Fills an empty store with a directory and notes the identity mode, all in one transaction with these entries. A store that
    /// was filled already MUST be left as it is; answers whether it was filled now.
    ///
    /// `audit` are the entries of one organization each, in the order of the seed.
    async fn fill(
        &self,
        mode: &str,
        seed: &DirectorySeed,
        audit: &[AuditEntries],
    ) -> Result<bool, StoreError>;

    /// Forgets idempotency keys older than this. Not audited: expiry is no act of a user.
    async fn expire_idempotency_keys(&self, older_than: DateTime<Utc>) -> Result<u64, StoreError>;

    /// Ends the connections after what runs on them; nothing is accepted after.
    async fn close(&self);
}

/// Why the store cannot serve.
#[derive(Debug, thiserror::Error)]
pub enum NotReady {
    /// It does not answer.
    #[error("the store does not answer")]
    Unavailable(#[source] StoreError),
    /// Its schema is older than this program.
    #[error("the store's schema is behind this program: run `parlor migrate`")]
    SchemaBehind,
    /// Its schema is newer than this program.
    #[error("the store's schema is ahead of this program: run a newer `parlor`")]
    SchemaAhead,
}

/// Why the schema could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// The store was migrated by a newer program.
    #[error("the store's schema is ahead of this program: run a newer `parlor`")]
    SchemaAhead,
    /// A migration that was applied is not the one that this program has.
    #[error("migration {0} differs from the one that was applied")]
    Changed(i64),
    /// Anything else.
    #[error("the schema could not be brought up to date")]
    Other(#[source] super::Cause),
}
