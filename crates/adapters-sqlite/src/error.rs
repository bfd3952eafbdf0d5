//! The one place that says what the driver's errors mean.

use parlor_application::ports::StoreError;

use crate::files::Damage;

/// What an error of the driver means to a use case.
pub(crate) fn store_error(error: sqlx::Error) -> StoreError {
    if is_damage(&error) {
        Damage::note();
    }
    if is_unavailable(&error) {
        StoreError::Unavailable(Some(error.into()))
    } else {
        StoreError::Other(error.into())
    }
}

fn is_unavailable(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(error) => primary_code(&**error).is_some_and(is_passing),
        _ => false,
    }
}

/// The file cannot be opened as a database.
#[derive(Debug, thiserror::Error)]
#[error(
    "the file is damaged, or is no SQLite database: restore a backup, or name another file in `store.url`"
)]
struct NoDatabase(#[source] sqlx::Error);

/// What an error at opening the database means.
pub(crate) fn opening_error(error: sqlx::Error) -> StoreError {
    if is_damage(&error) {
        StoreError::Other(NoDatabase(error).into())
    } else {
        store_error(error)
    }
}

/// Whether SQLite could not make sense of the database's files, or found less in them than must be there.
fn is_damage(error: &sqlx::Error) -> bool {
    const CORRUPT: u32 = 11;
    const NOT_A_DATABASE: u32 = 26;
    const SHORT_READ: u32 = 522;
    let sqlx::Error::Database(error) = error else {
        return false;
    };
    extended_code(&**error).is_some_and(|extended| {
        matches!(extended & 0xff, CORRUPT | NOT_A_DATABASE) || extended == SHORT_READ
    })
}

/// Result codes of SQLite that tell of the machine and not of the statement (<https://www.sqlite.org/rescode.html>).
const fn is_passing(code: u32) -> bool {
    const BUSY: u32 = 5;
    const LOCKED: u32 = 6;
    const NO_MEMORY: u32 = 7;
    const READ_ONLY: u32 = 8;
    const IO_ERROR: u32 = 10;
    const FULL: u32 = 13;
    const CANNOT_OPEN: u32 = 14;
    matches!(
        code,
        BUSY | LOCKED | NO_MEMORY | READ_ONLY | IO_ERROR | FULL | CANNOT_OPEN
    )
}

/// Whether another connection has the lock that the statement needs.
pub(crate) fn is_busy(error: &sqlx::Error) -> bool {
    const BUSY: u32 = 5;
    has_primary_code(error, BUSY)
}

/// Whether the statement's progress handler ended it.
pub(crate) fn is_interrupted(error: &sqlx::Error) -> bool {
    const INTERRUPTED: u32 = 9;
    has_primary_code(error, INTERRUPTED)
}

fn has_primary_code(error: &sqlx::Error, code: u32) -> bool {
    let error = error.as_database_error();
    error.and_then(primary_code) == Some(code)
}

/// The lowest byte of the extended code.
fn primary_code(error: &dyn sqlx::error::DatabaseError) -> Option<u32> {
    extended_code(error).map(|extended| extended & 0xff)
}

fn extended_code(error: &dyn sqlx::error::DatabaseError) -> Option<u32> {
    error.code()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use sqlx::{Connection as _, SqliteConnection, raw_sql};

    use super::*;

    async fn database() -> SqliteConnection {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let table = "CREATE TABLE numbers (number INTEGER NOT NULL UNIQUE) STRICT";
        raw_sql(table).execute(&mut connection).await.unwrap();
        connection
    }

    async fn failure(connection: &mut SqliteConnection, statement: &'static str) -> StoreError {
        store_error(raw_sql(statement).execute(connection).await.unwrap_err())
    }

    #[tokio::test]
    async fn a_full_disk_makes_the_store_unavailable() {
        let mut connection = database().await;
        raw_sql("PRAGMA max_page_count = 1")
            .execute(&mut connection)
            .await
            .unwrap();
        let full = "INSERT INTO numbers SELECT value FROM json_each('[1, 2, 3]'); CREATE TABLE more (number)";
        assert!(matches!(
            failure(&mut connection, full).await,
            StoreError::Unavailable(Some(_))
        ));
    }

    #[tokio::test]
    async fn a_store_that_may_not_be_written_is_unavailable() {
        let mut connection = database().await;
        raw_sql("PRAGMA query_only = on")
            .execute(&mut connection)
            .await
            .unwrap();
        let refused = failure(&mut connection, "INSERT INTO numbers VALUES (1)").await;
        assert!(matches!(refused, StoreError::Unavailable(Some(_))));
    }

    #[tokio::test]
    async fn a_broken_rule_of_the_schema_is_a_failure_of_the_program() {
        let mut connection = database().await;
        let refused = failure(&mut connection, "INSERT INTO numbers VALUES (1), (1)").await;
        assert!(matches!(refused, StoreError::Other(_)));
    }

    #[test]
    fn waiting_in_vain_for_a_connection_makes_the_store_unavailable() {
        for error in [
            sqlx::Error::PoolTimedOut,
            sqlx::Error::PoolClosed,
            sqlx::Error::WorkerCrashed,
        ] {
            assert!(matches!(
                store_error(error),
                StoreError::Unavailable(Some(_))
            ));
        }
        assert!(matches!(
            store_error(sqlx::Error::RowNotFound),
            StoreError::Other(_)
        ));
    }
}
