//! Which tests run, how often, and by which runner. The black-box suite runs once on each store; its tests that concern
//! only one of them live in modules called `embedded` and `postgres`.

use std::collections::BTreeSet;
use std::process::Command;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use super::Arguments;
use crate::shell;

/// The crate that has the black-box suite, and the suite's test target.
const APP: &str = "parlor-app";
const BLACKBOX: &str = "blackbox";

/// Tells the black-box tests what they run on.
const DEPLOYMENT: &str = "PARLOR_TEST_DEPLOYMENT";

/// What the black-box tests run on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Deployment {
    /// One instance on the embedded store.
    Embedded,
    /// Two instances on PostgreSQL.
    Postgres,
}

impl Deployment {
    /// As in the variable, and as the modules of the tests that concern only this one are called.
    fn name(self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::Postgres => "postgres",
        }
    }

    /// Part of the path of a test that is for the other one.
    fn leaves_out(self) -> &'static str {
        match self {
            Self::Embedded => "::postgres::",
            Self::Postgres => "::embedded::",
        }
    }
}

/// One start of a runner.
pub struct Run {
    pub title: &'static str,
    pub command: Command,
}

/// Part of the path of each test that takes longer than a minute: those run alone, when they are asked for.
const LONG: &str = "::long::";

const EVERYTHING: &str = "the tests";
const BUT_BLACKBOX: &str = "the tests of the crates";
const ON_EMBEDDED: &str = "the black-box tests";
const ON_POSTGRES: &str = "the black-box tests, with two instances on PostgreSQL";

/// The runs that the arguments ask for; with PostgreSQL only where it was not left out. cargo-nextest is used where it is
/// installed: it is quicker and names slow and leaking tests. What is tested is the same.
pub fn runs(arguments: &Arguments, with_postgres: bool) -> Result<Vec<Run>> {
    let app = arguments.package.is_empty() || arguments.package.iter().any(|name| name == APP);
    let with_postgres = with_postgres && app;
    let run = |title, command| Run { title, command };
    let mut runs = Vec::new();
    if shell::quiet(shell::cargo().args(["nextest", "--version"])) {
        println!("runner: cargo nextest");
        runs.push(run(EVERYTHING, nextest(arguments, Deployment::Embedded)));
        if with_postgres {
            runs.push(run(ON_POSTGRES, nextest(arguments, Deployment::Postgres)));
        }
    } else {
        println!("runner: cargo test (cargo-nextest is not installed)");
        let targets = but_blackbox(&packages()?, &arguments.package);
        if !targets.is_empty() {
            let mut command = cargo_test(arguments, &targets);
            command.arg("--").args(by_name(arguments));
            runs.push(run(BUT_BLACKBOX, command));
        }
        if app {
            runs.push(run(ON_EMBEDDED, blackbox(arguments, Deployment::Embedded)));
        }
        if with_postgres {
            runs.push(run(ON_POSTGRES, blackbox(arguments, Deployment::Postgres)));
        }
    }
    Ok(runs)
}

/// The tests that make the documentation's pictures. Any runner does for so few, so it is the one that is always there.
pub fn pictures() -> Command {
    let arguments = Arguments {
        filters: vec!["::screenshots::".to_owned()],
        ..Arguments::default()
    };
    blackbox(&arguments, Deployment::Embedded)
}

/// All tests, or on PostgreSQL those of the black-box suite.
fn nextest(arguments: &Arguments, deployment: Deployment) -> Command {
    let blackbox = format!("(package(={APP}) & binary(={BLACKBOX}))");
    let left_out = format!("test(/{}/)", deployment.leaves_out());
    let deployed = match deployment {
        Deployment::Embedded => format!("not ({blackbox} & {left_out})"),
        Deployment::Postgres => format!("{blackbox} & not {left_out}"),
    };
    let length = if arguments.long { "" } else { "not " };
    let filter = format!("({deployed}) & {length}test(/{LONG}/)");
    let mut command = shell::cargo();
    command
        .args(["nextest", "run"])
        .args(crates(arguments))
        .args(["--no-tests=fail", "--filterset", &filter])
        .args(&arguments.filters)
        .env(DEPLOYMENT, deployment.name());
    if arguments.long {
        command.args(["--profile", "long"]);
    }
    command
}

fn blackbox(arguments: &Arguments, deployment: Deployment) -> Command {
    let mut command = cargo_test(arguments, &["--test".to_owned(), BLACKBOX.to_owned()]);
    command
        .args(["--", "--skip", deployment.leaves_out()])
        .args(by_name(arguments))
        .env(DEPLOYMENT, deployment.name());
    command
}

/// What tells cargo's own runner which tests are meant. It runs what matches any of the names, so long tests and names do not
/// go together there.
fn by_name(arguments: &Arguments) -> Vec<String> {
    if arguments.long {
        return vec![LONG.to_owned()];
    }
    let mut words = vec!["--skip".to_owned(), LONG.to_owned()];
    words.extend(arguments.filters.iter().cloned());
    words
}

fn cargo_test(arguments: &Arguments, targets: &[String]) -> Command {
    let mut command = shell::cargo();
    command.arg("test").args(crates(arguments)).args(targets);
    // All failures in one run: a build is dearer than the tests.
    command.arg("--no-fail-fast");
    command
}

/// All crates, or those asked for; every run with the same ones, so that none of it is compiled twice.
fn crates(arguments: &Arguments) -> Vec<String> {
    if arguments.package.is_empty() {
        return shell::WORKSPACE.map(str::to_owned).to_vec();
    }
    let packages = arguments
        .package
        .iter()
        .map(|package| format!("--package={package}"));
    let mut crates: Vec<String> = packages.collect();
    if arguments.package.iter().any(|name| name == APP) {
        crates.push(shell::FEATURES.to_owned());
    }
    crates
}

/// What `cargo metadata` says about a crate.
#[derive(Deserialize)]
struct Package {
    name: String,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

fn packages() -> Result<Vec<Package>> {
    #[derive(Deserialize)]
    struct Workspace {
        packages: Vec<Package>,
    }
    let metadata =
        shell::output(shell::cargo().args(["metadata", "--format-version", "1", "--no-deps"]))?;
    let workspace: Workspace =
        serde_json::from_str(&metadata).context("cannot read the output of `cargo metadata`")?;
    Ok(workspace.packages)
}

/// How to ask cargo for all test targets of the crates but the black-box suite. There is no shorter way to say it.
fn but_blackbox(packages: &[Package], asked: &[String]) -> Vec<String> {
    let asked = packages
        .iter()
        .filter(|package| asked.is_empty() || asked.contains(&package.name));
    let targets: Vec<&Target> = asked.flat_map(|package| &package.targets).collect();
    let is = |target: &Target, kind: &str| target.kind.iter().any(|own| own == kind);
    let has = |kind: &str| targets.iter().any(|target| is(target, kind));
    let mut flags = Vec::new();
    if has("lib") {
        flags.push("--lib".to_owned());
    }
    if has("bin") {
        flags.push("--bins".to_owned());
    }
    // Several crates may call theirs the same.
    let tests: BTreeSet<&str> = targets
        .iter()
        .filter(|target| is(target, "test") && target.name != BLACKBOX)
        .map(|target| target.name.as_str())
        .collect();
    for test in tests {
        flags.extend(["--test".to_owned(), test.to_owned()]);
    }
    flags
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, targets: &[(&str, &str)]) -> Package {
        let target = |(kind, name): &(&str, &str)| Target {
            name: (*name).to_owned(),
            kind: vec![(*kind).to_owned()],
        };
        Package {
            name: name.to_owned(),
            targets: targets.iter().map(target).collect(),
        }
    }

    fn words(command: &Command) -> Vec<&str> {
        command
            .get_args()
            .filter_map(|word| word.to_str())
            .collect()
    }

    fn asking(packages: &[&str], filters: &[&str]) -> Arguments {
        Arguments {
            package: packages.iter().map(|name| (*name).to_owned()).collect(),
            filters: filters.iter().map(|name| (*name).to_owned()).collect(),
            ..Arguments::default()
        }
    }

    #[test]
    fn all_test_targets_but_the_black_box_suite_are_named() {
        let packages = [
            package(
                "parlor-app",
                &[("lib", "a"), ("bin", "b"), ("test", "blackbox")],
            ),
            package("parlor-adapters-http", &[("lib", "c"), ("test", "http")]),
            package(
                "parlor-other",
                &[("lib", "d"), ("test", "http"), ("bench", "scale")],
            ),
        ];

        assert_eq!(
            but_blackbox(&packages, &[]),
            ["--lib", "--bins", "--test", "http"]
        );
        assert_eq!(
            but_blackbox(&packages, &["parlor-app".to_owned()]),
            ["--lib", "--bins"]
        );
        assert!(but_blackbox(&packages, &["parlor-domain".to_owned()]).is_empty());
    }

    #[test]
    fn each_run_of_the_black_box_suite_leaves_out_the_tests_of_the_other_store() {
        let asked = asking(&[], &["revoke"]);

        assert_eq!(
            words(&nextest(&asked, Deployment::Embedded))[4..],
            [
                "--no-tests=fail",
                "--filterset",
                "(not ((package(=parlor-app) & binary(=blackbox)) & test(/::postgres::/))) & not test(/::long::/)",
                "revoke"
            ]
        );
        assert_eq!(
            words(&nextest(&asked, Deployment::Postgres))[6..],
            [
                "((package(=parlor-app) & binary(=blackbox)) & not test(/::embedded::/)) & not test(/::long::/)",
                "revoke"
            ]
        );
        assert_eq!(
            words(&blackbox(&asked, Deployment::Postgres))[3..],
            [
                "--test",
                "blackbox",
                "--no-fail-fast",
                "--",
                "--skip",
                "::embedded::",
                "--skip",
                "::long::",
                "revoke"
            ]
        );
    }

    #[test]
    fn long_tests_run_alone_and_only_when_asked_for() {
        let asked = Arguments {
            long: true,
            ..asking(&[], &[])
        };

        assert!(words(&nextest(&asked, Deployment::Embedded))[6].ends_with(" & test(/::long::/)"));
        assert_eq!(
            words(&blackbox(&asked, Deployment::Embedded))[7..],
            ["--skip", "::postgres::", "::long::"]
        );
        assert_eq!(by_name(&asking(&[], &[])), ["--skip", "::long::"]);
    }

    #[test]
    fn the_features_are_asked_for_where_the_app_is() {
        let everything = ["--workspace", "--features=parlor-app/kafka"];
        assert_eq!(crates(&asking(&[], &[])), everything);
        assert_eq!(
            crates(&asking(&["parlor-domain"], &[])),
            ["--package=parlor-domain"]
        );
        assert_eq!(
            crates(&asking(&["parlor-app"], &[])),
            ["--package=parlor-app", "--features=parlor-app/kafka"]
        );
    }
}
