//! The folder in which the embedded store and the audit file lie.

use std::{
    env,
    fs::{DirBuilder, File, OpenOptions, TryLockError},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};

/// The platform's data folder for this program, if the environment tells one.
pub fn platform() -> Option<PathBuf> {
    let folder = |name| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    if cfg!(target_os = "macos") {
        Some(folder("HOME")?.join("Library/Application Support/parlor"))
    } else if cfg!(windows) {
        Some(folder("LOCALAPPDATA")?.join("parlor"))
    } else {
        // The XDG Base Directory Specification.
        let data =
            folder("XDG_DATA_HOME").or_else(|| Some(folder("HOME")?.join(".local/share")))?;
        Some(data.join("parlor"))
    }
}

/// Makes the folder, with rights for its owner alone, unless it is there.
pub fn create(folder: &Path) -> anyhow::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).with_context(|| {
        format!(
            "the data folder {} cannot be made: set `data_dir` (or --data-dir) to a folder that can be written",
            folder.display()
        )
    })
}

/// Held by the one process that serves an embedded store. The system lets go of it when the process ends, however it ends.
pub struct ServingLock(#[expect(dead_code, reason = "held, never read")] Vec<File>);

impl ServingLock {
    /// Takes the lock that stands beside the database's file. A second service on the same store would mark the answers that
    /// the first one is writing as interrupted.
    pub fn take(database: &Path) -> anyhow::Result<Self> {
        let mut beside = database.to_owned().into_os_string();
        beside.push(".lock");
        let mut locked = vec![lock(&PathBuf::from(beside), database)?];
        // The database too, which nobody removes by mistake as they do with a file that is empty. Elsewhere such a lock and those
        // that SQLite takes are one and the same.
        if cfg!(target_os = "linux") {
            locked.push(lock(database, database)?);
        }
        Ok(Self(locked))
    }
}

/// Opens this file, creates it where it is missing, and locks it.
fn lock(path: &Path, database: &Path) -> anyhow::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).with_context(|| {
            format!(
                "{} cannot be written: give this user the right to write there, or set `data_dir` (or --data-dir) to another folder",
                path.display()
            )
        })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => bail!(
            "another process serves the store {}: stop it first, or set `data_dir` (or --data-dir) to another folder",
            database.display()
        ),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("{} cannot be locked", path.display()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_process_serves_a_store_and_the_next_one_after_it() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("parlor.db");
        let first = ServingLock::take(&database).unwrap();
        let error = ServingLock::take(&database).err().unwrap();
        assert!(
            error
                .to_string()
                .starts_with("another process serves the store")
        );
        drop(first);
        ServingLock::take(&database).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn the_folder_is_its_owners_alone_and_may_be_there_already() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("a/b");
        create(&data).unwrap();
        create(&data).unwrap();
        let mode = std::fs::metadata(&data).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_told_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        let error = create(&file.join("data")).unwrap_err();
        assert!(error.to_string().contains("--data-dir"));
    }
}
