//! The one place that says what the driver's errors mean.

use parlor_application::ports::StoreError;
use sqlx::postgres::{PgDatabaseError, PgSeverity};

/// What an error of the driver means to a use case.
pub(crate) fn store_error(error: sqlx::Error) -> StoreError {
    let meaning = meaning(&error);
    let cause = match error {
        sqlx::Error::Database(error) => Refusal::new(&*error).into(),
        error => error.into(),
    };
    match meaning {
        Meaning::Conflict => StoreError::Conflict,
        Meaning::Unavailable => StoreError::Unavailable(Some(cause)),
        Meaning::Other => StoreError::Other(cause),
    }
}

/// What PostgreSQL refused and why, without what it says of values: a row that breaks a rule it quotes as a whole, title and text
/// included.
#[derive(Debug, thiserror::Error)]
#[error("{message} ({code})")]
pub(crate) struct Refusal {
    message: String,
    code: String,
}

impl Refusal {
    fn new(error: &dyn sqlx::error::DatabaseError) -> Self {
        let code = error.code().unwrap_or_default().into_owned();
        // An error of this class quotes the value in the message itself.
        let message = if code.starts_with("22") {
            "a value is not what it should be"
        } else {
            error.message()
        };
        Self {
            message: message.to_owned(),
            code,
        }
    }
}

/// The code by which PostgreSQL refused, where it did.
pub(crate) fn code(error: &StoreError) -> Option<&str> {
    let (StoreError::Other(cause) | StoreError::Unavailable(Some(cause))) = error else {
        return None;
    };
    let refusal = cause.downcast_ref::<Refusal>()?;
    Some(&refusal.code)
}

/// Whether nothing more can be asked over the connection that answered so, or nothing that it is for.
pub(crate) fn is_connection_useless(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) => {
            let is_fatal = error
                .try_downcast_ref::<PgDatabaseError>()
                .is_none_or(|error| {
                    matches!(error.severity(), PgSeverity::Fatal | PgSeverity::Panic)
                });
            is_fatal || error.code().is_some_and(|code| READ_ONLY.contains(&&*code))
        }
        // The statement's own fault.
        sqlx::Error::RowNotFound
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::Decode(_)
        | sqlx::Error::Encode(_) => false,
        _ => true,
    }
}

/// What a replica answers to whoever wants to write: it was the primary when the connection was made, and is it no more. (The second
/// one is its answer to `BEGIN READ WRITE`.)
const READ_ONLY: &[&str] = &["25006", "0A000"];

/// Whether the server has no room for one more connection now.
pub(crate) fn is_out_of_connections(error: &StoreError) -> bool {
    const TOO_MANY_CONNECTIONS: &str = "53300";
    code(error) == Some(TOO_MANY_CONNECTIONS)
}

enum Meaning {
    Conflict,
    Unavailable,
    Other,
}

fn meaning(error: &sqlx::Error) -> Meaning {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => Meaning::Unavailable,
        sqlx::Error::Database(error) => error.code().map_or(Meaning::Other, |code| of_code(&code)),
        _ => Meaning::Other,
    }
}

/// By PostgreSQL's codes, whose first two characters are their class
/// (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
fn of_code(code: &str) -> Meaning {
    const DEADLOCK: &str = "40P01";
    const SERIALIZATION_FAILURE: &str = "40001";
    const LOCK_NOT_AVAILABLE: &str = "55P03";
    /// No connection, a login that is refused, no such database, no room, a server that stops, a disk that fails.
    const UNAVAILABLE: &[&str] = &["08", "28", "3D", "53", "57", "58"];
    match code {
        DEADLOCK | SERIALIZATION_FAILURE => Meaning::Conflict,
        LOCK_NOT_AVAILABLE => Meaning::Unavailable,
        _ if READ_ONLY.contains(&code) => Meaning::Unavailable,
        _ if UNAVAILABLE.iter().any(|class| code.starts_with(class)) => Meaning::Unavailable,
        _ => Meaning::Other,
    }
}
