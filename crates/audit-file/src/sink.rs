//! Writes entries.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use parlor_application::ports::{AuditRecord, AuditSink, SinkError};

use crate::{
    family::AuditFiles,
    platform::{is_at, open_or_create, sync_folder_of},
    tail::{Ending, Tail, ending},
};

/// Where and how to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSinkOptions {
    /// The file. Its folder must be there: a folder that is missing may be a disk that is not mounted.
    pub path: PathBuf,
    /// The file is rotated before it would grow beyond so many bytes; `None` never rotates it. Entries that come together stay
    /// in one file, so a file may be longer.
    pub rotate_bytes: Option<u64>,
    /// How many rotated files to keep; `None` keeps all. Deleting audit entries is never done without being told.
    pub keep: Option<usize>,
}

/// Why entries were not written. They can be tried again; each message says what to look at.
#[derive(Debug, thiserror::Error)]
pub enum FileSinkError {
    /// The file cannot be opened or made.
    #[error("the audit file {} cannot be opened: see that its folder is there and writable", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file has no whole line, and begins as no audit file does. Nothing is changed in it.
    #[error("{} is not an audit file: name another one in `audit.file.path`", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// Two writers would cut each other's entries.
    #[error("another process writes the audit file {}", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The entries could not be written, or not made durable.
    #[error("the audit file {} cannot be written: see that its disk is there and not full", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file could not be moved aside, or a rotated one not deleted.
    #[error("the audit file {} cannot be rotated", path.display())]
    Rotate {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// Appends one line an entry. Answers once they are on the disk; opens the file when it is needed, and again after an error.
pub struct FileAuditSink {
    writer: Arc<Mutex<Writer>>,
}

impl FileAuditSink {
    /// A sink that has not opened its file yet.
    pub fn new(options: FileSinkOptions) -> Self {
        let writer = Writer {
            options,
            open: None,
        };
        Self {
            writer: Arc::new(Mutex::new(writer)),
        }
    }
}

#[async_trait]
impl AuditSink for FileAuditSink {
    async fn deliver(&self, entries: &[AuditRecord]) -> Result<(), SinkError> {
        let lines = lines(entries)?;
        let writer = Arc::clone(&self.writer);
        tokio::task::spawn_blocking(move || {
            // A panic elsewhere leaves at most a file to open again, which writing does by itself.
            let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
            writer.write(&lines)
        })
        .await
        .map_err(|error| SinkError::Unavailable(Box::new(error)))?
        .map_err(sink_error)
    }
}

fn sink_error(error: FileSinkError) -> SinkError {
    SinkError::Unavailable(Box::new(error))
}

/// The entries, one a line. One with a line break in it is rejected: no reader could tell it from two.
fn lines(entries: &[AuditRecord]) -> Result<Vec<u8>, SinkError> {
    let mut lines = Vec::new();
    for entry in entries {
        if entry.document.contains('\n') {
            return Err(SinkError::Rejected {
                id: entry.id,
                reason: "it has a line break in it".to_owned(),
            });
        }
        lines.extend(entry.document.as_bytes());
        lines.push(b'\n');
    }
    Ok(lines)
}

struct Writer {
    options: FileSinkOptions,
    open: Option<Tail<File>>,
}

impl Writer {
    fn write(&mut self, lines: &[u8]) -> Result<(), FileSinkError> {
        // Only what went well is kept open.
        let mut tail = self.tail_at_path()?;
        if self.is_full(tail.length, lines.len() as u64) {
            tail = self.rotate(tail)?;
        }
        let path = &self.options.path;
        let written = tail.append(lines).and_then(|()| {
            if is_at(&tail.medium, path)? {
                Ok(())
            } else {
                // Whether what was moved away will last is not known, so it is written again.
                Err(io::Error::other("the file was moved away meanwhile"))
            }
        });
        written.map_err(|source| FileSinkError::Write {
            path: path.clone(),
            source,
        })?;
        self.open = Some(tail);
        Ok(())
    }

    /// The file that is open, if it is still the one at the path; else that one.
    fn tail_at_path(&mut self) -> Result<Tail<File>, FileSinkError> {
        let path = &self.options.path;
        if let Some(tail) = self.open.take()
            && is_at(&tail.medium, path).unwrap_or(false)
        {
            return tail.after_others().map_err(|source| FileSinkError::Write {
                path: path.clone(),
                source,
            });
        }
        open(path)
    }

    fn is_full(&self, length: u64, more: u64) -> bool {
        self.options
            .rotate_bytes
            .is_some_and(|most| length > 0 && length.saturating_add(more) > most)
    }

    /// Moves the file aside under the next number and begins a new one.
    fn rotate(&self, tail: Tail<File>) -> Result<Tail<File>, FileSinkError> {
        let path = &self.options.path;
        let rotated = || {
            let files = AuditFiles::find(path)?;
            fs::rename(path, files.next())?;
            sync_folder_of(path)
        };
        rotated().map_err(|source| FileSinkError::Rotate {
            path: path.clone(),
            source,
        })?;
        drop(tail);
        let tail = open(path)?;
        // Entries are worth more than room: failing to delete is told, and not in their way.
        if let Err(error) = self.forget_oldest() {
            tracing::warn!(
                error = &error as &(dyn std::error::Error + 'static),
                "old audit files could not be deleted"
            );
        }
        Ok(tail)
    }

    fn forget_oldest(&self) -> io::Result<()> {
        let Some(keep) = self.options.keep else {
            return Ok(());
        };
        let files = AuditFiles::find(&self.options.path)?;
        let rotated = files.rotated();
        let superfluous = rotated.len().saturating_sub(keep);
        rotated.take(superfluous).try_for_each(fs::remove_file)
    }
}

/// Opens the file for this process alone and cuts off what a crash left half-written: it was never acknowledged. An entry that lacks
/// nothing but its line break may have been acknowledged, and stays.
fn open(path: &Path) -> Result<Tail<File>, FileSinkError> {
    let failed = |source| FileSinkError::Open {
        path: path.to_owned(),
        source,
    };
    let (mut file, is_new) = open_or_create(path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(FileSinkError::InUse {
                path: path.to_owned(),
            });
        }
        // Some network file systems know no locks.
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    if is_new {
        sync_folder_of(path).map_err(failed)?;
    }
    let length = match ending(&mut file).map_err(failed)? {
        Ending::Whole(length) => length,
        Ending::Unended(length) => {
            tracing::info!("the last audit entry has no line break, and gets one");
            let mut tail = Tail {
                medium: file,
                length,
            };
            tail.append(b"\n").map_err(failed)?;
            return Ok(tail);
        }
        Ending::Torn(length) => {
            tracing::info!("a half-written audit entry is cut off and will be written again");
            file.set_len(length).map_err(failed)?;
            length
        }
        // After whole lines, somebody else's bytes get a line of their own.
        Ending::Foreign(length) if length > 0 => length,
        Ending::Foreign(_) => {
            return Err(FileSinkError::Foreign {
                path: path.to_owned(),
            });
        }
    };
    let tail = Tail {
        medium: file,
        length,
    };
    tail.after_others().map_err(failed)
}
