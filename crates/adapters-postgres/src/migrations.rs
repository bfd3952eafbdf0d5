//! The schema's steps.

use std::{borrow::Cow, time::Duration};

use parlor_application::ports::{
    AppliedMigration, MigrationError, SchemaMismatch, StoreError, check_schema,
};
use sqlx::{
    Connection as _, PgConnection,
    migrate::{MigrateError, Migrator},
    query_as, query_file_as, query_scalar,
};
use tokio::time::{Instant, sleep, timeout};

use crate::{MIGRATOR, PostgresStore, error::code, pool::check_encoding};

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

/// A standby takes no changes.
#[derive(Debug, thiserror::Error)]
#[error("the server is a standby, which takes no changes: name the primary in `store.url`")]
struct IsStandby(#[source] sqlx::Error);

/// The server, or the login, has no room for one more connection.
#[derive(Debug, thiserror::Error)]
#[error(
    "PostgreSQL has no room for one more connection: raise its `max_connections` or the login's limit, or lower \
     `store.max_connections` of every instance"
)]
struct NoRoomForConnections(#[source] sqlx::Error);

#[derive(Debug, thiserror::Error)]
#[error("another instance has been migrating the schema for too long")]
struct MigrationTakesLong;

/// How long the server may take to answer what is quick. Only a step itself may take its time.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

#[derive(Debug, thiserror::Error)]
#[error("PostgreSQL did not answer within {} seconds", ANSWER_LIMIT.as_secs())]
struct NoAnswer;

async fn answered<T>(
    answer: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, MigrationError> {
    match timeout(ANSWER_LIMIT, answer).await {
        Ok(answer) => answer.map_err(other),
        Err(_) => Err(MigrationError::Other(NoAnswer.into())),
    }
}

impl PostgresStore {
    /// Applies the steps that the database does not have, each in a transaction of its own unless it says otherwise. Of several who
    /// do it at once one does it, and the others wait and find it done.
    pub(crate) async fn apply_migrations(&self) -> Result<(), MigrationError> {
        // The owner of the schema, not one of the service's roles. A statement may take its time; what it must not do is to hold
        // everybody up while it waits for a lock itself.
        let settings = [
            ("lock_timeout", "60s"),
            ("statement_timeout", "0"),
            ("default_transaction_read_only", "off"),
        ];
        let mut connection = answered(self.login(&settings)).await?;
        let encoding = query_scalar("SELECT current_setting('server_encoding')");
        let encoding: String = answered(encoding.fetch_one(&mut connection)).await?;
        check_encoding(&encoding).map_err(|error| MigrationError::Other(error.into()))?;
        lock(&mut connection).await?;
        let applied = answered(steps_of(&mut connection)).await?;
        if check_schema(known_migrations(), &applied) == Err(SchemaMismatch::Ahead) {
            return Err(MigrationError::SchemaAhead);
        }
        // What a newer program expanded is missing here, and may be.
        let migrator = Migrator {
            migrations: MIGRATOR.migrations.clone(),
            ignore_missing: true,
            ..Migrator::DEFAULT
        };
        // Not `run`: its bound on lifetimes does not hold within an `async_trait`.
        let applied = migrator.run_direct(None, &mut connection, false).await;
        // With the connection the lock ends.
        let closed = answered(connection.close()).await;
        applied.map_err(migration_error)?;
        closed
    }

    /// The migrations that the database has, as the service is told. It may have none at all: then the roles may not be there
    /// either, nor what answers the question.
    pub(crate) async fn applied_migrations(&self) -> Result<Vec<AppliedMigration>, StoreError> {
        const NO_SUCH_ROLE: &str = "22023";
        const NO_SUCH_FUNCTION: &str = "42883";
        const NO_SUCH_TABLE: &str = "42P01";
        let told = async {
            let mut session = self.upkeep().await?;
            let told = query_file_as!(AppliedMigration, "queries/store_admin/migrations.sql")
                .fetch_all(&mut *session)
                .await;
            session.done(told)
        };
        match told.await {
            Err(error)
                if code(&error).is_some_and(|code| {
                    [NO_SUCH_ROLE, NO_SUCH_FUNCTION, NO_SUCH_TABLE].contains(&code)
                }) =>
            {
                Ok(Vec::new())
            }
            told => told,
        }
    }
}

/// The versions of the migrations that this program has.
pub(crate) fn known_migrations() -> impl Iterator<Item = i64> {
    MIGRATOR.iter().map(|migration| migration.version)
}

/// The migrations that the database has, as whoever migrates sees them: none before the first.
async fn steps_of(connection: &mut PgConnection) -> Result<Vec<AppliedMigration>, sqlx::Error> {
    // The table is sqlx's own, and not in the schema that statements are checked against.
    let is_there: bool = query_scalar("SELECT to_regclass('_sqlx_migrations') IS NOT NULL")
        .fetch_one(&mut *connection)
        .await?;
    if !is_there {
        return Ok(Vec::new());
    }
    let steps: Vec<(i64, String)> = query_as("SELECT version, description FROM _sqlx_migrations")
        .fetch_all(connection)
        .await?;
    Ok(steps
        .into_iter()
        .map(|(version, description)| AppliedMigration {
            version,
            description,
        })
        .collect())
}

/// Waits for the lock without a statement that waits: a step that builds an index without locking the table waits for all
/// statements that are older, so it would wait for this one, and this one for it.
async fn lock(connection: &mut PgConnection) -> Result<(), MigrationError> {
    let deadline = Instant::now() + MIGRATION_PATIENCE;
    while Instant::now() < deadline {
        let locking = query_scalar("SELECT pg_try_advisory_lock($1)")
            .bind(MIGRATION)
            .fetch_one(&mut *connection);
        let is_locked: bool = answered(locking).await?;
        if is_locked {
            return Ok(());
        }
        sleep(MIGRATION_PAUSE).await;
    }
    Err(MigrationError::Other(MigrationTakesLong.into()))
}

fn migration_error(error: MigrateError) -> MigrationError {
    match error {
        MigrateError::VersionMismatch(version) => MigrationError::Changed(version),
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => other(error),
        error => MigrationError::Other(error.into()),
    }
}

fn other(error: sqlx::Error) -> MigrationError {
    const INSUFFICIENT_PRIVILEGE: &str = "42501";
    const READ_ONLY: &str = "25006";
    const TOO_MANY_CONNECTIONS: &str = "53300";
    let refusal = error.as_database_error();
    let code = refusal.and_then(|refusal| refusal.code().map(Cow::into_owned));
    MigrationError::Other(match code.as_deref() {
        Some(INSUFFICIENT_PRIVILEGE) => MayNotMigrate(error).into(),
        Some(READ_ONLY) => IsStandby(error).into(),
        Some(TOO_MANY_CONNECTIONS) => NoRoomForConnections(error).into(),
        _ => error.into(),
    })
}
