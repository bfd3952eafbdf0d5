//! The database's files: whether their paths still lead to them, and whether only SQLite has written to them.
//!
//! A file that is moved or removed while it is open can still be written to, and everything that is written then is lost at the
//! next start. So the store is unavailable from the moment that a path does not lead to the open file any more. The same holds
//! when another program has written into a file: see [`content`].

#[cfg(unix)]
mod content;
mod damage;

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use parlor_application::ports::StoreError;
use tokio::time::sleep;

pub(crate) use damage::Damage;

/// How often the files are looked at while nobody writes.
const WATCH_PERIOD: Duration = Duration::from_millis(500);

/// A file of the database is not at its path any more.
#[derive(Debug, thiserror::Error)]
#[error(
    "{} was moved, removed or replaced while the service was running: put it back, or stop the service and restore a backup",
    path.display()
)]
pub(crate) struct FileGone {
    path: PathBuf,
    #[source]
    source: Option<io::Error>,
}

/// The files that are open.
pub(crate) struct DatabaseFiles {
    files: Vec<(PathBuf, FileId)>,
    #[cfg(unix)]
    content: content::Content,
    damage: Damage,
    is_gone: AtomicBool,
    /// Whether the store was closed, which removes some of them.
    is_closed: AtomicBool,
}

impl DatabaseFiles {
    /// The files of the database that was just opened at this path: the database, the write-ahead log and its index.
    pub(crate) fn open_at(database: &Path) -> Self {
        let files = ["", "-wal", "-shm"].into_iter().filter_map(|ending| {
            let path = beside(database, ending);
            let id = file_id(&path).ok()?;
            Some((path, id))
        });
        Self {
            files: files.collect(),
            #[cfg(unix)]
            content: content::Content::open_at(database),
            damage: Damage::default(),
            is_gone: AtomicBool::new(false),
            is_closed: AtomicBool::new(false),
        }
    }

    /// From now on the files are nobody's business: the store is being closed.
    pub(crate) fn close(&self) {
        self.is_closed.store(true, Ordering::SeqCst);
    }

    /// Whether each path leads to the file that is open. Logs when that changes.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        let found = self.find_gone();
        // Closing begins before it removes anything, so it is looked at after the files.
        if self.is_closed.load(Ordering::SeqCst) {
            return Ok(());
        }
        let was_gone = self.is_gone.swap(found.is_some(), Ordering::SeqCst);
        let Some(gone) = found else {
            if was_gone {
                tracing::info!("the database's files are back; reading and writing continue");
            }
            return self.check_content();
        };
        if !was_gone {
            tracing::error!(
                error = &gone as &(dyn std::error::Error + 'static),
                "the database's files are gone; nothing is read or written any more"
            );
        }
        Err(StoreError::Unavailable(Some(gone.into())))
    }

    /// As [`check`](Self::check), and whether SQLite has reported that the database is damaged.
    pub(crate) fn check_writable(&self) -> Result<(), StoreError> {
        self.check()?;
        self.damage.check()
    }

    /// Whether only SQLite has written to the files. What another program did is never forgotten while the store is open.
    #[cfg(unix)]
    fn check_content(&self) -> Result<(), StoreError> {
        let changed = self.content.check();
        // As above: closing changes the files.
        if self.is_closed.load(Ordering::SeqCst) {
            return Ok(());
        }
        let Err(changed) = changed else {
            return Ok(());
        };
        if self.content.is_new_finding() {
            tracing::error!(
                error = &changed as &(dyn std::error::Error + 'static),
                "another program changed the database's files; nothing is read or written any more"
            );
        }
        Err(StoreError::Unavailable(Some(changed.into())))
    }

    /// Other programs cannot write to an open file here.
    #[cfg(not(unix))]
    fn check_content(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn find_gone(&self) -> Option<FileGone> {
        self.files.iter().find_map(|(path, id)| {
            let source = match file_id(path) {
                Ok(found) if found == *id => return None,
                Ok(_) => None,
                Err(error) => Some(error),
            };
            Some(FileGone {
                path: path.clone(),
                source,
            })
        })
    }
}

/// The path of the file that SQLite puts beside the database, or of the database itself.
fn beside(database: &Path, ending: &str) -> PathBuf {
    let mut path = database.to_owned().into_os_string();
    path.push(ending);
    path.into()
}

/// Looks at the files now and then, so that what happened to them is known although nobody writes. Ends with the store.
pub(crate) async fn watch(files: Weak<DatabaseFiles>) {
    while let Some(files) = files.upgrade() {
        // The check itself logs what it finds.
        files.check().ok();
        drop(files);
        sleep(WATCH_PERIOD).await;
    }
}

/// What a file is, whatever its name: its device and its number there. A number is not given to another file while the file is
/// open.
#[cfg(unix)]
type FileId = (u64, u64);

#[cfg(unix)]
fn file_id(path: &Path) -> io::Result<FileId> {
    use std::os::unix::fs::MetadataExt as _;
    let about = fs::metadata(path)?;
    Ok((about.dev(), about.ino()))
}

/// An open file can be neither moved nor removed here.
#[cfg(not(unix))]
type FileId = ();

#[cfg(not(unix))]
fn file_id(path: &Path) -> io::Result<FileId> {
    fs::metadata(path).map(drop)
}
