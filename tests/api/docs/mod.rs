//! Every command of the documentation is run by a test, or is in [`TABLE`] with the reason why none runs it.

mod block;
mod embedded;
mod postgres;
mod shell;

use std::{collections::BTreeSet, path::Path};

use block::Block;

/// What becomes of a block of commands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Becomes {
    /// It is run in one shell with the others of its page, in order.
    Run,
    /// The same, but it goes on by itself: it is ended with the page.
    RunBeside,
    /// Each of its lines starts a service.
    Starts,
    /// No test runs it, for this reason.
    NotRun(&'static str),
}

use Becomes::{NotRun, Run, RunBeside, Starts};

/// Every block of commands in the pages: the page, how the block begins, and what becomes of it.
const TABLE: &[(&str, &str, Becomes)] = &[
    ("api.md", "PARLOR=", Run),
    ("api.md", "ID=$(as alice -X POST", Run),
    ("api.md", "ANSWERED=", Run),
    ("api.md", "as alice -N -X POST", Run),
    (
        "api.md",
        "as alice -X PUT \"$PARLOR/conversations/$ID/sharing\"",
        Run,
    ),
    ("api.md", "as bob -N", RunBeside),
    ("api.md", "# Another answer beside this one.", Run),
    ("api.md", "ETAG=", Run),
    (
        "api.md",
        "as alice -X POST \"$PARLOR/conversations\" -H 'Idempotency-Key",
        Run,
    ),
    (
        "api.md",
        "as alice \"$PARLOR/conversations?filter=mine",
        Run,
    ),
    ("audit.md", "cargo run -- audit retry", Run),
    ("audit.md", "cargo run -- audit verify", Run),
    (
        "benchmarks.md",
        "cargo xtask bench",
        NotRun("it builds the program anew and measures for a quarter of an hour"),
    ),
    ("configuration.md", "PARLOR_HTTP__LISTEN=", Starts),
    (
        "configuration.md",
        "PARLOR_MODEL__PROVIDERS__0__API_KEY=",
        Starts,
    ),
    (
        "configuration.md",
        "export PARLOR_MODEL__PROVIDERS__0__NAME=",
        Run,
    ),
    ("getting-started.md", "cargo run", Starts),
    (
        "mutation-testing.md",
        "cargo mutants",
        NotRun("it compiles the crate once for each mutant, for hours"),
    ),
    ("operations/backup-and-upgrade.md", "pg_dumpall", Run),
    (
        "operations/backup-and-upgrade.md",
        "psql --file=roles.sql",
        Run,
    ),
    (
        "operations/backup-and-upgrade.md",
        "pg_basebackup",
        NotRun("it needs a primary that archives its log; the tests of replicas run pg_basebackup"),
    ),
    (
        "operations/backup-and-upgrade.md",
        "PARLOR_STORE__URL=",
        Run,
    ),
    (
        "operations/kafka.md",
        "kcat",
        NotRun(
            "kcat is not among what the tests bring; the tests of Kafka read topics with another client",
        ),
    ),
    ("operations/one-machine.md", "umask 077", Run),
    ("operations/one-machine.md", "sqlite3", Run),
    ("operations/postgresql.md", "PARLOR_STORE__URL=", Run),
    (
        "testing.md",
        "cargo xtask test",
        NotRun("it is what runs this test"),
    ),
];

/// The blocks of a page that become this, in order.
fn blocks(page: &str, becomes: &[Becomes]) -> Vec<Block> {
    let mut found = block::of_page(page);
    found.retain(|block| becomes.contains(&entry(block).2));
    found
}

/// The entry of a block: the one with the longest beginning that fits.
fn entry(block: &Block) -> &'static (&'static str, &'static str, Becomes) {
    let fitting = TABLE
        .iter()
        .filter(|(page, begins, _)| *page == block.page && block.text.starts_with(begins));
    fitting
        .max_by_key(|(_, begins, _)| begins.len())
        .unwrap_or_else(|| {
            panic!(
                "no test runs this block of {}: add it to TABLE in tests/api/docs/mod.rs\n{}",
                block.page, block.text
            )
        })
}

#[test]
fn every_block_of_commands_in_the_docs_is_run_or_has_a_reason_not_to_be() {
    let all = block::all();
    assert!(all.len() > 20, "the pages are found");
    let met: Vec<_> = all.iter().map(entry).collect();
    for entry in TABLE {
        let blocks = met.iter().filter(|met| std::ptr::eq(**met, entry)).count();
        let (page, begins, _) = entry;
        assert_eq!(blocks, 1, "{page}: blocks that begin with {begins}");
    }
}

/// The page about PostgreSQL lists every table, for a database that is distributed.
#[test]
fn every_table_is_in_the_list_of_what_is_distributed() {
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/postgres");
    let mut tables = BTreeSet::new();
    for file in std::fs::read_dir(migrations).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let created = text.lines().filter_map(|line| {
            let rest = line.strip_prefix("CREATE TABLE ")?;
            let name = rest
                .split(|c: char| !c.is_alphanumeric() && c != '_')
                .next()?;
            Some(name.to_owned())
        });
        tables.extend(created);
    }
    assert!(tables.contains("messages"));
    let statements = block::fenced("operations/postgresql.md", "sql").concat();
    for table in tables {
        let listed = format!("create_distributed_table('{table}', 'organization_id'");
        assert!(statements.contains(&listed), "{table}");
    }
}

/// A page whose blocks are to be run and that no test asks for would be left out in silence.
#[test]
fn every_page_with_commands_to_run_has_its_test() {
    let tests = [include_str!("embedded.rs"), include_str!("postgres.rs")].concat();
    for (page, _, becomes) in TABLE {
        let named = tests.contains(&format!("\"{page}\""));
        assert!(named || matches!(becomes, NotRun(_)), "{page}");
    }
}
