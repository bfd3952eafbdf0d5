//! `cargo xtask bench`: the benchmarks, whose figures are ratios of one run.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use clap::{Args, ValueEnum};

use crate::postgres::{self, Postgres};
use crate::scratch::Scratch;
use crate::{machine, shell};

/// Arguments of `cargo xtask bench`.
#[derive(Args)]
pub struct Arguments {
    /// Only this store.
    #[arg(long)]
    store: Option<Store>,
    /// How many conversations the stores hold, separated by commas [default: 1000,100000,1000000].
    #[arg(long)]
    sizes: Option<String>,
    /// How long each figure is measured, in seconds [default: 2].
    #[arg(long)]
    seconds: Option<f64>,
    /// A first impression in a few minutes: small stores, short rounds.
    #[arg(long)]
    quick: bool,
    /// Measure what searches cost, and nothing else [default sizes: 1000,1000000, and 5,000 that the caller can see].
    #[arg(long)]
    searches: bool,
    /// Only the operations that have this in their name.
    #[arg(long)]
    only: Option<String>,
    /// Write a chart of the results into this file.
    #[arg(long, value_name = "FILE")]
    chart: Option<PathBuf>,
    /// Measure this PostgreSQL, given by a superuser's URL, in place of one that is started for the run.
    #[arg(long, value_name = "URL")]
    postgres: Option<String>,
    /// Keep the filled stores in this folder and on the given PostgreSQL, and use again what is there.
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Store {
    Sqlite,
    Postgres,
}

/// Builds the program as it is shipped and runs the benchmarks on it.
///
/// # Errors
/// When a benchmark cannot be built or stops.
pub fn run(arguments: &Arguments) -> Result<()> {
    // The program's tests and benchmarks are built with the same crates.
    machine::ensure_kafka_builds()?;
    let scratch = Scratch::new("bench")?;
    let mut bench = shell::cargo();
    bench.args(["bench", "--package", "parlor-app", "--bench", "scale", "--"]);
    let values = [
        ("--sizes", arguments.sizes.clone()),
        (
            "--seconds",
            arguments.seconds.map(|seconds| seconds.to_string()),
        ),
        ("--only", arguments.only.clone()),
    ];
    for (name, value) in values {
        bench.args(value.map(|value| format!("{name}={value}")));
    }
    if arguments.quick {
        bench.arg("--quick");
    }
    if arguments.searches {
        bench.arg("--searches");
    }
    for (name, path) in [("--chart", &arguments.chart), ("--keep", &arguments.keep)] {
        if let Some(path) = path {
            bench.arg(name).arg(absolute(path)?);
        }
    }
    if arguments.store == Some(Store::Sqlite) {
        return succeed(&scratch, bench.args(["--store", "sqlite"]));
    }
    if arguments.store == Some(Store::Postgres) {
        bench.args(["--store", "postgres"]);
    }
    let binaries = postgres::binaries()?;
    ensure!(
        binaries.join("pgbench").is_file(),
        "pgbench is missing beside PostgreSQL's other programs"
    );
    bench.arg("--postgres-binaries").arg(binaries);
    if let Some(url) = &arguments.postgres {
        return succeed(&scratch, bench.arg("--postgres").arg(url));
    }
    let server = Postgres::start_durable(&scratch)?;
    succeed(
        &scratch,
        bench.arg("--postgres").arg(server.url("postgres")),
    )
}

/// Cargo runs a benchmark in its package's folder; what was named is meant where the command was given.
fn absolute(path: &Path) -> Result<PathBuf> {
    Ok(env::current_dir()?.join(path))
}

fn succeed(scratch: &Scratch, bench: &mut std::process::Command) -> Result<()> {
    let status = scratch.status(bench)?;
    ensure!(
        status.success(),
        "{} ended with {status}",
        shell::line(bench)
    );
    Ok(())
}
