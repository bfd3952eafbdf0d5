//! `cargo xtask migrate check`: every step, on a database that has all steps before it and rows in it.
//!
//! `migrations/rows/STORE/NNNN.sql` puts rows into the tables that are there after step NNNN, as a program of that version stores
//! them. Each later step finds those rows.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};

use super::new::TEMPLATE;
use crate::postgres::Postgres;
use crate::scratch::Scratch;
use crate::tidy::migrations::{PREFIXES, parse};
use crate::{prepare, shell, sqlite, tidy};

/// A database to which steps are applied.
trait Steps {
    /// Runs a file of SQL, as one transaction where the store does.
    fn run_file(&self, file: &Path) -> Result<()>;

    /// What a statement answers: columns between `|`, a row a line.
    fn ask(&self, statement: &str) -> Result<String>;

    /// The tables of the program, a name a line.
    fn tables(&self) -> Result<String>;

    /// Fails where rows break a rule of the schema.
    fn inspect(&self) -> Result<()>;
}

struct Sqlite(PathBuf);

impl Steps for Sqlite {
    fn run_file(&self, file: &Path) -> Result<()> {
        sqlite::run_file(&self.0, file)
    }

    fn ask(&self, statement: &str) -> Result<String> {
        sqlite::ask(&self.0, statement)
    }

    fn tables(&self) -> Result<String> {
        // Those of a full-text index are its own.
        self.ask(
            "SELECT t.name FROM sqlite_schema AS t WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite@_%' ESCAPE '@' \
             AND NOT EXISTS (SELECT 1 FROM sqlite_schema AS v WHERE v.sql LIKE 'CREATE VIRTUAL%' AND t.name LIKE v.name || '%')",
        )
    }

    fn inspect(&self) -> Result<()> {
        let broken = self.ask("SELECT * FROM pragma_foreign_key_check")?;
        ensure!(
            broken.is_empty(),
            "rows name others that are not there:\n{broken}"
        );
        let whole = self.ask("SELECT * FROM pragma_integrity_check")?;
        ensure!(whole.trim() == "ok", "the database is not whole: {whole}");
        Ok(())
    }
}

impl Steps for Postgres {
    fn run_file(&self, file: &Path) -> Result<()> {
        self.run_file("postgres", file)
    }

    fn ask(&self, statement: &str) -> Result<String> {
        self.ask("postgres", statement)
    }

    fn tables(&self) -> Result<String> {
        self.ask(
            "postgres",
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
        )
    }

    fn inspect(&self) -> Result<()> {
        let invalid = self.ask(
            "postgres",
            "SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid",
        )?;
        ensure!(
            invalid.is_empty(),
            "these indexes are not valid:\n{invalid}"
        );
        Ok(())
    }
}

pub fn run() -> Result<()> {
    tidy::check_migrations()?;
    let root = shell::root().join("migrations");
    let scratch = Scratch::new("migrate-check")?;
    let sqlite = Sqlite(scratch.path().join("check.db"));
    println!("sqlite: {}", check("sqlite", &sqlite, &root)?);
    let postgres = Postgres::start(&scratch)?;
    println!("postgres: {}", check("postgres", &postgres, &root)?);
    Ok(())
}

/// Applies the steps of a store, one after the other, to a database with rows; answers what was proved.
fn check(store: &str, database: &dyn Steps, root: &Path) -> Result<String> {
    let (mut steps, mut with_rows, mut rows) = (0, 0, BTreeMap::new());
    for step in prepare::migrations(&root.join(store))? {
        let shown = step.display();
        let name = step.file_name().unwrap_or_default().to_string_lossy();
        let (number, words) = parse(&name).with_context(|| format!("{shown} has no number"))?;
        ensure!(
            !fs::read_to_string(&step)?.contains(TEMPLATE.trim_end()),
            "{shown} says TODO: write what the step is for"
        );
        let before = counts(database)?;
        let applied = database.run_file(&step).and_then(|()| database.inspect());
        applied.with_context(|| format!("{shown} does not apply to rows of the version before"))?;
        if words.starts_with(PREFIXES[0]) {
            let after = counts(database)?;
            for (table, count) in &before {
                match after.get(table) {
                    Some(left) if left >= count => {}
                    Some(left) => bail!(
                        "{shown} leaves {left} of {count} rows in {table}, and says that it expands"
                    ),
                    None => bail!("{shown} takes {table} away, and says that it expands"),
                }
            }
        }
        steps += 1;
        with_rows += usize::from(!rows.is_empty());
        let file = root.join(format!("rows/{store}/{number:04}.sql"));
        if file.is_file() {
            let filled = database.run_file(&file).and_then(|()| database.inspect());
            filled.with_context(|| format!("{} does not fit its version", file.display()))?;
            rows = counts(database)?;
        }
    }
    ensure!(
        !rows.is_empty(),
        "{store} has no rows to which steps are applied"
    );
    let empty = counts(database)?;
    let empty = empty.iter().filter(|(_, count)| **count == 0);
    let empty: Vec<&str> = empty.map(|(table, _)| table.as_str()).collect();
    let told = if empty.is_empty() {
        String::new()
    } else {
        format!("; without rows are {}", empty.join(", "))
    };
    Ok(format!(
        "{steps} steps apply, {with_rows} of them to a database with rows{told}"
    ))
}

/// How many rows each table has.
fn counts(database: &dyn Steps) -> Result<BTreeMap<String, u64>> {
    let tables = database.tables()?;
    let tables: Vec<&str> = tables.lines().filter(|name| !name.is_empty()).collect();
    if tables.is_empty() {
        return Ok(BTreeMap::new());
    }
    let each = tables.iter();
    let each = each.map(|table| format!("SELECT '{table}', count(*) FROM {table}"));
    let answer = database.ask(&each.collect::<Vec<_>>().join(" UNION ALL "))?;
    let rows = answer.lines().filter(|row| !row.is_empty());
    rows.map(|row| {
        let counted = row.split_once('|');
        let counted = counted.and_then(|(table, count)| Some((table, count.parse().ok()?)));
        let (table, count) = counted.with_context(|| format!("`{row}` counts no table's rows"))?;
        Ok((table.to_owned(), count))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: (&str, &str) = (
        "rows/sqlite/0001.sql",
        "INSERT INTO users VALUES (1, 'a'), (2, 'a');",
    );
    const USERS: (&str, &str) = (
        "sqlite/0001_users.sql",
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);",
    );

    fn outcome(purpose: &str, files: &[(&str, &str)]) -> Result<String> {
        let scratch = Scratch::new(purpose).unwrap();
        fs::create_dir_all(scratch.path().join("rows/sqlite")).unwrap();
        fs::create_dir_all(scratch.path().join("sqlite")).unwrap();
        for (file, text) in files {
            fs::write(scratch.path().join(file), text).unwrap();
        }
        let database = Sqlite(scratch.path().join("check.db"));
        check("sqlite", &database, scratch.path())
    }

    fn refusal(purpose: &str, step: &str, sql: &str) -> String {
        let name = format!("sqlite/{step}");
        let error = outcome(purpose, &[USERS, ROWS, (&name, sql)]).unwrap_err();
        format!("{error:#}")
    }

    #[test]
    fn steps_that_keep_the_rows_apply() {
        let told = outcome(
            "migrate-check-good",
            &[
                USERS,
                ROWS,
                (
                    "sqlite/0002_expand_email.sql",
                    "ALTER TABLE users ADD COLUMN email TEXT;",
                ),
                (
                    "sqlite/0003_expand_labels.sql",
                    "CREATE TABLE labels (id INTEGER PRIMARY KEY);",
                ),
                (
                    "sqlite/0004_contract_email.sql",
                    "ALTER TABLE users DROP COLUMN email; DELETE FROM users WHERE id = 2;",
                ),
            ],
        );
        assert_eq!(
            told.unwrap(),
            "4 steps apply, 3 of them to a database with rows; without rows are labels"
        );
    }

    #[test]
    fn a_step_that_applies_to_an_empty_database_alone_is_refused() {
        let told = refusal(
            "migrate-check-unique",
            "0002_expand_unique.sql",
            "CREATE UNIQUE INDEX users_by_name ON users (name);",
        );
        assert!(
            told.contains("0002_expand_unique.sql does not apply to rows of the version before"),
            "{told}"
        );
    }

    #[test]
    fn a_step_that_expands_and_loses_rows_or_a_table_is_refused() {
        let told = refusal(
            "migrate-check-rows",
            "0002_expand_clean.sql",
            "DELETE FROM users WHERE id = 2;",
        );
        assert!(told.contains("leaves 1 of 2 rows in users"), "{told}");
        let told = refusal(
            "migrate-check-table",
            "0002_expand_none.sql",
            "DROP TABLE users;",
        );
        assert!(told.contains("takes users away"), "{told}");
    }

    #[test]
    fn rows_that_name_others_which_are_not_there_are_refused() {
        let told = refusal(
            "migrate-check-keys",
            "0002_expand_labels.sql",
            "CREATE TABLE labels (user_id INTEGER REFERENCES users); INSERT INTO labels VALUES (9);",
        );
        assert!(
            told.contains("rows name others that are not there"),
            "{told}"
        );
    }

    #[test]
    fn a_step_that_was_not_written_is_refused() {
        let told = refusal("migrate-check-todo", "0002_expand_labels.sql", TEMPLATE);
        assert!(told.contains("says TODO"), "{told}");
    }

    #[test]
    fn steps_without_any_rows_prove_nothing() {
        assert!(outcome("migrate-check-empty", &[USERS]).is_err());
    }
}
