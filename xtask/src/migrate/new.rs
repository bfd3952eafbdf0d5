//! `cargo xtask migrate new`.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use crate::tidy::migrations::{FOLDERS, PREFIXES, parse};

/// What a new file says. `cargo xtask migrate check` refuses a step that still says it.
pub const TEMPLATE: &str =
    "-- TODO: what this step is for, and what it means for instances of the version before.\n";

/// Adds the twin files of the next step; answers their paths.
///
/// # Errors
/// When the name is none, or a file cannot be written.
pub fn add(root: &Path, name: &str, contract: bool) -> Result<Vec<String>> {
    let words = words(name, contract)?;
    let mut last = 0;
    for folder in FOLDERS {
        let path = root.join(folder);
        let files =
            fs::read_dir(&path).with_context(|| format!("cannot read {}", path.display()))?;
        for file in files {
            let name = file?.file_name();
            let number = parse(&name.to_string_lossy()).map(|(number, _)| number);
            last = last.max(number.unwrap_or_default());
        }
    }
    let mut added = Vec::new();
    for folder in FOLDERS {
        let file = format!("{folder}/{:04}_{words}.sql", last + 1);
        let written = File::create_new(root.join(&file))
            .and_then(|mut new| new.write_all(TEMPLATE.as_bytes()));
        written.with_context(|| format!("cannot write {file}"))?;
        added.push(file);
    }
    Ok(added)
}

/// The name of a file, without its number: with the prefix that says what the step does.
fn words(name: &str, contract: bool) -> Result<String> {
    let words = name.trim().to_lowercase().replace([' ', '-'], "_");
    let [expand, contracts] = PREFIXES;
    ensure!(
        contract || !words.starts_with(contracts),
        "a step that takes something away is added with `--contract`"
    );
    ensure!(
        !contract || !words.starts_with(expand),
        "`--contract` adds a step that takes something away, and its name says that it expands"
    );
    let prefix = if contract { contracts } else { expand };
    let words = if words.starts_with(prefix) {
        words
    } else {
        format!("{prefix}{words}")
    };
    ensure!(
        words.len() > prefix.len() && parse(&format!("0001_{words}.sql")).is_some(),
        "`{name}` is no name: use small letters, digits and `_`"
    );
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    fn folder(purpose: &str, files: &[&str]) -> Scratch {
        let scratch = Scratch::new(purpose).unwrap();
        for folder in FOLDERS {
            fs::create_dir_all(scratch.path().join(folder)).unwrap();
        }
        for file in files {
            fs::write(scratch.path().join(file), "SELECT 1;\n").unwrap();
        }
        scratch
    }

    #[test]
    fn a_new_step_has_the_next_number_of_both_stores_and_says_what_it_does() {
        let scratch = folder(
            "migrate-new",
            &[
                "migrations/sqlite/0009_expand_a.sql",
                "migrations/postgres/0010_expand_b.sql",
            ],
        );
        let added = add(scratch.path(), "Conversation labels", false).unwrap();
        assert_eq!(
            added,
            [
                "migrations/sqlite/0011_expand_conversation_labels.sql",
                "migrations/postgres/0011_expand_conversation_labels.sql"
            ]
        );
        for file in added {
            assert_eq!(
                fs::read_to_string(scratch.path().join(file)).unwrap(),
                TEMPLATE
            );
        }
        let added = add(scratch.path(), "conversation-labels", true).unwrap();
        assert_eq!(
            added[0],
            "migrations/sqlite/0012_contract_conversation_labels.sql"
        );
        let added = add(scratch.path(), "expand_sessions", false).unwrap();
        assert_eq!(added[1], "migrations/postgres/0013_expand_sessions.sql");
    }

    #[test]
    fn what_is_no_name_adds_nothing() {
        let scratch = folder("migrate-no-name", &[]);
        for (name, contract) in [
            ("", false),
            ("expand_", false),
            ("labels/of", false),
            ("라벨", false),
            ("contract_labels", false),
            ("expand_labels", true),
        ] {
            assert!(add(scratch.path(), name, contract).is_err(), "{name}");
        }
        for folder in FOLDERS {
            assert_eq!(
                fs::read_dir(scratch.path().join(folder)).unwrap().count(),
                0
            );
        }
    }
}
