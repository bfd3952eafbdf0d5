//! How PostgreSQL carries out every statement of `queries/`: a reviewer sees in the snapshot what a change of a statement or of
//! an index makes of it. Plans are made as the service has them made: for any arguments, and under its roles and settings.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use sqlx::{AssertSqlSafe, ConnectOptions as _, PgConnection, query_scalar, raw_sql};

use crate::database::Database;

/// The version whose words are in the snapshot. Others tell the same in other words.
const SNAPSHOT: i32 = 15;

/// The statements of upkeep, or the folders of such.
const UPKEEP: &[&str] = &[
    "answer_journal/find_abandoned.sql",
    "audit_outbox/",
    "conversation_changes/",
    "search_indexer/find.sql",
    "search_indexer/is_complete.sql",
    "store_admin/expire_idempotency_keys.sql",
    "store_admin/expire_sessions.sql",
    "store_admin/identity_mode.sql",
    "store_admin/migrations.sql",
];

/// The statements that sort, how often, and what.
const SORTS: &[(&str, usize, &str)] = &[
    (
        "access_reader/people.sql",
        2,
        "those to whom more than the organization's grant shows it; a page",
    ),
    (
        "audit_log/append.sql",
        1,
        "the conversations of the entries of one transaction",
    ),
    ("audit_log/list.sql", 1, "what lies between two times"),
    (
        "message_repository/find_many.sql",
        1,
        "the messages of one part of a copy",
    ),
    (
        "audit_outbox/undelivered.sql",
        1,
        "a page for each organization",
    ),
    (
        "conversation_reader/list.sql",
        2,
        "a page for each group; a page and what they add to it",
    ),
    (
        "conversation_reader/search.sql",
        3,
        "what the ways in make together; the end of the slice; what is told",
    ),
    (
        "message_reader/newest_below.sql",
        1,
        "what follows one message",
    ),
    ("message_reader/path.sql", 2, "a page and the leaf, twice"),
];

/// The statements that go through all of a table, and which: those have one row for each organization.
const WHOLE_TABLES: &[(&str, &str)] = &[
    ("audit_outbox/release.sql", "audit_relay_leases"),
    ("store_admin/identity_mode.sql", "organizations"),
];

#[tokio::test]
async fn every_statement_is_carried_out_by_indexes() {
    let database = Database::migrated().await;
    let plans = plans(&database).await;
    let complaints: Vec<String> = plans
        .iter()
        .flat_map(|(name, plan)| complaints(name, plan))
        .collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    if major_version(&database).await == SNAPSHOT {
        let sections = plans
            .iter()
            .map(|(name, plan)| ["## ", name, "\n\n", plan, "\n"].concat());
        insta::assert_snapshot!("plans", sections.collect::<String>());
    }
}

/// What a plan does that it must not do.
fn complaints(name: &str, plan: &str) -> Vec<String> {
    let steps = || {
        plan.lines()
            .map(|line| line.trim_start_matches([' ', '-', '>']))
    };
    let is_bad = |step: &str| {
        let is_whole_table = WHOLE_TABLES
            .iter()
            .any(|(small, table)| *small == name && step == format!("Seq Scan on {table}"));
        (step.starts_with("Seq Scan") && !is_whole_table)
            || step.starts_with("Hash Join")
            || step.starts_with("Merge Join")
            || step.starts_with("Bitmap")
    };
    let mut complaints: Vec<String> = steps()
        .filter(|step| is_bad(step))
        .map(|step| format!("{name}: {step}"))
        .collect();
    let sorts = steps()
        .filter(|step| *step == "Sort" || *step == "Incremental Sort")
        .count();
    let allowed = SORTS.iter().find(|(sorting, ..)| *sorting == name);
    if sorts != allowed.map_or(0, |(_, sorts, _)| *sorts) {
        complaints.push(format!("{name} sorts:\n{plan}"));
    }
    complaints
}

async fn major_version(database: &Database) -> i32 {
    query_scalar("SELECT current_setting('server_version_num')::integer / 10000")
        .fetch_one(&mut database.connect().await)
        .await
        .unwrap()
}

/// The plan of each statement by its path below `queries/`.
pub async fn plans(database: &Database) -> BTreeMap<String, String> {
    let options = database.options();
    let mut service = options.for_requests().connect().await.unwrap();
    let mut upkeep = options.for_upkeep().connect().await.unwrap();
    let mut plans = BTreeMap::new();
    for (name, statement) in statements() {
        let is_upkeep = UPKEEP.iter().any(|upkeep| name.starts_with(upkeep));
        let connection = if is_upkeep { &mut upkeep } else { &mut service };
        plans.insert(name, plan(connection, &statement).await);
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
async fn plan(connection: &mut PgConnection, statement: &str) -> String {
    let mut run = async |statement: String| {
        raw_sql(AssertSqlSafe(statement))
            .fetch_all(&mut *connection)
            .await
            .unwrap()
    };
    run(format!("PREPARE planned AS {statement}")).await;
    let arguments = vec!["NULL"; parameters(statement)].join(", ");
    let execute = if arguments.is_empty() {
        "EXECUTE planned".to_owned()
    } else {
        format!("EXECUTE planned ({arguments})")
    };
    let steps = run(format!("EXPLAIN (COSTS OFF) {execute}")).await;
    run("DEALLOCATE planned".to_owned()).await;
    let steps = steps
        .iter()
        .map(|step| sqlx::Row::get::<&str, _>(step, 0).to_owned() + "\n");
    steps.collect()
}

/// How many parameters a statement has.
fn parameters(statement: &str) -> usize {
    let without_comments = statement.lines().filter_map(|line| line.split("--").next());
    let text: String = without_comments.collect();
    let numbers = text.split('$').skip(1).filter_map(|after| {
        let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    });
    numbers.max().unwrap_or(0)
}
