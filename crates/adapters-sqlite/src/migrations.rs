//! The schema's steps.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use parlor_application::ports::{
    AppliedMigration, MigrationError, SchemaMismatch, StoreError, check_schema,
};
use sqlx::{
    ConnectOptions as _, Connection as _, SqliteConnection,
    migrate::{MigrateError, Migration, Migrator},
    query_as, query_scalar,
};

use crate::{
    MIGRATOR, SqliteStore,
    error::{is_busy, is_interrupted, store_error},
};

/// How long a starting instance waits for another program that writes to the same file.
const LOCK_LIMIT: Duration = Duration::from_mins(1);

/// How many of its instructions SQLite carries out between two looks at the clock: far less than a millisecond's worth.
const LOOK_AFTER: i32 = 10_000;

/// Why a step was given up, for the operator.
#[derive(Debug, thiserror::Error)]
enum GivenUp {
    #[error(
        "the migration {step} did not end within {} seconds and was given up, and nothing was changed: see whether the disk is slow \
         or full, raise `store.migration_timeout_seconds` if the migration needs more time, then migrate again",
        limit.as_secs_f64()
    )]
    TooLong { step: String, limit: Duration },
    #[error(
        "another program has been writing to the database for {} seconds: end it (a second service, a backup, a shell), then \
         migrate again",
        limit.as_secs_f64()
    )]
    Locked { limit: Duration },
}

/// When the step that runs is given up.
#[derive(Clone)]
struct Deadline(Arc<Mutex<Instant>>);

impl Deadline {
    fn after(limit: Duration) -> Self {
        Self(Arc::new(Mutex::new(Instant::now() + limit)))
    }

    fn is_over(&self) -> bool {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) <= Instant::now()
    }

    fn renew(&self, limit: Duration) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now() + limit;
    }
}

impl SqliteStore {
    /// Applies the steps that the database does not have, all in one transaction: who begins second finds them done, and nobody ever
    /// finds half of them. A step that takes longer than the limit is given up, and all of them are rolled back.
    pub(crate) async fn apply_migrations(&self) -> Result<(), MigrationError> {
        // A connection of its own, because it may have to wait long for another process.
        let lock_limit = LOCK_LIMIT.min(self.migration_limit());
        let options = self.options().clone().busy_timeout(lock_limit);
        let mut connection = options.connect().await.map_err(other)?;
        let applied = self.apply_all(&mut connection, lock_limit).await;
        // Also where a step was given up: the connection's transaction ends, and another one can write.
        let closed = connection.close().await.map_err(other);
        applied?;
        closed
    }

    async fn apply_all(
        &self,
        connection: &mut SqliteConnection,
        lock_limit: Duration,
    ) -> Result<(), MigrationError> {
        let limit = self.migration_limit();
        let transaction = connection.begin_with("BEGIN IMMEDIATE").await;
        let mut transaction = transaction.map_err(|error| locked(error, lock_limit))?;
        let applied = applied_migrations(&mut transaction)
            .await
            .map_err(|error| MigrationError::Other(error.into()))?;
        if check_schema(known_migrations(), &applied) == Err(SchemaMismatch::Ahead) {
            return Err(MigrationError::SchemaAhead);
        }
        let deadline = Deadline::after(limit);
        let looked_at = deadline.clone();
        transaction
            .lock_handle()
            .await
            .map_err(other)?
            .set_progress_handler(LOOK_AFTER, move || !looked_at.is_over());
        let is_missing = |step: &&Migration| {
            !applied
                .iter()
                .any(|applied| applied.version == step.version)
        };
        for step in MIGRATOR.iter().filter(is_missing) {
            tracing::debug!(
                version = step.version,
                description = &*step.description,
                "applying a migration"
            );
            deadline.renew(limit);
            let done = step_to(&mut transaction, step.version).await;
            done.map_err(|error| given_up(step, limit, error))?;
        }
        deadline.renew(limit);
        // And once more all of them: those that were there already must be those that this program has.
        let checked = step_to(&mut transaction, i64::MAX).await;
        checked.map_err(migration_error)?;
        // Nobody interrupts the commit, whose time goes by the disk.
        transaction
            .lock_handle()
            .await
            .map_err(other)?
            .remove_progress_handler();
        transaction.commit().await.map_err(other)
    }
}

/// Applies what is missing up to this step.
async fn step_to(connection: &mut SqliteConnection, version: i64) -> Result<(), MigrateError> {
    // What a newer program expanded is missing here, and may be.
    let migrator = Migrator {
        migrations: MIGRATOR
            .iter()
            .filter(|step| step.version <= version)
            .cloned()
            .collect(),
        ignore_missing: true,
        ..Migrator::DEFAULT
    };
    // Not `run`: its bound on lifetimes does not hold within an `async_trait`.
    migrator.run_direct(None, connection, false).await
}

/// The versions of the migrations that this program has.
pub(crate) fn known_migrations() -> impl Iterator<Item = i64> {
    MIGRATOR.iter().map(|migration| migration.version)
}

/// The migrations that the database has.
pub(crate) async fn applied_migrations(
    connection: &mut SqliteConnection,
) -> Result<Vec<AppliedMigration>, StoreError> {
    let is_there: bool =
        query_scalar("SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = '_sqlx_migrations')")
            .fetch_one(&mut *connection)
            .await
            .map_err(store_error)?;
    if !is_there {
        return Ok(Vec::new());
    }
    // The table is sqlx's own, and not in the schema that statements are checked against.
    let applied: Vec<(i64, String)> = query_as("SELECT version, description FROM _sqlx_migrations")
        .fetch_all(connection)
        .await
        .map_err(store_error)?;
    Ok(applied
        .into_iter()
        .map(|(version, description)| AppliedMigration {
            version,
            description,
        })
        .collect())
}

/// Why a step failed; where it was given up, with what to do.
fn given_up(step: &Migration, limit: Duration, error: MigrateError) -> MigrationError {
    let (MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _)) = &error else {
        return migration_error(error);
    };
    if !is_interrupted(cause) {
        return migration_error(error);
    }
    let step = format!("{:04} `{}`", step.version, step.description);
    MigrationError::Other(GivenUp::TooLong { step, limit }.into())
}

/// Why the transaction did not begin; where another program writes, with what to do.
fn locked(error: sqlx::Error, limit: Duration) -> MigrationError {
    if is_busy(&error) {
        MigrationError::Other(GivenUp::Locked { limit }.into())
    } else {
        other(error)
    }
}

fn other(error: sqlx::Error) -> MigrationError {
    MigrationError::Other(error.into())
}

fn migration_error(error: MigrateError) -> MigrationError {
    match error {
        MigrateError::VersionMismatch(version) => MigrationError::Changed(version),
        other => MigrationError::Other(other.into()),
    }
}
