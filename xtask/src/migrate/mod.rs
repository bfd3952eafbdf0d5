//! `cargo xtask migrate`: for those who write a step of the schema.

mod check;
mod new;
mod status;

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};

use crate::postgres::Postgres;
use crate::scratch::Scratch;
use crate::shell;
pub use check::run as check;
use status::Database;

/// Arguments of `cargo xtask migrate`.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Add the twin files of the next step, one for each store
    New {
        /// What the step does, in a few words: `conversation labels`
        name: String,
        /// The step takes away or changes what the version before uses; without, it expands the schema
        #[arg(long)]
        contract: bool,
    },
    /// Apply every step with the program, as an operator does. Without a database, a `PostgreSQL` is started, and ends on Enter
    Up(Target),
    /// List the steps, and which of them a database has. Without a database, a new one is made with every step
    Status(Target),
    /// Prove that both stores have the same steps, and that each step applies to a database with rows in it that has all steps
    /// before
    Check,
}

/// Which database.
#[derive(Args)]
struct Target {
    /// The URL of a `PostgreSQL` database
    #[arg(long, value_name = "URL", conflicts_with = "data_dir")]
    url: Option<String>,
    /// The data folder of an embedded store
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
}

impl Target {
    /// The database that is named; a new one in `scratch` if none is, with the server that it is on.
    fn database(&self, scratch: &Scratch) -> Result<(Database, Option<Postgres>)> {
        Ok(match (&self.url, &self.data_dir) {
            (Some(url), _) => (Database::Postgres(url.clone()), None),
            // The program runs in the root of the workspace, and not here.
            (None, Some(folder)) => (Database::Sqlite(std::path::absolute(folder)?), None),
            (None, None) => {
                let server = Postgres::start(scratch)?;
                let url = server.url("postgres");
                (Database::Postgres(url), Some(server))
            }
        })
    }
}

pub fn run(arguments: &Arguments) -> Result<()> {
    match &arguments.command {
        Command::New { name, contract } => {
            for file in new::add(shell::root(), name, *contract)? {
                println!("{file}");
            }
            println!("Write both, then run `cargo xtask migrate check` and `cargo xtask prepare`.");
            Ok(())
        }
        Command::Up(target) => up(target),
        Command::Status(target) => {
            let scratch = Scratch::new("migrate")?;
            let (database, server) = target.database(&scratch)?;
            if server.is_some() {
                migrate(&database, &scratch)?;
            }
            print!(
                "{}",
                status::table(&status::steps(shell::root())?, &database.applied()?)
            );
            Ok(())
        }
        Command::Check => check(),
    }
}

fn up(target: &Target) -> Result<()> {
    let scratch = Scratch::new("migrate")?;
    let (database, server) = target.database(&scratch)?;
    migrate(&database, &scratch)?;
    print!(
        "{}",
        status::table(&status::steps(shell::root())?, &database.applied()?)
    );
    if let (Some(_server), Database::Postgres(url)) = (server, &database) {
        anyhow::ensure!(
            io::stdin().is_terminal(),
            "nobody can press Enter here, where there is no terminal: name a database with `--url` or `--data-dir`"
        );
        println!("{url} is there until you press Enter.");
        io::stdin()
            .read_line(&mut String::new())
            .context("cannot wait for Enter")?;
    }
    Ok(())
}

/// Applies every step that a database lacks, with the program.
fn migrate(database: &Database, scratch: &Scratch) -> Result<()> {
    let mut parlor = shell::cargo();
    parlor.args([
        "run",
        "--quiet",
        "--package",
        "parlor-app",
        "--bin",
        "parlor",
    ]);
    parlor.args(["--", "migrate"]);
    // The database that was named, and none that the developer's terminal names for the program.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PARLOR_") {
            parlor.env_remove(name);
        }
    }
    match database {
        Database::Postgres(url) => parlor
            .env("PARLOR_STORE__URL", url)
            .env("PARLOR_DATA_DIR", scratch.path()),
        Database::Sqlite(folder) => parlor.env("PARLOR_DATA_DIR", folder),
    };
    shell::run(&mut parlor)
}
