//! `cargo xtask test`: brings what the tests need, and runs them all.

mod model_server;

use std::env;
use std::process::Command;

use anyhow::Result;
use clap::{Args, ValueEnum};

use self::model_server::ModelServer;
use crate::postgres::{self, OrdinaryUser, Postgres};
use crate::scratch::Scratch;
use crate::{machine, shell};

/// Something that the tests need beside Rust and a C compiler.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// A real OpenAI-compatible server with a very small model.
    ModelServer,
    /// A PostgreSQL server, and the programs with which tests start more of them.
    Postgres,
}

impl Part {
    const ALL: &[Self] = &[Self::ModelServer, Self::Postgres];

    /// As on the command line.
    fn name(self) -> &'static str {
        match self {
            Self::ModelServer => "model-server",
            Self::Postgres => "postgres",
        }
    }
}

/// Arguments of `cargo xtask test`.
#[derive(Args, Default)]
pub struct Arguments {
    /// Leave out the tests that need this part.
    #[arg(long, value_name = "NAME")]
    without: Vec<Part>,
    /// Test only this crate (again and again for more).
    #[arg(long, short, value_name = "CRATE")]
    package: Vec<String>,
    /// Run only the tests whose name contains one of these.
    filters: Vec<String>,
}

/// The variables that tell the tests where a part is, or (`WITHOUT`, names with commas) that it is left out
/// on purpose. A test whose part is neither there nor left out fails: nothing is skipped in silence.
const WITHOUT: &str = "PARLOR_TEST_WITHOUT";
const MODEL_URL: &str = "PARLOR_TEST_MODEL_URL";
const MODEL_NAME: &str = "PARLOR_TEST_MODEL_NAME";
/// The URL of a superuser. A given one is used as it is.
const POSTGRES: &str = "PARLOR_TEST_POSTGRES";
/// The folder of the server's programs. A given one is used as it is.
const POSTGRES_BIN: &str = "PARLOR_TEST_POSTGRES_BIN";
/// The user who runs them; only where the tests are root's, as whom PostgreSQL refuses to run.
const POSTGRES_USER: &str = "PARLOR_TEST_POSTGRES_USER";

pub fn run(arguments: &Arguments) -> Result<()> {
    let without: Vec<Part> = Part::ALL
        .iter()
        .copied()
        .filter(|part| arguments.without.contains(part))
        .collect();
    let mut tests = runner(arguments);
    for variable in [WITHOUT, MODEL_URL, MODEL_NAME] {
        tests.env_remove(variable);
    }
    for part in &without {
        println!(
            "{0}: LEFT OUT (--without {0}), with the tests that need it",
            part.name()
        );
    }
    let names: Vec<&str> = without.iter().map(|part| part.name()).collect();
    if !names.is_empty() {
        tests.env(WITHOUT, names.join(","));
    }

    let answers = |program: &&str| shell::answers(program, &["--version"]);
    machine::ensure(
        "bash, curl or script, with which the tests paste the README's commands into a terminal,",
        &["bash", "curl", "bsdutils"],
        || ["bash", "curl", "script"].iter().all(answers),
    )?;
    let scratch = Scratch::new("test")?;
    // Lives until the tests have ended.
    let _model_server = if without.contains(&Part::ModelServer) {
        None
    } else {
        let server = ModelServer::start(scratch.path())?;
        println!(
            "{}: {} answers as {}",
            Part::ModelServer.name(),
            server.url(),
            model_server::MODEL
        );
        tests
            .env(MODEL_URL, server.url())
            .env(MODEL_NAME, model_server::MODEL);
        Some(server)
    };
    let _postgres = if without.contains(&Part::Postgres) {
        None
    } else {
        bring_postgres(&mut tests, &scratch)?
    };
    scratch.run(&mut tests)
}

fn bring_postgres(tests: &mut Command, scratch: &Scratch) -> Result<Option<Postgres>> {
    if !is_given(POSTGRES_BIN) {
        tests.env(POSTGRES_BIN, postgres::binaries()?);
    }
    if let Some(user) = OrdinaryUser::unless_ordinary()? {
        tests.env(POSTGRES_USER, user.name);
    }
    if is_given(POSTGRES) {
        println!("{}: the one in {POSTGRES}", Part::Postgres.name());
        return Ok(None);
    }
    let server = Postgres::start(scratch)?;
    let url = server.url("postgres");
    println!("{}: {url}", Part::Postgres.name());
    tests.env(POSTGRES, url);
    Ok(Some(server))
}

fn is_given(variable: &str) -> bool {
    env::var_os(variable).is_some_and(|value| !value.is_empty())
}

/// cargo-nextest where it is installed: it is quicker and names slow and leaking tests. What is tested is the same.
fn runner(arguments: &Arguments) -> Command {
    let packages = arguments
        .package
        .iter()
        .map(|package| format!("--package={package}"));
    let mut crates: Vec<String> = packages.collect();
    if crates.is_empty() {
        crates.push("--workspace".to_owned());
    }
    let mut command = shell::cargo();
    if shell::quiet(shell::cargo().args(["nextest", "--version"])) {
        println!("runner: cargo nextest");
        command.args(["nextest", "run"]).args(&crates);
    } else {
        println!("runner: cargo test (cargo-nextest is not installed)");
        command.arg("test").args(&crates).args(["--tests", "--"]);
    }
    command.args(&arguments.filters);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_called_in_messages_as_on_the_command_line() {
        for part in Part::ALL {
            assert_eq!(part.to_possible_value().unwrap().get_name(), part.name());
        }
        assert_eq!(Part::ALL.len(), Part::value_variants().len());
    }
}
