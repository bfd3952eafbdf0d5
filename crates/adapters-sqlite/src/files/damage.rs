//! What SQLite itself reports about a damaged database.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parlor_application::ports::StoreError;

/// How often SQLite has reported a damaged database in this process. The driver's errors do not name the database, and a process
/// serves one store.
static REPORTS: AtomicU64 = AtomicU64::new(0);

/// SQLite could not make sense of what the database's file holds.
#[derive(Debug, thiserror::Error)]
#[error(
    "SQLite reported that the database is damaged, so nothing is written any more: stop the service, restore a backup, and start it"
)]
struct Damaged;

/// Whether the database was reported as damaged since it was opened.
pub(crate) struct Damage {
    reports_before: u64,
    is_logged: AtomicBool,
}

impl Default for Damage {
    fn default() -> Self {
        Self {
            reports_before: REPORTS.load(Ordering::SeqCst),
            is_logged: AtomicBool::new(false),
        }
    }
}

impl Damage {
    /// SQLite reported a damaged database.
    pub(crate) fn note() {
        REPORTS.fetch_add(1, Ordering::SeqCst);
    }

    /// Fails from the first report on.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        if REPORTS.load(Ordering::SeqCst) == self.reports_before {
            return Ok(());
        }
        if !self.is_logged.swap(true, Ordering::SeqCst) {
            tracing::error!(
                error = &Damaged as &(dyn std::error::Error + 'static),
                "the database is damaged; nothing is written any more"
            );
        }
        Err(StoreError::Unavailable(Some(Damaged.into())))
    }
}
