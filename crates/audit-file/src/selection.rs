//! Which files to read, and in which order: those that were written first come first, whoever rotated them.

use std::{
    cmp::Reverse,
    fs, io,
    path::{Path, PathBuf},
};

use crate::platform::folder_of;

/// When a file was written, as its name says, compared with others of the same folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Age {
    /// `audit.jsonl-20261130`, as logrotate's `dateext` names it, or with a time behind the date.
    Dated(String),
    /// `audit.jsonl.000001`, as the sink names it. The lowest number is the oldest.
    Numbered(u64),
    /// `audit.jsonl.1`, as logrotate names it. The highest number is the oldest.
    Shifted(Reverse<u64>),
    /// Any other name. It is being written.
    Active,
}

impl Age {
    fn of(path: &Path) -> Self {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.rfind(['.', '-'])
            .and_then(|at| Self::of_ending(name.get(at..)?))
            .unwrap_or(Self::Active)
    }

    /// Whether there need be no older one.
    const fn may_be_the_first(&self) -> bool {
        match self {
            Self::Numbered(number) => *number == 1,
            // Whoever rotates so deletes the oldest, and no name tells whether that has happened.
            Self::Dated(_) | Self::Shifted(_) => false,
            Self::Active => true,
        }
    }

    /// What stands behind the name of the active file, with the `.` or `-` before it; `None` if no rotation names files so.
    fn of_ending(ending: &str) -> Option<Self> {
        if let Some(date) = ending.strip_prefix('-') {
            let (day, time) = date.split_at_checked(8)?;
            let is_date = is_number(day) && (time.is_empty() || is_number(time));
            return is_date.then(|| Self::Dated(date.to_owned()));
        }
        let digits = ending.strip_prefix('.')?;
        let number = is_number(digits).then(|| digits.parse().ok()).flatten()?;
        Some(if digits.len() < 6 {
            Self::Shifted(Reverse(number))
        } else {
            Self::Numbered(number)
        })
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The files to read: those that were asked for, and beside each of them those that it was rotated into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// By folder, then by age.
    files: Vec<PathBuf>,
    lacks_older: bool,
}

impl Selection {
    /// What lies there now. A path without any file is an error.
    pub fn find(paths: &[impl AsRef<Path>]) -> io::Result<Self> {
        let mut files = Vec::new();
        for path in paths {
            let found = family(path.as_ref())?;
            if found.is_empty() {
                return Err(io::Error::from(io::ErrorKind::NotFound));
            }
            // The same file may be asked for twice, by two ways to its folder.
            let folder = fs::canonicalize(folder_of(path.as_ref()))?;
            for file in found {
                let whole = folder.join(file.file_name().unwrap_or_default());
                files.push((folder.clone(), Age::of(&file), whole, file));
            }
        }
        files.sort_by(|one, other| (&one.0, &one.1, &one.2).cmp(&(&other.0, &other.1, &other.2)));
        files.dedup_by(|one, other| one.2 == other.2);
        let mut last_folder = None;
        let lacks_older = files.iter().any(|(folder, age, ..)| {
            let is_first = last_folder.replace(folder) != Some(folder);
            is_first && !age.may_be_the_first()
        });
        Ok(Self {
            files: files.into_iter().map(|(.., file)| file).collect(),
            lacks_older,
        })
    }

    /// The files, the oldest of each folder first.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// Whether older entries may be in files that are not among these.
    pub const fn lacks_older(&self) -> bool {
        self.lacks_older
    }
}

/// The file, if it is there, and those that it was rotated into.
fn family(path: &Path) -> io::Result<Vec<PathBuf>> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut family = Vec::new();
    for entry in fs::read_dir(folder_of(path))? {
        let found = entry?.file_name();
        let found = found.to_string_lossy();
        let is_rotated = found
            .strip_prefix(&*name)
            .is_some_and(|ending| Age::of_ending(ending).is_some());
        if is_rotated || found == name {
            family.push(path.with_file_name(&*found));
        }
    }
    Ok(family)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(selection: &Selection) -> Vec<String> {
        let names = selection.files().iter();
        names
            .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
            .collect()
    }

    #[test]
    fn files_come_in_the_order_of_their_age_whoever_rotated_them_and_however_they_are_asked_for() {
        for (there, lacks_older) in [
            (&["audit.jsonl"][..], false),
            (
                &["audit.jsonl.000001", "audit.jsonl.000002", "audit.jsonl"],
                false,
            ),
            (
                &[
                    "audit.jsonl.000009",
                    "audit.jsonl.000010",
                    "audit.jsonl.1000000",
                ],
                true,
            ),
            (
                &[
                    "audit.jsonl.10",
                    "audit.jsonl.2",
                    "audit.jsonl.1",
                    "audit.jsonl",
                ],
                true,
            ),
            (
                &[
                    "audit.jsonl-20251231",
                    "audit.jsonl-20261129",
                    "audit.jsonl-2026113012",
                    "audit.jsonl",
                ],
                true,
            ),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let others = [
                "audit.jsonl.gz",
                "audit.jsonl.1.gz",
                "audit.jsonl-old",
                "audit.jsonl.+1",
                "other.jsonl.1",
            ];
            for name in there.iter().chain(&others) {
                fs::write(folder.path().join(name), "").unwrap();
            }
            let active = folder.path().join("audit.jsonl");
            let each: Vec<_> = there
                .iter()
                .rev()
                .map(|name| folder.path().join(name))
                .collect();
            let twice = [each.clone(), each.clone()].concat();
            for asked in [vec![active], each, twice] {
                let selection = Selection::find(&asked).unwrap();
                assert_eq!(names(&selection), there);
                assert_eq!(selection.lacks_older(), lacks_older, "{there:?}");
            }
        }
    }

    #[test]
    fn each_folder_is_read_by_itself() {
        let folder = tempfile::tempdir().unwrap();
        let mut asked = Vec::new();
        for name in ["one", "two"] {
            let instance = folder.path().join(name);
            fs::create_dir(&instance).unwrap();
            fs::write(instance.join("audit.jsonl.000001"), "").unwrap();
            fs::write(instance.join("audit.jsonl"), "").unwrap();
            asked.insert(0, instance.join("audit.jsonl"));
        }
        let selection = Selection::find(&asked).unwrap();
        let expected = [
            "one/audit.jsonl.000001",
            "one/audit.jsonl",
            "two/audit.jsonl.000001",
            "two/audit.jsonl",
        ];
        let expected = expected.map(|name| folder.path().join(name));
        assert_eq!(selection.files(), expected);
    }

    #[test]
    fn a_path_without_a_file_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("audit.jsonl"), "").unwrap();
        for missing in ["other.jsonl", "gone/audit.jsonl"] {
            let asked = ["audit.jsonl", missing].map(|name| folder.path().join(name));
            assert!(Selection::find(&asked).is_err(), "{missing}");
        }
    }
}
