//! Which files to read, and in which order: those that were written first come first, whoever rotated them.

use std::{
    cmp::Reverse,
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use crate::{family::COMPRESSED, platform::folder_of};

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
        rotated(&name).map_or(Self::Active, |(_, age)| age)
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

    /// What the `.` or `-` and what comes after it says; `None` if no rotation names files so.
    fn of_ending(ending: &str) -> Option<Self> {
        if let Some(date) = ending.strip_prefix('-') {
            // The dashes of `-%Y-%m-%d` change nothing of the order.
            let digits: String = date.chars().filter(|letter| *letter != '-').collect();
            let is_date = is_number(&digits) && digits.len() >= 8;
            return is_date.then_some(Self::Dated(digits));
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

/// The name of the file that was rotated into the one of this name, and when that was. `None` for a name of no rotated file.
///
/// The number or date stands at the end, or before what logrotate's `extension` names: `audit.jsonl.1` or `audit.1.jsonl`. In
/// both cases gzip may have added its ending.
fn rotated(name: &str) -> Option<(String, Age)> {
    let name = name.strip_suffix(COMPRESSED).unwrap_or(name);
    let at_the_end = |name: &str| {
        // A date with dashes, a date or number without.
        let dated = name.len().checked_sub("-2026-11-30".len());
        let last = name.rfind(['.', '-']);
        [dated, last].into_iter().flatten().find_map(|at| {
            let (stem, ending) = name.split_at_checked(at)?;
            Some((stem.to_owned(), Age::of_ending(ending)?))
        })
    };
    if let Some((stem, age)) = at_the_end(name) {
        return Some((stem, age));
    }
    let (before, extension) = name.rsplit_once('.')?;
    let (stem, age) = at_the_end(before)?;
    Some((format!("{stem}.{extension}"), age))
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
    let mut family = BTreeSet::new();
    for entry in fs::read_dir(folder_of(path))? {
        let found = entry?.file_name();
        let found = found.to_string_lossy();
        let is_rotated = rotated(&found).is_some_and(|(active, _)| active == name);
        if is_rotated || found == name {
            family.insert(found.into_owned());
        }
    }
    // gzip removes a file when its compressed copy is whole.
    let is_copy = |found: &str| {
        let whole = found.strip_suffix(COMPRESSED);
        found != name && whole.is_some_and(|whole| family.contains(whole))
    };
    let family = family.iter().filter(|found| !is_copy(found));
    Ok(family.map(|found| path.with_file_name(found)).collect())
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
            (
                &["audit.jsonl.000001.gz", "audit.jsonl.000002", "audit.jsonl"],
                false,
            ),
            (&["audit.3.jsonl.gz", "audit.2.jsonl", "audit.jsonl"], true),
            (
                &[
                    "audit-2025-12-31.jsonl.gz",
                    "audit-2026-11-29.jsonl",
                    "audit.jsonl",
                ],
                true,
            ),
            (&["audit-20261129.jsonl.gz", "audit.jsonl"], true),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let others = [
                "audit.jsonl.gz",
                "audit.jsonl-old",
                "audit.jsonl-2026",
                "audit-backup.jsonl",
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
    fn a_file_that_is_being_compressed_is_read_once() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["audit.jsonl", "audit.jsonl.1", "audit.jsonl.1.gz"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let selection = Selection::find(&[folder.path().join("audit.jsonl")]).unwrap();
        assert_eq!(names(&selection), ["audit.jsonl.1", "audit.jsonl"]);
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
