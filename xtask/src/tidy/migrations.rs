//! The migrations of both stores: the same steps, in the same order, with names that say what they do to running instances.

use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, SourceFile};

/// The folders, one for each store.
pub const FOLDERS: [&str; 2] = ["migrations/sqlite", "migrations/postgres"];

/// From this number on a name begins with one of [`PREFIXES`]. Earlier steps were released without.
const FIRST_WITH_PREFIX: u64 = 15;

/// What a name says: whether instances of the version before can go on.
pub const PREFIXES: [&str; 2] = ["expand_", "contract_"];

/// The number and the rest of a migration's name: `0015_expand_sessions.sql` is `(15, "expand_sessions")`.
pub fn parse(file_name: &str) -> Option<(u64, &str)> {
    let (number, name) = file_name.strip_suffix(".sql")?.split_once('_')?;
    let is_number = number.len() == 4 && number.bytes().all(|byte| byte.is_ascii_digit());
    let is_name = !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    (is_number && is_name).then_some((number.parse().ok()?, name))
}

pub(super) fn check(files: &[SourceFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut steps: [BTreeMap<(u64, &str), &str>; 2] = Default::default();
    for (folder, steps) in FOLDERS.iter().zip(&mut steps) {
        let mut numbers = BTreeSet::new();
        for file in files {
            let Some(name) = name_in(folder, &file.path) else {
                continue;
            };
            let Some((number, words)) = parse(name) else {
                findings.push(Finding::new(
                    &file.path,
                    "a migration is named NNNN_expand_WHAT.sql or NNNN_contract_WHAT.sql, in small letters: \
                     `cargo xtask migrate new` makes one",
                ));
                continue;
            };
            if !numbers.insert(number) {
                findings.push(Finding::new(
                    &file.path,
                    format!("the number {number:04} is used twice: take the next free one in both stores"),
                ));
            }
            if number >= FIRST_WITH_PREFIX
                && !PREFIXES.iter().any(|prefix| words.starts_with(prefix))
            {
                findings.push(Finding::new(
                    &file.path,
                    "its name must begin with `expand_` or `contract_`: without, running instances of the version before are \
                     taken out of service",
                ));
            }
            steps.insert((number, words), &file.path);
        }
    }
    let [sqlite, postgres] = &steps;
    for (own, other, folder) in [
        (sqlite, postgres, FOLDERS[1]),
        (postgres, sqlite, FOLDERS[0]),
    ] {
        let alone = own.iter().filter(|(step, _)| !other.contains_key(step));
        findings.extend(alone.map(|((number, words), path)| {
            Finding::new(
                *path,
                format!("it has no twin: add {folder}/{number:04}_{words}.sql, with a comment alone if that store needs nothing"),
            )
        }));
    }
    findings
}

/// The name of a file that is right in this folder.
fn name_in<'a>(folder: &str, path: &'a str) -> Option<&'a str> {
    let name = path.strip_prefix(folder)?.strip_prefix('/')?;
    (!name.contains('/')).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::super::testing::file;
    use super::*;

    fn findings(paths: &[&str]) -> Vec<String> {
        let files: Vec<SourceFile> = paths.iter().map(|path| file(path, "SELECT 1;\n")).collect();
        check(&files).iter().map(ToString::to_string).collect()
    }

    fn only_finding(paths: &[&str]) -> String {
        let mut all = findings(paths);
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    #[test]
    fn twins_with_a_prefix_are_tidy_and_the_first_steps_need_none() {
        let paths = [
            "migrations/sqlite/0001_users.sql",
            "migrations/postgres/0001_users.sql",
            "migrations/sqlite/0015_expand_labels.sql",
            "migrations/postgres/0015_expand_labels.sql",
            "migrations/sqlite/0016_contract_labels.sql",
            "migrations/postgres/0016_contract_labels.sql",
            "migrations/rows/sqlite/0011.sql",
        ];
        assert!(findings(&paths).is_empty());
    }

    #[test]
    fn a_name_that_says_nothing_about_running_instances_is_a_finding() {
        let all = findings(&[
            "migrations/sqlite/0015_labels.sql",
            "migrations/postgres/0015_labels.sql",
        ]);
        assert_eq!(all.len(), 2);
        assert!(
            all[0].contains("must begin with `expand_` or `contract_`"),
            "{all:?}"
        );
    }

    #[test]
    fn a_step_of_one_store_alone_is_a_finding() {
        for (here, there) in [("sqlite", "postgres"), ("postgres", "sqlite")] {
            let path = format!("migrations/{here}/0015_expand_labels.sql");
            let finding = only_finding(&[&path]);
            assert!(
                finding.contains(&format!("add migrations/{there}/0015_expand_labels.sql")),
                "{finding}"
            );
        }
    }

    #[test]
    fn twins_have_the_same_number_and_the_same_name() {
        let all = findings(&[
            "migrations/sqlite/0015_expand_labels.sql",
            "migrations/postgres/0015_expand_tags.sql",
        ]);
        assert_eq!(all.len(), 2, "{all:?}");
        let all = findings(&[
            "migrations/sqlite/0015_expand_labels.sql",
            "migrations/postgres/0016_expand_labels.sql",
        ]);
        assert_eq!(all.len(), 2, "{all:?}");
    }

    #[test]
    fn a_number_that_is_used_twice_is_a_finding() {
        let all = findings(&[
            "migrations/sqlite/0015_expand_labels.sql",
            "migrations/sqlite/0015_expand_tags.sql",
            "migrations/postgres/0015_expand_labels.sql",
            "migrations/postgres/0015_expand_tags.sql",
        ]);
        assert_eq!(all.len(), 2, "{all:?}");
        assert!(all[0].contains("the number 0015 is used twice"), "{all:?}");
    }

    #[test]
    fn what_is_not_named_like_a_migration_is_a_finding() {
        for name in [
            "15_expand_labels.sql",
            "0015-expand-labels.sql",
            "0015_expand_Labels.sql",
            "0015_.sql",
            "notes.md",
        ] {
            let finding = only_finding(&[&format!("migrations/sqlite/{name}")]);
            assert!(finding.contains("NNNN_expand_WHAT.sql"), "{finding}");
        }
    }
}
