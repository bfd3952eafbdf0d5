//! Whether the store can be written now.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use parlor_application::ports::StoreError;
use sqlx::raw_sql;
use tokio::{task::spawn_blocking, time::timeout};

use crate::{SqliteStore, error::store_error};

/// Changes nothing, but is written to the disk as a change is.
const PROBE: &str = "UPDATE store_identity SET identity_mode = identity_mode WHERE singleton = 1";
/// How many bytes a disk must have room for. What SQLite has left over in its log may still take the probe's one page, when it
/// takes no change any more.
const ROOM: usize = 256 * 1024;
/// How long the probe may wait for the writer and the disk.
const LIMIT: Duration = Duration::from_secs(2);
/// How old a unit of work may be that shows as well as a probe whether the store can be written.
const AGE: Duration = Duration::from_secs(2);
/// How long a unit of work that could not be committed counts, if none is committed meanwhile.
const FAILURE_AGE: Duration = Duration::from_secs(5);

/// The probe had to wait for too long.
#[derive(Debug, thiserror::Error)]
#[error("a write was not done within {} seconds", LIMIT.as_secs())]
struct TooSlow;

/// Somebody else's write failed just now.
#[derive(Debug, thiserror::Error)]
#[error("a write failed less than {} seconds ago", FAILURE_AGE.as_secs())]
struct JustFailed;

/// There is no room.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be written: see that its disk has room", path.display())]
struct NoRoom {
    path: PathBuf,
    #[source]
    source: io::Error,
}

/// How the last units of work ended.
#[derive(Debug, Default)]
pub(crate) struct RecentWrites(Mutex<Ends>);

#[derive(Debug, Default)]
struct Ends {
    committed: Option<Instant>,
    /// Since the last one that was committed.
    failed: Option<Instant>,
}

impl RecentWrites {
    /// A unit of work was committed, or could not be.
    pub(crate) fn note(&self, is_committed: bool) {
        if is_committed {
            *self.lock() = Ends {
                committed: Some(Instant::now()),
                failed: None,
            };
        } else {
            self.note_failed();
        }
    }

    /// The disk or the database failed in the middle of one.
    pub(crate) fn note_failed(&self) {
        self.lock().failed = Some(Instant::now());
    }

    /// What they show about now, if anything.
    fn show(&self) -> Option<Result<(), JustFailed>> {
        let is_within = |at: Option<Instant>, age| at.is_some_and(|at| at.elapsed() < age);
        let ends = self.lock();
        if is_within(ends.failed, FAILURE_AGE) {
            Some(Err(JustFailed))
        } else if ends.failed.is_none() && is_within(ends.committed, AGE) {
            Some(Ok(()))
        } else {
            None
        }
    }

    fn lock(&self) -> MutexGuard<'_, Ends> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SqliteStore {
    /// Whether something can be written now. While others write, what becomes of it shows that, and nothing is written for it.
    pub(crate) async fn probe_writing(&self) -> Result<(), StoreError> {
        let writer = self.writer()?;
        if let Some(shown) = self.writes().show() {
            return shown.map_err(|failed| StoreError::Unavailable(Some(failed.into())));
        }
        let probing = async {
            let path = self.path().to_owned();
            spawn_blocking(move || find_room(&path))
                .await
                .map_err(|panicked| StoreError::Other(panicked.into()))?
                .map_err(|no_room| StoreError::Unavailable(Some(no_room.into())))?;
            raw_sql(PROBE).execute(writer).await.map_err(store_error)
        };
        match timeout(LIMIT, probing).await {
            Ok(probed) => probed.map(drop),
            // A long unit of work may have ended meanwhile.
            Err(_) if matches!(self.writes().show(), Some(Ok(()))) => Ok(()),
            Err(_) => Err(StoreError::Unavailable(Some(TooSlow.into()))),
        }
    }
}

/// Writes a file beside the database, and removes it.
fn find_room(database: &Path) -> Result<(), NoRoom> {
    let mut path = database.to_owned().into_os_string();
    path.push(".probe");
    let path = PathBuf::from(path);
    let written = write(&path);
    // Also what could be written of it only in part.
    let removed = match fs::remove_file(&path) {
        // Another process that is about to serve the same database was quicker.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    };
    match written.and(removed) {
        Err(source) if !says_nothing_of_room(&source) => Err(NoRoom { path, source }),
        _ => Ok(()),
    }
}

/// Whether no file can be made in the folder, however much room there is. The database's own files may well be writable then,
/// which the probe's change shows.
fn says_nothing_of_room(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
    )
}

fn write(path: &Path) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(&vec![0; ROOM])?;
    file.sync_data()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_last_counts_until_something_is_committed() {
        let writes = RecentWrites::default();
        assert!(writes.show().is_none());
        writes.note(true);
        assert!(matches!(writes.show(), Some(Ok(()))));
        writes.note(false);
        assert!(matches!(writes.show(), Some(Err(JustFailed))));
        writes.note(true);
        assert!(matches!(writes.show(), Some(Ok(()))));
    }

    #[test]
    fn a_folder_in_which_no_file_can_be_made_says_nothing_of_the_room_for_the_database() {
        for kind in [
            io::ErrorKind::PermissionDenied,
            io::ErrorKind::ReadOnlyFilesystem,
        ] {
            assert!(says_nothing_of_room(&kind.into()));
        }
        for kind in [
            io::ErrorKind::StorageFull,
            io::ErrorKind::QuotaExceeded,
            io::ErrorKind::FileTooLarge,
        ] {
            assert!(!says_nothing_of_room(&kind.into()));
        }
    }

    #[test]
    fn a_folder_that_is_not_there_has_no_room_and_nothing_is_left_of_a_probe() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("parlor.db");
        find_room(&database).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        let error = find_room(&folder.path().join("missing/parlor.db")).unwrap_err();
        assert!(error.to_string().contains("has room"), "{error}");
    }
}
