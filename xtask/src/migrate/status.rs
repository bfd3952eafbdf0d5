//! Which steps a database has.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::tidy::migrations::{FOLDERS, parse};
use crate::{postgres, sqlite};

/// A database of the program.
pub enum Database {
    /// By its URL.
    Postgres(String),
    /// By the data folder.
    Sqlite(PathBuf),
}

const APPLIED: &str = "SELECT version, description FROM _sqlx_migrations ORDER BY version";

impl Database {
    /// The steps that it has, by number.
    pub fn applied(&self) -> Result<BTreeMap<u64, String>> {
        let answer = match self {
            Self::Postgres(url) => {
                let is_new = postgres::ask(url, "SELECT to_regclass('_sqlx_migrations') IS NULL")?;
                if is_new.trim() == "t" {
                    return Ok(BTreeMap::new());
                }
                postgres::ask(url, APPLIED)?
            }
            Self::Sqlite(folder) => {
                let file = folder.join("parlor.db");
                let tables = "SELECT count(*) FROM sqlite_schema WHERE name = '_sqlx_migrations'";
                if !file.is_file() || sqlite::ask(&file, tables)?.trim() == "0" {
                    return Ok(BTreeMap::new());
                }
                sqlite::ask(&file, APPLIED)?
            }
        };
        let rows = answer.lines().filter(|line| !line.is_empty());
        rows.map(|row| {
            let (version, description) = row.split_once('|').unwrap_or((row, ""));
            let version = version
                .parse()
                .with_context(|| format!("`{row}` is no step that was applied"))?;
            Ok((version, description.to_owned()))
        })
        .collect()
    }
}

/// The steps that are here, by number. Both stores have the same.
pub fn steps(root: &Path) -> Result<BTreeMap<u64, String>> {
    let [folder, _] = FOLDERS;
    let mut steps = BTreeMap::new();
    for file in fs::read_dir(root.join(folder))? {
        let name = file?.file_name();
        if let Some((number, words)) = parse(&name.to_string_lossy()) {
            steps.insert(number, words.replace('_', " "));
        }
    }
    Ok(steps)
}

/// One line a step: applied, missing, or of another version of the program.
pub fn table(steps: &BTreeMap<u64, String>, applied: &BTreeMap<u64, String>) -> String {
    let mut all = steps.clone();
    for (number, words) in applied {
        all.entry(*number).or_insert_with(|| words.clone());
    }
    let mut text = String::new();
    for (number, words) in &all {
        let state = match (steps.contains_key(number), applied.contains_key(number)) {
            (true, true) => "applied",
            (true, false) => "missing",
            (false, _) => "unknown here",
        };
        let _ = writeln!(text, "{number:04} {words}: {state}");
    }
    let missing = steps.keys().filter(|number| !applied.contains_key(number));
    let _ = writeln!(text, "{} steps, {} missing", steps.len(), missing.count());
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn each_step_is_applied_missing_or_unknown() {
        let of = |steps: &[(u64, &str)]| -> BTreeMap<u64, String> {
            let steps = steps.iter();
            steps
                .map(|(number, words)| (*number, (*words).to_owned()))
                .collect()
        };
        let here = of(&[(1, "users"), (2, "expand labels")]);
        let there = of(&[(1, "users"), (3, "expand tags")]);
        assert_eq!(
            table(&here, &there),
            "0001 users: applied\n0002 expand labels: missing\n0003 expand tags: unknown here\n2 steps, 1 missing\n"
        );
    }

    #[test]
    fn an_embedded_store_says_what_it_has() {
        let scratch = Scratch::new("migrate-status").unwrap();
        let database = Database::Sqlite(scratch.path().to_owned());
        assert!(database.applied().unwrap().is_empty());
        let file = scratch.path().join("applied.sql");
        let sql = "CREATE TABLE _sqlx_migrations (version INTEGER, description TEXT);
            INSERT INTO _sqlx_migrations VALUES (2, 'expand labels'), (1, 'users');";
        fs::write(&file, sql).unwrap();
        sqlite::run_file(&scratch.path().join("parlor.db"), &file).unwrap();
        let applied = database.applied().unwrap();
        assert_eq!(
            applied.into_values().collect::<Vec<_>>(),
            ["users", "expand labels"]
        );
    }
}
