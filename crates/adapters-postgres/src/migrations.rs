//! The schema's steps.

use std::{borrow::Cow, time::Duration};

use parlor_application::ports::{
    AppliedMigration, MigrationError, SchemaMismatch, StoreError, check_schema,
};
use sqlx::{
    Connection as _, PgConnection,
    migrate::{MigrateError, Migration, Migrator},
    query_as, query_file_as, query_scalar,
};
use tokio::time::{Instant, error::Elapsed, sleep, timeout};

use crate::{MIGRATOR, PostgresStore, error::code, pool::check_encoding};

/// The advisory lock of whoever migrates.
const MIGRATION: i64 = i64::from_be_bytes(*b"parlor\0\x01");
/// How long a starting instance waits for another one that migrates the same database. Building an index of a great table takes time.
const MIGRATION_PATIENCE: Duration = Duration::from_mins(30);
/// How often it looks whether the other one is done.
const MIGRATION_PAUSE: Duration = Duration::from_millis(50);

/// What migrating needs to be allowed, for the operator of the database.
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

/// How long a step waits for a lock. Everybody else who wants the table waits behind it.
const LOCK_LIMIT: Duration = Duration::from_mins(1);

/// Why a step was given up, for the operator of the database.
#[derive(Debug, thiserror::Error)]
enum GivenUp {
    #[error(
        "the migration {step} did not end within {} seconds and was given up: see what the database is doing (pg_stat_activity), \
         raise `store.migration_timeout_seconds` if the migration needs more time, then migrate again",
        limit.as_secs_f64()
    )]
    TooLong { step: String, limit: Duration },
    #[error(
        "the migration {step} waited {} seconds for a lock that another session holds: end that session (pg_stat_activity, \
         pg_locks), then migrate again",
        LOCK_LIMIT.as_secs()
    )]
    Locked { step: String },
}

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
        let limit = self.migration_limit();
        let milliseconds = |time: Duration| time.as_millis().max(1).to_string();
        let settings = [
            ("lock_timeout", &*milliseconds(LOCK_LIMIT)),
            ("statement_timeout", &*milliseconds(limit)),
            // Of a client that is gone without a word, the server ends the step.
            ("tcp_user_timeout", "15s"),
            ("tcp_keepalives_idle", "10"),
            ("tcp_keepalives_interval", "5"),
            ("tcp_keepalives_count", "3"),
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
        let missing = MIGRATOR.iter().enumerate().filter(|(_, step)| {
            let is_applied = |it: &AppliedMigration| it.version == step.version;
            !applied.iter().any(is_applied)
        });
        for (at, step) in missing {
            step_to(&mut connection, at + 1, limit)
                .await
                .map_err(|error| told_of(step, limit, error))?;
        }
        // And once more all of them: those that were there already must be those that this program has.
        let checked = step_to(&mut connection, usize::MAX, limit).await;
        // With the connection the lock ends.
        let closed = answered(connection.close()).await;
        checked?;
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

/// Applies what is missing of so many steps.
async fn step_to(
    connection: &mut PgConnection,
    steps: usize,
    limit: Duration,
) -> Result<(), MigrationError> {
    // What a newer program expanded is missing here, and may be.
    let migrator = Migrator {
        migrations: MIGRATOR.iter().take(steps).cloned().collect(),
        ignore_missing: true,
        ..Migrator::DEFAULT
    };
    // The server's own limit comes first: its answer says more.
    let patience = limit + limit.min(ANSWER_LIMIT);
    // Not `run`: its bound on lifetimes does not hold within an `async_trait`.
    match timeout(patience, migrator.run_direct(None, connection, false)).await {
        Ok(applied) => applied.map_err(migration_error),
        Err(elapsed) => Err(MigrationError::Other(elapsed.into())),
    }
}

/// Why this step failed; where it was given up, with what to do.
fn told_of(step: &Migration, limit: Duration, error: MigrationError) -> MigrationError {
    const LOCK_NOT_AVAILABLE: &str = "55P03";
    const QUERY_CANCELED: &str = "57014";
    let MigrationError::Other(cause) = &error else {
        return error;
    };
    let code = cause
        .downcast_ref::<sqlx::Error>()
        .and_then(|error| error.as_database_error()?.code());
    let step = format!("{:04} `{}`", step.version, step.description);
    let given_up = match code.as_deref() {
        Some(LOCK_NOT_AVAILABLE) => GivenUp::Locked { step },
        Some(QUERY_CANCELED) => GivenUp::TooLong { step, limit },
        None if cause.is::<Elapsed>() => GivenUp::TooLong { step, limit },
        _ => return error,
    };
    MigrationError::Other(given_up.into())
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
