//! The names of an audit file and of those that it was rotated into.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::platform::folder_of;

/// The ending of a file that gzip compressed.
pub(crate) const COMPRESSED: &str = ".gz";

/// An audit file, `audit.jsonl`, with those that it was rotated into: `audit.jsonl.000001`, `audit.jsonl.000002` and so on,
/// the oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditFiles {
    rotated: Vec<(u64, PathBuf)>,
    active: PathBuf,
}

impl AuditFiles {
    /// What lies in the folder now.
    pub fn find(path: &Path) -> io::Result<Self> {
        let mut rotated = Vec::new();
        for entry in fs::read_dir(folder_of(path))? {
            let found = entry?.path();
            if let Some(number) = rotation_number(path, &found) {
                rotated.push((number, found));
            }
        }
        rotated.sort();
        // One that is being compressed is there twice. The compressed one sorts behind.
        rotated.dedup_by_key(|(number, _)| *number);
        Ok(Self {
            rotated,
            active: path.to_owned(),
        })
    }

    /// Those that are written no more, the oldest first.
    pub fn rotated(&self) -> impl DoubleEndedIterator<Item = &Path> + ExactSizeIterator {
        self.rotated.iter().map(|(_, path)| path.as_path())
    }

    /// The one that is being written.
    pub fn active(&self) -> &Path {
        &self.active
    }

    /// Whether the first file of all is there, or nothing was ever rotated: else, older entries lie elsewhere.
    pub fn begins_at_the_first(&self) -> bool {
        self.rotated.first().is_none_or(|(number, _)| *number == 1)
    }

    /// Where to move the active file.
    pub(crate) fn next(&self) -> PathBuf {
        let number = self.rotated.last().map_or(1, |(number, _)| number + 1);
        let mut name = self.active.clone().into_os_string();
        name.push(format!(".{number:06}"));
        name.into()
    }
}

/// The number behind the name of the active file, also where somebody compressed the file; other files in the folder have none.
fn rotation_number(active: &Path, found: &Path) -> Option<u64> {
    let name = active.file_name()?.to_str()?;
    let digits = found
        .file_name()?
        .to_str()?
        .strip_prefix(name)?
        .strip_prefix('.')?;
    let digits = digits.strip_suffix(COMPRESSED).unwrap_or(digits);
    if digits.len() < 6 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(files: &AuditFiles) -> Vec<&str> {
        files
            .rotated()
            .map(|path| path.file_name().unwrap().to_str().unwrap())
            .collect()
    }

    #[test]
    fn rotated_files_are_found_in_the_order_of_their_numbers() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "audit.jsonl",
            "audit.jsonl.000010",
            "audit.jsonl.000009",
            "audit.jsonl.1000000",
            "audit.jsonl.gz",
            "audit.jsonl.7",
            "audit.jsonl.000010.gz",
            "audit.jsonl.000008.gz",
            "audit.jsonl.+00011",
            "other.jsonl.000001",
        ] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let files = AuditFiles::find(&folder.path().join("audit.jsonl")).unwrap();
        assert_eq!(
            names(&files),
            [
                "audit.jsonl.000008.gz",
                "audit.jsonl.000009",
                "audit.jsonl.000010",
                "audit.jsonl.1000000"
            ]
        );
        assert_eq!(files.next(), folder.path().join("audit.jsonl.1000001"));
        assert!(!files.begins_at_the_first());
    }

    #[test]
    fn the_numbers_go_on_after_those_of_compressed_files() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("audit.jsonl.000003.gz"), "").unwrap();
        let files = AuditFiles::find(&folder.path().join("audit.jsonl")).unwrap();
        assert_eq!(files.next(), folder.path().join("audit.jsonl.000004"));
    }

    #[test]
    fn a_file_that_was_never_rotated_stands_alone() {
        let folder = tempfile::tempdir().unwrap();
        let files = AuditFiles::find(&folder.path().join("audit.jsonl")).unwrap();
        assert_eq!(names(&files), [""; 0]);
        assert_eq!(files.next(), folder.path().join("audit.jsonl.000001"));
        assert!(files.begins_at_the_first());
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(AuditFiles::find(&folder.path().join("gone/audit.jsonl")).is_err());
    }
}
