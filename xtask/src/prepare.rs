//! `cargo xtask prepare`: the stores' queries are checked against the schema when they are compiled. So
//! that a clone builds without a database, what sqlx learned from one is committed in `crates/C/.sqlx`; this task
//! writes it: it applies the migrations to a throw-away database and compiles the store against that.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::machine;
use crate::postgres::Postgres;
use crate::scratch::Scratch;
use crate::{shell, sqlite};

/// A crate with checked queries.
struct Store {
    package: &'static str,
    folder: &'static str,
    migrations: &'static str,
    /// The variable that its `sqlx.toml` names for the URL of the database.
    url: &'static str,
    /// Makes an empty database in a scratch folder.
    database: fn(&Scratch) -> Result<Database>,
}

const STORES: &[Store] = &[
    Store {
        package: "parlor-adapters-sqlite",
        folder: "crates/adapters-sqlite",
        migrations: "migrations/sqlite",
        url: "SQLITE_DATABASE_URL",
        database: |scratch| Ok(Database::Sqlite(scratch.path().join("prepare.db"))),
    },
    Store {
        package: "parlor-adapters-postgres",
        folder: "crates/adapters-postgres",
        migrations: "migrations/postgres",
        url: "PG_DATABASE_URL",
        database: |scratch| Ok(Database::Postgres(Postgres::start(scratch)?)),
    },
];

/// A throw-away database, which lives as long as the value.
enum Database {
    Sqlite(PathBuf),
    Postgres(Postgres),
}

impl Database {
    fn url(&self) -> String {
        match self {
            Self::Sqlite(file) => format!("sqlite://{}", file.display()),
            Self::Postgres(server) => server.url("postgres"),
        }
    }

    fn apply(&self, migration: &Path) -> Result<()> {
        match self {
            Self::Sqlite(file) => sqlite::run_file(file, migration),
            Self::Postgres(server) => server.run_file("postgres", migration),
        }
        .with_context(|| format!("{} does not apply", migration.display()))
    }
}

/// Arguments of `cargo xtask prepare`.
#[derive(Args)]
pub struct Arguments {
    /// Change nothing, and fail when something would have changed.
    #[arg(long)]
    pub check: bool,
    /// Prepare only this store's crate.
    #[arg(long, short, value_name = "CRATE", value_parser = PossibleValuesParser::new(STORES.iter().map(|store| store.package)))]
    pub package: Option<String>,
}

/// The data of a store: what each file holds, by its name.
type QueryData = BTreeMap<String, Vec<u8>>;

pub fn run(arguments: &Arguments) -> Result<()> {
    let asked = |store: &&Store| match &arguments.package {
        Some(package) => store.package == package,
        None => true,
    };
    if arguments.check {
        machine::ensure_kafka_builds()?;
    }
    for store in STORES.iter().filter(asked) {
        prepare(store, arguments.check)
            .with_context(|| format!("cannot prepare the queries of {}", store.package))?;
    }
    Ok(())
}

fn prepare(store: &Store, check: bool) -> Result<()> {
    let scratch = Scratch::new("prepare")?;
    let database = (store.database)(&scratch)?;
    for migration in migrations(&shell::root().join(store.migrations))? {
        database.apply(&migration)?;
    }
    let written = scratch.path().join("data");
    fs::create_dir(&written)?;
    compile_against(store, &database.url(), &written, check)?;

    let folder = shell::root().join(store.folder).join(".sqlx");
    let (new, old) = (read(&written)?, read(&folder)?);
    let changed = changes(&old, &new);
    if check {
        ensure!(
            changed.is_empty(),
            "{} of {} files in {}/.sqlx are not what the queries and migrations make of them: run \
             `cargo xtask prepare` and commit the folder",
            changed.len(),
            old.len().max(new.len()),
            store.folder
        );
    } else {
        fs::create_dir_all(&folder)?;
        for name in &changed {
            match new.get(*name) {
                Some(data) => fs::write(folder.join(name), data)?,
                None => fs::remove_file(folder.join(name))?,
            }
        }
    }
    println!(
        "{}: {} queries, {} changed",
        store.package,
        new.len(),
        changed.len()
    );
    Ok(())
}

/// The migrations of a folder in the order in which they are applied: by the number that begins their name.
pub fn migrations(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for name in read(folder)?.into_keys() {
        let path = folder.join(&name);
        if path.extension().is_none_or(|extension| extension != "sql")
            || name.ends_with(".down.sql")
        {
            continue;
        }
        let digits: String = name.chars().take_while(char::is_ascii_digit).collect();
        let version: u64 = digits
            .parse()
            .with_context(|| format!("{} must begin with its number", path.display()))?;
        found.push((version, path));
    }
    found.sort();
    Ok(found.into_iter().map(|(_, path)| path).collect())
}

/// Compiles the store against the database, upon which sqlx writes what it learns of each query into `written`.
fn compile_against(store: &Store, database: &str, written: &Path, check: bool) -> Result<()> {
    // Cargo does not know that the environment matters to the macros, so it must see a change.
    let library = shell::root().join(store.folder).join("src/lib.rs");
    let original = changed_at(&library)?;
    #[expect(
        clippy::disallowed_methods,
        reason = "the time of a file, not one of the product's"
    )]
    let now = SystemTime::now();
    set_changed_at(&library, now)?;
    let touched = changed_at(&library)?;
    let mut command = shell::cargo();
    command.args(["check", "--quiet", "--all-targets"]);
    // While somebody works on a store, only that one must compile. In CI the whole workspace does, with the same features
    // as for the lints before, so that no dependency is compiled twice.
    if check {
        command.args(shell::WORKSPACE);
    } else {
        command.args(["--package", store.package]);
    }
    command
        .env("SQLX_OFFLINE", "false")
        .env("SQLX_OFFLINE_DIR", written)
        .env(store.url, database);
    let compiled = shell::run(&mut command);
    // A mere check leaves everything as new as it was, unless somebody edited the file meanwhile.
    if check && changed_at(&library)? == touched {
        set_changed_at(&library, original)?;
    }
    compiled
}

/// The time of a file's last change.
fn changed_at(path: &Path) -> Result<SystemTime> {
    let time = fs::metadata(path).and_then(|about| about.modified());
    time.with_context(|| format!("cannot read the time of {}", path.display()))
}

fn set_changed_at(path: &Path, time: SystemTime) -> Result<()> {
    let file = File::options().append(true).open(path);
    file.and_then(|file| file.set_modified(time))
        .with_context(|| format!("cannot touch {}", path.display()))
}

/// The files of a folder; none when the folder is missing.
fn read(folder: &Path) -> Result<QueryData> {
    let mut files = QueryData::new();
    if folder.is_dir() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                let name = entry.file_name().to_string_lossy().into_owned();
                files.insert(name, fs::read(entry.path())?);
            }
        }
    }
    Ok(files)
}

/// The names of the files that are new, other, or gone.
fn changes<'a>(old: &'a QueryData, new: &'a QueryData) -> Vec<&'a String> {
    let gone = old.keys().filter(|name| !new.contains_key(*name));
    let other = new
        .iter()
        .filter(|(name, data)| old.get(*name) != Some(data));
    gone.chain(other.map(|(name, _)| name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(files: &[(&str, &str)]) -> QueryData {
        files
            .iter()
            .map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()))
            .collect()
    }

    #[test]
    fn what_is_new_other_or_gone_has_changed() {
        let old = data(&[("a", "1"), ("b", "1"), ("c", "1")]);
        let new = data(&[("b", "1"), ("c", "2"), ("d", "1")]);

        assert_eq!(changes(&old, &new), ["a", "c", "d"]);
    }

    #[test]
    fn migrations_are_ordered_by_their_number_and_not_by_their_spelling() {
        let scratch = Scratch::new("prepare-test").unwrap();
        for name in [
            "10_last.sql",
            "9_first.sql",
            "9_first.down.sql",
            "README.md",
        ] {
            fs::write(scratch.path().join(name), "").unwrap();
        }

        let names = migrations(scratch.path()).unwrap();

        assert_eq!(
            names,
            ["9_first.sql", "10_last.sql"].map(|name| scratch.path().join(name))
        );
    }
}
