//! Whether the server could store what it was given.
//!
//! A server whose disk is full answers as before whatever needs no new room: readings, small changes, and a message in the
//! write-ahead log, whose files are there already. So what really failed for this reason is remembered, and only a probe that
//! needs room shows that it is over.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use sqlx::error::DatabaseError;

/// How long a failure counts before the room is tried.
const FAILURE_AGE: Duration = Duration::from_secs(5);

/// A write failed just now.
#[derive(Debug, thiserror::Error)]
#[error("PostgreSQL could not store something less than {} seconds ago: see that its disk has room", FAILURE_AGE.as_secs())]
pub(crate) struct JustFailed;

/// The last failure for want of room, or of a disk that works, unless room was found since.
#[derive(Debug, Default)]
pub(crate) struct StorageFailures(Mutex<Option<Instant>>);

impl StorageFailures {
    /// Remembers this error if the server's storage is the cause.
    pub(crate) fn note(&self, error: &sqlx::Error) {
        let code = error.as_database_error().and_then(DatabaseError::code);
        if code.is_some_and(|code| is_of_storage(&code)) {
            *self.last() = Some(Instant::now());
        }
    }

    /// When something failed; an error while that is recent.
    pub(crate) fn suspicion(&self) -> Result<Option<Instant>, JustFailed> {
        let last = *self.last();
        if last.is_some_and(|at| at.elapsed() < FAILURE_AGE) {
            Err(JustFailed)
        } else {
            Ok(last)
        }
    }

    /// There is room again, unless something failed after the failure that was asked about.
    pub(crate) fn clear(&self, suspicion: Instant) {
        let mut last = self.last();
        if *last == Some(suspicion) {
            *last = None;
        }
    }

    fn last(&self) -> MutexGuard<'_, Option<Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// By PostgreSQL's codes. Too little memory, too many connections and a limit on temporary files concern one statement or one
/// connection, and no other one.
fn is_of_storage(code: &str) -> bool {
    const INSUFFICIENT_RESOURCES: &str = "53000";
    const DISK_FULL: &str = "53100";
    const SYSTEM_ERRORS: &str = "58";
    matches!(code, INSUFFICIENT_RESOURCES | DISK_FULL) || code.starts_with(SYSTEM_ERRORS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_tells_of_the_disk_counts() {
        for code in ["53000", "53100", "58000", "58030", "58P01"] {
            assert!(is_of_storage(code), "{code}");
        }
        for code in ["53200", "53300", "53400", "40001", "57014", "23505"] {
            assert!(!is_of_storage(code), "{code}");
        }
    }
}
