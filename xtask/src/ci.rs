//! `cargo xtask lint` and `cargo xtask ci`: what a change must pass, from the quickest check to the slowest.

use std::time::Instant;

use anyhow::{Context as _, Result};

use crate::{machine, migrate, prepare, shell, test, tidy};

/// One check, and what to do when it fails.
struct Step {
    name: &'static str,
    run: fn() -> Result<()>,
    mend: &'static str,
}

const LINTS: &[Step] = &[
    Step {
        name: "format",
        run: || shell::run(shell::cargo().args(["fmt", "--all", "--check"])),
        mend: "run `cargo fmt --all`",
    },
    Step {
        name: "tidy",
        run: tidy::run,
        mend: "do what each finding says",
    },
    Step {
        name: "clippy",
        run: || {
            machine::ensure_kafka_builds()?;
            shell::run(shell::cargo().arg("clippy").args(shell::WORKSPACE).args([
                "--all-targets",
                "--quiet",
                "--",
                "-D",
                "warnings",
            ]))
        },
        mend: "mend the code; where a lint is wrong, `#[expect(lint, reason = \"…\")]`",
    },
    Step {
        name: "migrations",
        run: migrate::check,
        mend: "mend the step that is named; each must apply to what the version before stored",
    },
    Step {
        name: "queries",
        run: || {
            prepare::run(&prepare::Arguments {
                check: true,
                package: None,
            })
        },
        mend: "run `cargo xtask prepare` and commit what it writes",
    },
    Step {
        name: "docs",
        run: || {
            shell::run(
                shell::cargo()
                    .arg("doc")
                    .args(shell::WORKSPACE)
                    .args(["--no-deps", "--quiet"])
                    .env("RUSTDOCFLAGS", "-D warnings"),
            )
        },
        mend: "mend the documentation comments; most often a link leads nowhere",
    },
];

const TESTS: &[Step] = &[Step {
    name: "test",
    run: || test::run(&test::Arguments::default()),
    mend: "mend the code or the test; `cargo xtask test NAME` runs those whose name contains NAME",
}];

/// Everything but the tests.
pub fn lint() -> Result<()> {
    run(LINTS.iter())
}

/// Everything.
pub fn ci() -> Result<()> {
    run(LINTS.iter().chain(TESTS))
}

fn run<'a>(steps: impl Iterator<Item = &'a Step>) -> Result<()> {
    let begin = Instant::now();
    let mut count = 0;
    for step in steps {
        println!("==> {}", step.name);
        let started = Instant::now();
        (step.run)().with_context(|| format!("{} failed: {}", step.name, step.mend))?;
        println!(
            "    {} is fine ({:.1} s)",
            step.name,
            started.elapsed().as_secs_f64()
        );
        count += 1;
    }
    println!(
        "==> all {count} steps are fine ({:.1} s)",
        begin.elapsed().as_secs_f64()
    );
    Ok(())
}
