//! How SQLite carries out every statement of `queries/`: a reviewer sees in the snapshot what a change of a statement or
//! of an index makes of it.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use parlor_adapters_sqlite::MIGRATOR;
use sqlx::{AssertSqlSafe, Connection as _, Row as _, SqliteConnection};

#[tokio::test]
async fn every_statement_is_carried_out_by_indexes() {
    let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    MIGRATOR.run(&mut connection).await.unwrap();
    let mut all = String::new();
    for (name, statement) in statements() {
        all += &[
            "## ",
            &name,
            "\n\n",
            &plan(&mut connection, &statement).await,
            "\n",
        ]
        .concat();
    }
    insta::assert_snapshot!("plans", all);
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
