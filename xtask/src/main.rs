//! `cargo xtask`: what a developer of Parlor does again and again, as one command each.
//!
//! It depends on little and compiles in seconds. One file, or folder, per command; a new command is a
//! file with its arguments and a `run`, and one line in [`Task`].
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool speaks on the terminal"
)]

mod bench;
mod ci;
mod machine;
mod memory;
mod migrate;
mod postgres;
mod prepare;
mod scratch;
mod shell;
mod sqlite;
mod test;
mod tidy;
mod timing;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Development tasks of Parlor.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Write the data with which the stores' queries are checked when no database is there.
    Prepare(prepare::Arguments),
    /// Add a migration, apply them, list them, or prove that they apply to what earlier versions stored.
    Migrate(migrate::Arguments),
    /// Check the layers, the manifests, the names of migrations, the size of files, and links.
    Tidy,
    /// Check everything but the tests: format, tidy, clippy, queries, docs.
    Lint,
    /// Bring what the tests need, and run them all.
    Test(test::Arguments),
    /// Lint, then test.
    Ci,
    /// Make the documentation's pictures of pages, with a real browser.
    Screenshots,
    /// Draw the documentation's picture of the layers, from the table of layers.
    Layers,
    /// Attack a release build by the time of its answers, with many requests.
    Timing(timing::Arguments),
    /// Measure the memory and the descriptors of a release build, on both stores.
    Memory(memory::Arguments),
    /// Measure the service: against what the machine could do, and large stores against small ones.
    Bench(bench::Arguments),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().task {
        Task::Prepare(arguments) => prepare::run(&arguments),
        Task::Migrate(arguments) => migrate::run(&arguments),
        Task::Tidy => tidy::run(),
        Task::Lint => ci::lint(),
        Task::Test(arguments) => test::run(&arguments),
        Task::Ci => ci::ci(),
        Task::Screenshots => test::screenshots(),
        Task::Layers => tidy::draw_layers(),
        Task::Timing(arguments) => timing::run(&arguments),
        Task::Memory(arguments) => memory::run(&arguments),
        Task::Bench(arguments) => bench::run(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
