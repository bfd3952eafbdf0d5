//! The store as a whole: its schema, its first filling, its upkeep.

use std::{collections::BTreeSet, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use parlor_domain::audit::AuditEntries;

use super::{DirectorySeed, StoreError};

/// Looks after the store as a whole.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait StoreAdmin: Send + Sync {
    /// Brings the schema up to this program's version, under a lock that several starting instances may race for. One that a
    /// newer program expanded stays as it is (see [`check_schema`]).
    async fn migrate(&self) -> Result<(), MigrationError>;

    /// Whether the store answers, its schema is one that this program can work with (see [`check_schema`]), and a write succeeds
    /// now: not a write of the past, and not one that some memory swallows. It MUST answer within a few seconds.
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

    /// Forgets the sessions that end at or before `now`; answers how many. Not audited: a session that has ended is good for
    /// nothing already.
    async fn expire_sessions(&self, now: DateTime<Utc>) -> Result<u64, StoreError>;

    /// Removes the rows of deleted conversations, and those of copies that nobody has added to for `silence` (by the store's
    /// clock) and that were never committed. Nobody can see any of them. Returns how many conversations' rows it removed.
    /// Others can write while it runs. Not audited: the deletion was.
    async fn remove_leftovers(&self, silence: Duration) -> Result<u64, StoreError>;

    /// Ends the connections after what runs on them; nothing is accepted after.
    async fn close(&self);
}

/// Why the store cannot serve.
#[derive(Debug, thiserror::Error)]
pub enum NotReady {
    /// It does not answer.
    #[error("the store does not answer")]
    Unavailable(#[source] StoreError),
    /// It can be read, and does not take a write.
    #[error("the store cannot be written")]
    NotWritable(#[source] StoreError),
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

/// A migration that a store has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedMigration {
    /// Its number.
    pub version: i64,
    /// What its name says, such as `expand conversation labels`.
    pub description: String,
}

impl AppliedMigration {
    /// Whether programs that do not know it can go on as before. That is what a name that begins with `expand` promises: it
    /// only adds what an older program neither reads nor has to write.
    fn may_be_unknown(&self) -> bool {
        self.description.split(' ').next() == Some("expand")
    }
}

/// How a store's schema differs from the program's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaMismatch {
    /// It is older.
    Behind,
    /// It is newer, and by more than a program may not know.
    Ahead,
}

impl From<SchemaMismatch> for NotReady {
    fn from(mismatch: SchemaMismatch) -> Self {
        match mismatch {
            SchemaMismatch::Behind => Self::SchemaBehind,
            SchemaMismatch::Ahead => Self::SchemaAhead,
        }
    }
}

/// Whether a program with the migrations `known` can work with a store that has the migrations `applied`.
///
/// During an upgrade the version before and the new one serve side by side: the new one expands the schema, and the one before
/// goes on. What is contracted later, the version before does not know, and says so.
pub fn check_schema(
    known: impl IntoIterator<Item = i64>,
    applied: &[AppliedMigration],
) -> Result<(), SchemaMismatch> {
    let known: BTreeSet<i64> = known.into_iter().collect();
    let (of_ours, of_others): (Vec<_>, Vec<_>) = applied
        .iter()
        .partition(|migration| known.contains(&migration.version));
    if !of_others.into_iter().all(AppliedMigration::may_be_unknown) {
        Err(SchemaMismatch::Ahead)
    } else if of_ours.len() < known.len() {
        Err(SchemaMismatch::Behind)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(applied: &[(i64, &str)]) -> Result<(), SchemaMismatch> {
        let applied: Vec<_> = applied
            .iter()
            .map(|&(version, description)| AppliedMigration {
                version,
                description: description.to_owned(),
            })
            .collect();
        check_schema([1, 2], &applied)
    }

    #[test]
    fn a_schema_of_the_programs_own_fits() {
        assert_eq!(check(&[(1, "users"), (2, "messages")]), Ok(()));
    }

    #[test]
    fn a_schema_without_one_of_the_programs_migrations_is_behind() {
        assert_eq!(check(&[]), Err(SchemaMismatch::Behind));
        assert_eq!(check(&[(1, "users")]), Err(SchemaMismatch::Behind));
        let other_branch = [(1, "users"), (3, "expand labels")];
        assert_eq!(check(&other_branch), Err(SchemaMismatch::Behind));
    }

    #[test]
    fn a_newer_schema_fits_where_it_was_only_expanded() {
        let ours = [(1, "users"), (2, "messages")];
        let with = |more: &[(i64, &'static str)]| check(&[&ours[..], more].concat());
        assert_eq!(with(&[(3, "expand labels"), (4, "expand")]), Ok(()));
        for description in ["labels", "contract labels", "expanded", "Expand labels", ""] {
            assert_eq!(
                with(&[(3, "expand labels"), (4, description)]),
                Err(SchemaMismatch::Ahead),
                "{description}"
            );
        }
    }
}
