//! `cargo xtask timing`: measures whether the time of an answer shows what the caller cannot see. Every run of the tests tries
//! the attack with a few requests on a debug build; this command tries it with many on a release build.

use anyhow::{Result, ensure};
use clap::Args;

use crate::postgres::{self, OrdinaryUser, Postgres};
use crate::scratch::Scratch;
use crate::{machine, shell};

/// Arguments of `cargo xtask timing`.
#[derive(Args)]
pub struct Arguments {
    /// How many requests to send to each store.
    #[arg(long, default_value_t = 100_000)]
    requests: u32,
    /// How many connections to send them over at once [default: 8; 1 with --without-steps].
    #[arg(long)]
    connections: Option<u32>,
    /// Build a program that answers as soon as it can, to see what the fixed steps hide. Never serve with it.
    #[arg(long)]
    without_steps: bool,
    /// Only the embedded store.
    #[arg(long)]
    embedded: bool,
}

/// Builds the program, attacks it on both stores, and prints what was found.
///
/// # Errors
/// When it cannot be built, or when the attack found something.
pub fn run(arguments: &Arguments) -> Result<()> {
    // The black-box tests are built with a client of Kafka.
    machine::ensure_kafka_builds()?;
    let scratch = Scratch::new("timing")?;
    // Its own folder: the variant without steps must never be mistaken for the program that is shipped.
    let target = shell::root().join("target/timing");
    let mut build = shell::cargo();
    build.args(["build", "--release", "--package", "parlor-app"]);
    build.arg("--target-dir").arg(&target);
    if arguments.without_steps {
        build.args(["--features", "timing-experiments"]);
    }
    shell::run(&mut build)?;

    let mut attack = shell::cargo();
    attack.args(["test", "--package", "parlor-app", shell::FEATURES]);
    attack.args(["--test", "blackbox", "--"]);
    attack.args(["--nocapture", "--test-threads=1"]);
    attack.arg("timing::no_answer");
    let server = if arguments.embedded {
        None
    } else {
        attack.arg("timing::postgres");
        Some(Postgres::start(&scratch)?)
    };
    if let Some(server) = &server {
        attack.env("PARLOR_TEST_POSTGRES", server.url("postgres"));
        attack.env("PARLOR_TEST_POSTGRES_BIN", postgres::binaries()?);
        if let Some(user) = OrdinaryUser::unless_ordinary()? {
            attack.env("PARLOR_TEST_POSTGRES_USER", user.name);
        }
    }
    let connections = if arguments.without_steps { 1 } else { 8 };
    let connections = arguments.connections.unwrap_or(connections);
    attack
        .env("PARLOR_TEST_PROGRAM", target.join("release/parlor"))
        .env("TIMING_REQUESTS", arguments.requests.to_string())
        .env("TIMING_CONNECTIONS", connections.to_string());
    if arguments.without_steps {
        attack.env("TIMING_STEPS", "off");
    }
    let status = scratch.status(&mut attack)?;
    ensure!(
        status.success(),
        "the time of answers shows what the caller cannot see: the tables above say where"
    );
    Ok(())
}
