//! A throw-away PostgreSQL from installed binaries: its data live in a scratch folder.

use std::env;
use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::machine;
use crate::scratch::{Running, Scratch};
use crate::shell;

/// The oldest major version that Parlor runs on.
const OLDEST: u32 = 15;

/// How long a server may take to answer; it is a fraction of a second on two cores.
const STARTS_WITHIN: Duration = Duration::from_mins(1);

/// For every server that is started here.
const SETTINGS: &[&str] = &[
    "listen_addresses=127.0.0.1",
    // Its default folder may be missing, or not be writable for us.
    "unix_socket_directories=",
];

/// A server that is thrown away loses its data anyway, and serves many tests at once.
const THROWN_AWAY: &[&str] = &[
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=500",
];

/// As in production on a small machine: what is committed is on the disk, and the store fits into memory.
const MEASURED: &[&str] = &[
    "fsync=on",
    "synchronous_commit=on",
    "full_page_writes=on",
    "max_connections=300",
    "shared_buffers=5GB",
    "effective_cache_size=12GB",
    "max_wal_size=8GB",
    "checkpoint_timeout=15min",
    "random_page_cost=1.1",
];

/// The folder of the newest installed server's programs: `initdb`, `postgres`, `psql`, `pg_isready`, `pgbench`, …
///
/// # Errors
/// When there is none and none can be installed.
pub fn binaries() -> Result<PathBuf> {
    machine::ensure(
        &format!("PostgreSQL {OLDEST} or newer, with its server,"),
        &["postgresql"],
        || newest().is_some(),
    )?;
    newest().context("PostgreSQL went away")
}

/// Distributions keep the server's programs out of `PATH`, so that several versions fit side by side.
fn newest() -> Option<PathBuf> {
    const FOLDERS: &[&str] = &[
        "/usr/lib/postgresql",
        "/usr",
        "/opt/homebrew/opt",
        "/usr/local/opt",
    ];
    let entries = FOLDERS
        .iter()
        .flat_map(|folder| fs::read_dir(folder).into_iter().flatten());
    let installed = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path().join("bin"));
    let in_path: Vec<PathBuf> = env::var_os("PATH")
        .map(|path| env::split_paths(&path).collect())
        .unwrap_or_default();
    let candidates = installed.chain(in_path);
    let found = candidates.filter_map(|folder| Some((version_of(&folder)?, folder)));
    let new_enough = found.filter(|(version, _)| *version >= OLDEST);
    new_enough
        .max_by_key(|(version, _)| *version)
        .map(|(_, folder)| folder)
}

/// The major version of the server in a folder that holds all that is used here.
fn version_of(folder: &Path) -> Option<u32> {
    let program = |name: &&str| folder.join(name).is_file();
    if !["initdb", "postgres", "psql", "pg_isready"]
        .iter()
        .all(program)
    {
        return None;
    }
    let said = shell::output(Command::new(folder.join("postgres")).arg("--version")).ok()?;
    major_version(&said)
}

/// The major version in what `postgres --version` says.
fn major_version(said: &str) -> Option<u32> {
    let number = said
        .split_whitespace()
        .find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// Who runs a server when root may not: PostgreSQL refuses to run as root.
pub struct OrdinaryUser {
    /// Its name, as `su` takes it.
    pub name: &'static str,
    user: u32,
    group: u32,
}

impl OrdinaryUser {
    /// Nobody when this process is an ordinary user's itself.
    pub fn unless_ordinary() -> Result<Option<Self>> {
        if !machine::is_root() {
            return Ok(None);
        }
        let exists = |name: &&&str| shell::answers("id", &[name]);
        let name = ["postgres", "nobody"].iter().find(exists).context(
            "PostgreSQL does not run as root, and there is neither a user `postgres` nor `nobody`",
        )?;
        let number = |what: &str| -> Result<u32> {
            let number = shell::output(Command::new("id").args([what, name]))?;
            Ok(number.trim().parse()?)
        };
        Ok(Some(Self {
            name,
            user: number("-u")?,
            group: number("-g")?,
        }))
    }
}

/// A running server with an empty database `postgres`. It ends with this value.
pub struct Postgres {
    binaries: PathBuf,
    port: u16,
    _server: Running,
}

impl Postgres {
    /// Makes a cluster in `scratch`, starts the server on a free port, and waits until it answers. For tests: nothing waits for a
    /// disk.
    pub fn start(scratch: &Scratch) -> Result<Self> {
        Self::start_with(scratch, THROWN_AWAY)
    }

    /// As [`Postgres::start`], with settings as in production, for measuring.
    pub fn start_durable(scratch: &Scratch) -> Result<Self> {
        Self::start_with(scratch, MEASURED)
    }

    fn start_with(scratch: &Scratch, settings: &[&str]) -> Result<Self> {
        let binaries = binaries()?;
        let user = OrdinaryUser::unless_ordinary()?;
        let home = scratch.path().join("postgres");
        fs::create_dir(&home)?;
        if let Some(user) = &user {
            chown(&home, Some(user.user), Some(user.group))?;
            // On the way to what is theirs, others must be let through, whatever this user's umask says.
            fs::set_permissions(scratch.path(), fs::Permissions::from_mode(0o755))?;
        }
        let program = |name: &str| {
            let mut command = Command::new(binaries.join(name));
            command.current_dir(&home);
            if let Some(user) = &user {
                command.uid(user.user).gid(user.group);
            }
            command
        };

        let data = home.join("data");
        let log = scratch.path().join("postgres.log");
        shell::run(
            program("initdb")
                .args(["--no-sync", "--auth=trust", "--username=postgres"])
                .args(["--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"])
                .arg("--pgdata")
                .arg(&data)
                .stdout(File::create(&log)?),
        )?;
        let port = machine::free_port()?;
        let mut postgres = program("postgres");
        postgres
            .arg("-D")
            .arg(&data)
            .arg("-p")
            .arg(port.to_string());
        for setting in SETTINGS.iter().chain(settings) {
            postgres.args(["-c", setting]);
        }
        let output = File::options().append(true).open(&log)?;
        postgres.stdout(output.try_clone()?).stderr(output);
        let mut server = scratch.start(&mut postgres)?;
        server.ready("PostgreSQL", STARTS_WITHIN, &log, || {
            let mut asks = Command::new(binaries.join("pg_isready"));
            asks.arg(format!("--dbname={}", url(port, "postgres")));
            shell::quiet(&mut asks).then_some(())
        })?;
        Ok(Self {
            binaries,
            port,
            _server: server,
        })
    }

    /// The URL of a database, for the superuser.
    pub fn url(&self, database: &str) -> String {
        url(self.port, database)
    }

    /// Runs a file of SQL: as one transaction, like the stores run a migration, unless its first line says not to.
    ///
    /// # Errors
    /// At the first statement that fails.
    pub fn run_file(&self, database: &str, file: &Path) -> Result<()> {
        let text = fs::read_to_string(file)?;
        let mut psql = self.psql(database);
        if !text.starts_with("-- no-transaction") {
            psql.arg("--single-transaction");
        }
        shell::run(psql.arg("--file").arg(file))
    }

    /// What a statement answers: columns between `|`, a row a line.
    ///
    /// # Errors
    /// When it fails.
    pub fn ask(&self, database: &str, statement: &str) -> Result<String> {
        ask(&self.url(database), statement)
    }

    fn psql(&self, database: &str) -> Command {
        let mut command = Command::new(self.binaries.join("psql"));
        command
            .args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"])
            .arg(format!("--dbname={}", self.url(database)))
            // A notice is nobody's concern; an error is shown all the same.
            .env("PGOPTIONS", "-c client_min_messages=warning");
        command
    }
}

/// What a statement answers on a database with this URL: columns between `|`, a row a line.
///
/// # Errors
/// When the database cannot be reached, or the statement fails.
pub fn ask(url: &str, statement: &str) -> Result<String> {
    let mut psql = Command::new(binaries()?.join("psql"));
    psql.args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"]);
    psql.args(["--tuples-only", "--no-align"]);
    psql.arg(format!("--dbname={url}"));
    shell::output(psql.arg("--command").arg(statement))
}

fn url(port: u16, database: &str) -> String {
    format!("postgres://postgres@127.0.0.1:{port}/{database}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_what_the_server_says() {
        assert_eq!(
            major_version("postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)"),
            Some(15)
        );
        assert_eq!(major_version("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(major_version("postgres"), None);
    }
}
