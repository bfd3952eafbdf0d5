//! How PostgreSQL carries out every statement of `queries/`: a reviewer sees in the snapshot what a change of a statement or of
//! an index makes of it. Plans are made as the service has them made: for any arguments, and under its roles and settings.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use sqlx::{AssertSqlSafe, ConnectOptions as _, PgConnection, query_scalar, raw_sql};
use uuid::Uuid;

use crate::database::Database;

/// The version whose words are in the snapshot. Others tell the same in other words.
const SNAPSHOT: i32 = 15;

/// The statements of upkeep, or the folders of such.
const UPKEEP: &[&str] = &[
    "answer_journal/find_abandoned.sql",
    "audit_log/end_denials.sql",
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
        "audit_outbox/retry_set_aside.sql",
        1,
        "what was set aside, which is little",
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
        "conversation_reader/search_by_rarest_term.sql",
        2,
        "those that have the rarest term; the hits",
    ),
    ("search/rarest_term.sql", 1, "the terms of one search"),
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
    // Of an empty table all indexes cost the same.
    database
        .execute(
            "INSERT INTO audit_entries (organization_id, id, action, actor_id, occurred_at, document)
             SELECT gen_random_uuid(), gen_random_uuid(), 'SIGN_IN', gen_random_uuid(), now(), '{}'
             FROM generate_series(1, 1000)",
        )
        .await;
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

/// The function has no plan of its own to look at: the pages that it touches are counted.
#[tokio::test]
async fn the_visit_of_an_opening_is_found_in_a_few_pages_of_a_long_log() {
    let database = Database::migrated().await;
    let [organization, conversation, reader, other] = [1_u128, 2, 3, 4].map(Uuid::from_u128);
    // A conversation that one person opened again and again, and the same person others.
    database
        .execute(&format!(
            "INSERT INTO audit_entries (
                organization_id, id, action, actor_id, conversation_id, privileged_reading, occurred_at, document
             )
             SELECT
                '{organization}', gen_random_uuid(), 'AI_INFERENCE_STREAM_GET', '{reader}',
                CASE WHEN number % 2 = 0 THEN '{conversation}'::uuid ELSE gen_random_uuid() END, 'open', now(), '{{}}'
             FROM generate_series(1, 40000) AS number"
        ))
        .await;
    let mut service = database.options().for_requests().connect().await.unwrap();
    let mut run = async |statement: String| {
        let rows = raw_sql(AssertSqlSafe(statement)).fetch_all(&mut service);
        let rows = rows.await.unwrap();
        rows.iter()
            .map(|row| sqlx::Row::get::<String, _>(row, 0))
            .collect::<Vec<_>>()
    };
    run(format!(
        "SELECT set_config('parlor.organization_id', '{organization}', false)"
    ))
    .await;
    // Somebody who was there, and somebody who never was.
    for (actor, is_found) in [(reader, true), (other, false)] {
        let call = format!(
            "parlor_continued_visit('{organization}', '{conversation}', '{actor}', interval '1 hour')"
        );
        let found = run(format!("SELECT ({call} IS NOT NULL)::text")).await;
        assert_eq!(found, [is_found.to_string()]);
        let mut pages = 0;
        // The first calls look at the catalogue too, and plan.
        for _ in 0..8 {
            let explained = run(format!(
                "EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT {call}"
            ))
            .await;
            let buffers = explained.iter().find(|line| line.contains("Buffers: "));
            let numbers = buffers.map_or("", String::as_str).split(['=', ' ']);
            pages = numbers.filter_map(|word| word.parse::<u32>().ok()).sum();
        }
        assert!((1..=12).contains(&pages), "{pages} pages for {actor}");
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
