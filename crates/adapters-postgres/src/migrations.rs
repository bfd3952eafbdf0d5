//! The schema's steps.

use std::{collections::BTreeSet, time::Duration};

use parlor_application::ports::{MigrationError, StoreError};
use sqlx::{Connection as _, PgConnection, migrate::MigrateError, query_file_scalar, query_scalar};
use tokio::time::{Instant, sleep};

use crate::{MIGRATOR, PostgresStore, error::code};

/// The advisory lock of whoever migrates.
const MIGRATION: i64 = i64::from_be_bytes(*b"parlor\0\x01");
/// How long a starting instance waits for another one that migrates the same database. Building an index of a great table takes time.
const MIGRATION_PATIENCE: Duration = Duration::from_mins(30);
/// How often it looks whether the other one is done.
const MIGRATION_PAUSE: Duration = Duration::from_millis(50);

/// What migrating needs to be allowed, for whoever operates the database.
#[derive(Debug, thiserror::Error)]
#[error(
    "the login may not migrate: it must be allowed to create objects in the database, and either to create roles or be a member \
     of `parlor_service` and `parlor_upkeep`, made by an administrator (CREATE ROLE parlor_service; CREATE ROLE parlor_upkeep; \
     GRANT parlor_service, parlor_upkeep TO the login)"
)]
struct MayNotMigrate(#[source] sqlx::Error);

#[derive(Debug, thiserror::Error)]
#[error("another instance has been migrating the schema for too long")]
struct MigrationTakesLong;

impl PostgresStore {
    /// Applies the steps that the database does not have, each in a transaction of its own unless it says otherwise. Of several who
    /// do it at once one does it, and the others wait and find it done.
    pub(crate) async fn apply_migrations(&self) -> Result<(), MigrationError> {
        // The owner of the schema, not one of the service's roles. A statement may take its time; what it must not do is to hold
        // everybody up while it waits for a lock itself.
        let settings = [("lock_timeout", "60s"), ("statement_timeout", "0")];
        let mut connection = self.login(&settings).await.map_err(other)?;
        lock(&mut connection).await?;
        // Not `run`: its bound on lifetimes does not hold within an `async_trait`.
        let applied = MIGRATOR.run_direct(None, &mut connection, false).await;
        // With the connection the lock ends.
        let closed = connection.close().await;
        applied.map_err(migration_error)?;
        closed.map_err(other)
    }

    /// The versions of the migrations that the database has. It may have none at all: then the roles may not be there either, nor what
    /// answers the question.
    pub(crate) async fn applied_migrations(&self) -> Result<BTreeSet<i64>, StoreError> {
        const NO_SUCH_ROLE: &str = "22023";
        const NO_SUCH_FUNCTION: &str = "42883";
        const NO_SUCH_TABLE: &str = "42P01";
        match self.schema_versions().await {
            Ok(versions) => Ok(versions.into_iter().collect()),
            Err(error)
                if code(&error).is_some_and(|code| {
                    [NO_SUCH_ROLE, NO_SUCH_FUNCTION, NO_SUCH_TABLE].contains(&code)
                }) =>
            {
                Ok(BTreeSet::new())
            }
            Err(error) => Err(error),
        }
    }

    async fn schema_versions(&self) -> Result<Vec<i64>, StoreError> {
        let mut session = self.upkeep().await?;
        let versions = query_file_scalar!("queries/store_admin/schema_versions.sql")
            .fetch_all(&mut *session)
            .await;
        session.done(versions)
    }
}

/// Waits for the lock without a statement that waits: a step that builds an index without locking the table waits for all
/// statements that are older, so it would wait for this one, and this one for it.
async fn lock(connection: &mut PgConnection) -> Result<(), MigrationError> {
    let deadline = Instant::now() + MIGRATION_PATIENCE;
    while Instant::now() < deadline {
        let is_locked: bool = query_scalar("SELECT pg_try_advisory_lock($1)")
            .bind(MIGRATION)
            .fetch_one(&mut *connection)
            .await
            .map_err(other)?;
        if is_locked {
            return Ok(());
        }
        sleep(MIGRATION_PAUSE).await;
    }
    Err(MigrationError::Other(MigrationTakesLong.into()))
}

fn migration_error(error: MigrateError) -> MigrationError {
    match error {
        MigrateError::VersionMissing(_) => MigrationError::SchemaAhead,
        MigrateError::VersionMismatch(version) => MigrationError::Changed(version),
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => other(error),
        error => MigrationError::Other(error.into()),
    }
}

fn other(error: sqlx::Error) -> MigrationError {
    const INSUFFICIENT_PRIVILEGE: &str = "42501";
    let code = error.as_database_error().and_then(|error| error.code());
    if code.as_deref() == Some(INSUFFICIENT_PRIVILEGE) {
        MigrationError::Other(MayNotMigrate(error).into())
    } else {
        MigrationError::Other(error.into())
    }
}
