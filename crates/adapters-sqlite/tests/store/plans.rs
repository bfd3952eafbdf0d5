//! How SQLite carries out every statement of `queries/`: a reviewer sees in the snapshot what a change of a statement or
//! of an index makes of it.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use parlor_adapters_sqlite::MIGRATOR;
use sqlx::{AssertSqlSafe, Connection as _, Row as _, SqliteConnection};

/// What may be gone through from one end to the other, because it is as small as its statement makes it: named
/// subqueries, and the identity of the store, which is one row.
const SMALL: &[&str] = &[
    "my",
    "held",
    "page",
    "start",
    "path",
    "found",
    // The terms of a search, and what it looks at.
    "t",
    "v",
    "h",
    "e",
    "told",
    "w",
    "end_of_page",
    "store_identity",
    // Whether there is a conversation that is not indexed, and the first one.
    "CONSTANT ROW",
    "unindexed",
    // Conversations that were deleted, or are being copied, in the last minutes.
    "leftovers",
    // One message and what follows it.
    "below",
    // The siblings around one message, and the messages of a part of a path.
    "near",
    "path",
    // Of one conversation: itself, who can see it, and who could.
    "conversation",
    "everybody",
    "few",
    "wanted",
    "ways",
    "people",
    "counted",
    // The conversations that have the rarest term of a search: as many as a search looks up.
    "matching",
];

/// The statements that sort, how often, and what.
const SORTS: &[(&str, usize, &str)] = &[
    (
        "audit_outbox/retry_set_aside.sql",
        1,
        "what was set aside, which is little",
    ),
    (
        "access_reader/people.sql",
        2,
        "those to whom more than the organization's grant shows it; a page",
    ),
    (
        "audit_log/list.sql",
        2,
        "what lies between two times; a page",
    ),
    (
        "conversation_reader/list.sql",
        6,
        "one page for each way in, what they make together, and one for each group",
    ),
    (
        "conversation_reader/search.sql",
        7,
        "as the list, and what is told of a slice",
    ),
    (
        "conversation_reader/search_by_rarest_term.sql",
        1,
        "those that have the rarest term",
    ),
    ("search/rarest_term.sql", 1, "the terms of one search"),
    (
        "event_reader/writing.sql",
        1,
        "the answers that are being written",
    ),
    (
        "message_repository/find_many.sql",
        1,
        "the messages of one part of a copy",
    ),
    (
        "message_reader/newest_below.sql",
        1,
        "what follows one message",
    ),
    ("message_reader/path.sql", 2, "a page and the leaf, twice"),
    (
        "message_reader/search_texts.sql",
        1,
        "some messages of each hit",
    ),
];

#[tokio::test]
async fn every_statement_is_carried_out_by_indexes() {
    let plans = plans().await;
    for (name, plan) in &plans {
        for step in plan.lines().map(str::trim) {
            assert!(
                !step.contains("AUTOMATIC"),
                "{name} makes an index to throw away: {step}"
            );
            if let Some(what) = step.strip_prefix("SCAN ") {
                let is_bounded = what.contains("VIRTUAL TABLE")
                    || what == "CONSTANT ROW"
                    || what.starts_with("(subquery")
                    || SMALL.contains(&what.trim_end_matches(" LEFT-JOIN"));
                assert!(is_bounded, "{name} goes through all of a table: {step}");
            }
        }
        let sorts = plan.matches("USE TEMP B-TREE FOR ORDER BY").count();
        let allowed = SORTS.iter().find(|(sorting, ..)| sorting == name);
        assert_eq!(
            sorts,
            allowed.map_or(0, |(_, sorts, _)| *sorts),
            "{name} sorts:\n{plan}"
        );
    }
    let sections = plans
        .iter()
        .map(|(name, plan)| ["## ", name, "\n\n", plan, "\n"].concat());
    insta::assert_snapshot!("plans", sections.collect::<String>());
}

async fn plans() -> BTreeMap<String, String> {
    let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    MIGRATOR.run(&mut connection).await.unwrap();
    let mut plans = BTreeMap::new();
    for (name, statement) in statements() {
        plans.insert(name, plan(&mut connection, &statement).await);
    }
    plans
}

/// Every statement by its path below `queries/`.
fn statements() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("queries");
    let mut files = Vec::new();
    find_files(&root, &mut files);
    files
        .into_iter()
        .map(|file| {
            let name = file.strip_prefix(&root).unwrap().display().to_string();
            (name, fs::read_to_string(file).unwrap())
        })
        .collect()
}

fn find_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            find_files(&path, files);
        } else {
            files.push(path);
        }
    }
}

/// The steps of a statement, those within another one indented.
async fn plan(connection: &mut SqliteConnection, statement: &str) -> String {
    let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
    let mut depths: BTreeMap<i64, usize> = BTreeMap::new();
    let mut plan = String::new();
    for row in sqlx::query(explain).fetch_all(connection).await.unwrap() {
        let (id, parent): (i64, i64) = (row.get("id"), row.get("parent"));
        let depth = depths.get(&parent).map_or(0, |depth| depth + 1);
        depths.insert(id, depth);
        plan += &"    ".repeat(depth);
        plan += row.get("detail");
        plan += "\n";
    }
    plan
}
