//! `cargo xtask memory`: measures the memory and the descriptors of a release build, on both stores: at rest, after requests, for
//! each follower, under many exports at once, and for code in all languages. The figures are those of `docs/src/operations/README.md`.

use anyhow::{Result, ensure};
use clap::Args;

use crate::postgres::{self, OrdinaryUser, Postgres};
use crate::scratch::Scratch;
use crate::{machine, shell};

/// Arguments of `cargo xtask memory`.
#[derive(Args)]
pub struct Arguments {
    /// Only the embedded store.
    #[arg(long)]
    embedded: bool,
}

/// Builds the program, measures it, and prints the figures.
///
/// # Errors
/// When it cannot be built, or when it takes more than the documentation says.
pub fn run(arguments: &Arguments) -> Result<()> {
    // The black-box tests are built with a client of Kafka.
    machine::ensure_kafka_builds()?;
    let scratch = Scratch::new("memory")?;
    let mut build = shell::cargo();
    build.args(["build", "--release", "--package", "parlor-app"]);
    shell::run(&mut build)?;
    let server = if arguments.embedded {
        None
    } else {
        Some(Postgres::start(&scratch)?)
    };
    let mut failed = Vec::new();
    for deployment in ["embedded", "postgres"] {
        if deployment == "postgres" && arguments.embedded {
            continue;
        }
        println!("==> {deployment}");
        let mut measure = shell::cargo();
        measure.args(["test", "--package", "parlor-app", shell::FEATURES]);
        measure.args(["--test", "blackbox", "--"]);
        measure.args(["--nocapture", "--test-threads=1", "api::memory::"]);
        measure.env(
            "PARLOR_TEST_PROGRAM",
            shell::root().join("target/release/parlor"),
        );
        measure.env("PARLOR_TEST_DEPLOYMENT", deployment);
        if let Some(server) = &server {
            measure.env("PARLOR_TEST_POSTGRES", server.url("postgres"));
            measure.env("PARLOR_TEST_POSTGRES_BIN", postgres::binaries()?);
            if let Some(user) = OrdinaryUser::unless_ordinary()? {
                measure.env("PARLOR_TEST_POSTGRES_USER", user.name);
            }
        }
        if !scratch.status(&mut measure)?.success() {
            failed.push(deployment);
        }
    }
    ensure!(
        failed.is_empty(),
        "takes more than it should: {}",
        failed.join(", ")
    );
    Ok(())
}
