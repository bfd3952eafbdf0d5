//! Files that must not be one and the same.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::ensure;

use super::{AuditSinkKind, Config, StoreLocation};

/// What SQLite and the service put beside the database, and the database itself.
const ENDINGS: [&str; 6] = ["", "-wal", "-shm", "-journal", ".lock", ".probe"];
/// How many links are followed.
const LINKS: usize = 16;

impl Config {
    /// Lines appended to a file of the store would destroy it.
    pub(super) fn check_audit_file(&self, store: &StoreLocation) -> anyhow::Result<()> {
        let StoreLocation::Embedded(database) = store else {
            return Ok(());
        };
        if self.audit.sink != AuditSinkKind::File {
            return Ok(());
        }
        let audit_file = &self.audit.file.path;
        for ending in ENDINGS {
            let mut file = database.clone().into_os_string();
            file.push(ending);
            let file = PathBuf::from(file);
            ensure!(
                !is_same(audit_file, &file),
                "`audit.file.path` is {}, which is a file of the store (`store.url`): name another file, such as audit.jsonl",
                audit_file.display()
            );
        }
        Ok(())
    }
}

/// Whether both paths lead to one file, also one that is not there yet.
fn is_same(one: &Path, other: &Path) -> bool {
    resolved(one) == resolved(other) || is_same_inode(one, other)
}

/// The path without links. What is not there is left as it is.
fn resolved(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        if let Ok(whole) = path.canonicalize() {
            return whole;
        }
        // A link to what is not there yet.
        let Ok(target) = fs::read_link(&path) else {
            break;
        };
        path = path.parent().unwrap_or(Path::new("")).join(target);
    }
    let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
    match (folder, path.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => path.components().collect(),
    }
}

#[cfg(unix)]
fn is_same_inode(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let id = |path: &Path| {
        fs::metadata(path)
            .ok()
            .map(|about| (about.dev(), about.ino()))
    };
    id(one).is_some_and(|found| Some(found) == id(other))
}

#[cfg(not(unix))]
const fn is_same_inode(_: &Path, _: &Path) -> bool {
    false
}
