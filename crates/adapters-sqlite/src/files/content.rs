//! Whether another program has written into the database's files.
//!
//! SQLite writes to the database's file only while it copies pages from the write-ahead log (a checkpoint), and notes before and
//! after it how far it has got in the index of that log, whichever process does it. A file that has changed while these notes have
//! not was changed by somebody else: a backup was copied over it, or it was cut off. The index also says how much of the write-ahead
//! log is valid, and of which generation it is; the log must have at least that length, and that generation in its header.
//! The layout of these files is documented: <https://www.sqlite.org/walformat.html>.

use std::{
    fs::{File, Metadata},
    mem::ManuallyDrop,
    os::unix::fs::{FileExt as _, MetadataExt as _},
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use super::beside;

/// The length of the index's header: two copies of the log's state, and how far the log was copied into the database.
const INDEX_HEADER: usize = 136;
/// The length of one copy of the log's state.
const STATE: usize = 48;
/// The lengths of the log's header and of that before each page in it.
const LOG_HEADER: u64 = 32;
const FRAME_HEADER: u64 = 24;
/// Where the log's header has its generation, and how long that is.
const GENERATION_AT: u64 = 16;
type Generation = [u8; 8];
/// How often the files are read while SQLite is just changing them.
const ATTEMPTS: usize = 3;

/// Another program changed a file of the database.
#[derive(Debug, Clone, thiserror::Error)]
#[error(
    "{} {what} by another program while the service was running, so what is stored is not certain any more: \
     stop the service, restore a backup, and start it",
    path.display()
)]
pub(super) struct Changed {
    path: PathBuf,
    what: &'static str,
}

/// The open files, and what was seen of them last.
pub(super) struct Content {
    database: PathBuf,
    log_path: PathBuf,
    /// Neither is ever closed. Closing any handle of the index would release the locks that SQLite holds on it in this process.
    log: Option<ManuallyDrop<File>>,
    index: Option<ManuallyDrop<File>>,
    seen: Mutex<Seen>,
    is_told: AtomicBool,
}

/// What was seen of the files last.
#[derive(Default)]
struct Seen {
    /// How far the log was copied, and what the database's file was then. None while that is changing.
    database: Option<(Progress, Stamp)>,
    changed: Option<Changed>,
}

/// What changes whenever a file is written to.
#[derive(PartialEq, Eq)]
struct Stamp {
    length: u64,
    written: (i64, i64),
}

/// How far SQLite has copied the log into the database.
#[derive(PartialEq, Eq, Clone, Copy)]
struct Progress {
    generation: Generation,
    copied: u32,
    copying: u32,
}

/// What the index says.
#[derive(PartialEq, Eq, Clone, Copy)]
struct Index {
    page_size: u64,
    /// How many pages of the log are valid.
    frames: u32,
    /// How many pages the database has.
    pages: u32,
    progress: Progress,
}

impl Content {
    /// The files of the database that was just opened at this path.
    pub(super) fn open_at(database: &Path) -> Self {
        let open = |path: &Path| File::open(path).ok().map(ManuallyDrop::new);
        let log_path = beside(database, "-wal");
        Self {
            log: open(&log_path),
            index: open(&beside(database, "-shm")),
            database: database.to_owned(),
            log_path,
            seen: Mutex::default(),
            is_told: AtomicBool::new(false),
        }
    }

    /// Whether only SQLite has written to the files. A finding stays.
    pub(super) fn check(&self) -> Result<(), Changed> {
        let mut seen = self.seen();
        if let Some(changed) = &seen.changed {
            return Err(changed.clone());
        }
        let found = self.look(&mut seen);
        if let Err(changed) = &found {
            seen.changed = Some(changed.clone());
        }
        found
    }

    /// Whether this is asked for the first time.
    pub(super) fn is_new_finding(&self) -> bool {
        !self.is_told.swap(true, Ordering::SeqCst)
    }

    fn look(&self, seen: &mut Seen) -> Result<(), Changed> {
        let (Some(log), Some(index)) = (&self.log, &self.index) else {
            return Ok(());
        };
        for _ in 0..ATTEMPTS {
            let Some(before) = Index::read(index) else {
                continue;
            };
            // Which files are where is checked elsewhere; what cannot be asked now is asked the next time.
            let Ok(database) = std::fs::metadata(&self.database) else {
                return Ok(());
            };
            let log_finding = self.look_at_log(log, before);
            if Index::read(index) != Some(before) {
                continue;
            }
            log_finding?;
            return self.look_at_database(seen, before, &database);
        }
        seen.database = None;
        Ok(())
    }

    fn look_at_log(&self, log: &File, index: Index) -> Result<(), Changed> {
        // Nothing of it is valid: the next change writes it from its beginning.
        if index.frames == 0 {
            return Ok(());
        }
        let length = log.metadata().map_or(u64::MAX, |about| about.len());
        let expected = LOG_HEADER + u64::from(index.frames) * (FRAME_HEADER + index.page_size);
        if length < expected {
            return Err(changed(&self.log_path, "was cut off"));
        }
        let mut generation = Generation::default();
        match log.read_exact_at(&mut generation, GENERATION_AT) {
            Ok(()) if generation != index.progress.generation => {
                Err(changed(&self.log_path, "was written to"))
            }
            _ => Ok(()),
        }
    }

    fn look_at_database(
        &self,
        seen: &mut Seen,
        index: Index,
        about: &Metadata,
    ) -> Result<(), Changed> {
        let now = index.progress;
        if now.copied != now.copying {
            // Right now, or it was interrupted and is done again.
            seen.database = None;
            return Ok(());
        }
        let stamp = Stamp {
            length: about.len(),
            written: (about.mtime(), about.mtime_nsec()),
        };
        let is_complete = now.copied == index.frames;
        if is_complete && stamp.length < u64::from(index.pages) * index.page_size {
            return Err(changed(&self.database, "was cut off"));
        }
        match &seen.database {
            Some((progress, before)) if *progress == now && *before != stamp => {
                let is_shorter = stamp.length < before.length;
                let what = if is_shorter {
                    "was cut off"
                } else {
                    "was written to"
                };
                Err(changed(&self.database, what))
            }
            _ => {
                seen.database = Some((now, stamp));
                Ok(())
            }
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn changed(path: &Path, what: &'static str) -> Changed {
    Changed {
        path: path.to_owned(),
        what,
    }
}

impl Index {
    /// What the index says; none while SQLite is changing it, or where it cannot be read.
    fn read(index: &File) -> Option<Self> {
        let mut header = [0; INDEX_HEADER];
        index.read_exact_at(&mut header, 0).ok()?;
        let (first, rest) = header.split_at_checked(STATE)?;
        let (second, progress) = rest.split_at_checked(STATE)?;
        let is_initialized = *first.get(12)? != 0;
        if first != second || !is_initialized {
            return None;
        }
        // The largest size does not fit into its two bytes, and is written as 1.
        let page_size = match u16::from_ne_bytes(part(first, 14)?) {
            1 => 65_536,
            size => u64::from(size),
        };
        Some(Self {
            page_size,
            frames: number(first, 16)?,
            pages: number(first, 20)?,
            progress: Progress {
                generation: part(first, 32)?,
                copied: number(progress, 0)?,
                copying: number(progress, 32)?,
            },
        })
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    part(bytes, at).map(u32::from_ne_bytes)
}

fn part<const LENGTH: usize>(bytes: &[u8], at: usize) -> Option<[u8; LENGTH]> {
    bytes.get(at..)?.first_chunk().copied()
}
