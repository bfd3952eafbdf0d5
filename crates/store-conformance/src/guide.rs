//! The guide for those who write an adapter: its examples are code that is compiled and run, and its tables are complete.

use std::{collections::BTreeSet, fs, path::PathBuf};

fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn guide() -> String {
    fs::read_to_string(root().join("docs/src/writing-an-adapter.md")).unwrap()
}

/// The files from which the guide shows something.
const SOURCES: [&str; 3] = [
    "crates/adapters-sqlite/tests/store/database.rs",
    "crates/adapters-sqlite/tests/store/conformance.rs",
    "crates/audit-file/tests/file/conformance.rs",
];

/// Lines without what indents them.
fn lines(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

/// The blocks of Rust on a page.
fn examples(page: &str) -> Vec<String> {
    let fenced = page.split("```rust\n").skip(1);
    let fenced = fenced.filter_map(|rest| rest.split("\n```").next());
    fenced.map(lines).collect()
}

#[test]
fn every_example_is_a_part_of_a_file_that_is_compiled() {
    let examples = examples(&guide());
    let sources = SOURCES.map(|path| lines(&fs::read_to_string(root().join(path)).unwrap()));
    assert_eq!(examples.len(), SOURCES.len());
    for example in examples {
        assert!(example.lines().count() > 3, "{example}");
        assert!(
            sources.iter().any(|source| source.contains(&example)),
            "none of {SOURCES:?} has this: copy it from there again\n{example}"
        );
    }
}

/// The ports, by the names of their traits.
fn ports() -> BTreeSet<String> {
    let mut ports = BTreeSet::new();
    for file in fs::read_dir(root().join("crates/application/src/ports")).unwrap() {
        let path = file.unwrap().path();
        // A folder has the tests of a file.
        if path.is_dir() {
            continue;
        }
        let source = fs::read_to_string(path).unwrap();
        let traits = source
            .lines()
            .filter_map(|line| line.strip_prefix("pub trait "));
        let names = traits.filter_map(|line| line.split([':', ' ', '<']).next());
        ports.extend(names.map(str::to_owned));
    }
    ports
}

#[test]
fn every_port_is_in_the_guide() {
    let (guide, ports) = (guide(), ports());
    assert!(ports.len() > 20, "{ports:?}");
    let missing: Vec<_> = ports
        .iter()
        .filter(|port| !guide.contains(&format!("`{port}`")))
        .collect();
    assert!(missing.is_empty(), "the guide says nothing of {missing:?}");
}

#[test]
fn every_field_of_the_stores_is_in_the_example() {
    let source = include_str!("lib.rs");
    let fields = source.split("pub struct Stores {").nth(1).unwrap();
    let fields = fields.split("\n}").next().unwrap();
    let fields = fields
        .lines()
        .filter_map(|line| line.trim().strip_prefix("pub "));
    let guide = guide();
    for field in fields.filter_map(|line| line.split(':').next()) {
        assert!(guide.contains(&format!("{field}: ")), "{field}");
    }
}
