//! Filling SQLite.

use std::str::FromStr as _;

use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, SqliteConnection,
    query_scalar, raw_sql,
    sqlite::{SqliteConnectOptions, SqliteSynchronous},
};
use uuid::Uuid;

use super::{
    ANSWER, Content, PROMPT, TITLE, adjusted, batches, progress, values, with_values, words,
};

/// The `user_version` of a filled file: another one was left in the middle, or filled otherwise.
const FILLED: i32 = 4;

pub async fn is_filled(url: &str) -> bool {
    let mut connection = open(url).await;
    let version: i32 = query_scalar("PRAGMA user_version")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    version == FILLED
}

/// Foreign keys hold by construction.
pub async fn fill(url: &str, content: Content, size: u32) {
    let mut connection = open(url).await;
    let mut values = values(|id| format!("x'{}'", id.simple()));
    for (name, text) in [
        ("title_words", TITLE),
        ("prompt_words", PROMPT),
        ("answer_words", ANSWER),
    ] {
        values.push((name, words_expression(text)));
    }
    let values = |more: &[(&'static str, String)]| [&*values, more].concat();
    run(
        &mut connection,
        with_values(include_str!("sqlite/people.sql"), &values(&[])),
    )
    .await;
    for (from, to) in batches(size) {
        let bounds = [
            ("from", from.to_string()),
            ("to", to.to_string()),
            ("size", size.to_string()),
        ];
        let batch = [
            include_str!("sqlite/made.sql"),
            adjusted(content),
            include_str!("sqlite/conversations.sql"),
        ];
        run(
            &mut connection,
            with_values(&batch.concat(), &values(&bounds)),
        )
        .await;
        progress(to, size);
    }
    let audiences: Vec<Uuid> = query_scalar(
        "SELECT DISTINCT a.audience_id FROM conversation_audiences AS a ORDER BY a.audience_id",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    for (number, audience) in (1..).zip(&audiences) {
        let audience = [("audience", format!("x'{}'", audience.simple()))];
        let sql = with_values(include_str!("sqlite/audience.sql"), &values(&audience));
        run(&mut connection, sql).await;
        if number % 100 == 0 {
            eprintln!("the terms of {number} of {} audiences", audiences.len());
        }
    }
    run(
        &mut connection,
        format!("PRAGMA user_version = {FILLED}; PRAGMA wal_checkpoint(TRUNCATE)"),
    )
    .await;
    connection.close().await.unwrap();
}

pub async fn visible(url: &str) -> Vec<Uuid> {
    let mut connection = open(url).await;
    let sql = with_values(
        include_str!("sqlite/visible.sql"),
        &values(|id| format!("x'{}'", id.simple())),
    );
    query_scalar(AssertSqlSafe(sql))
        .fetch_all(&mut connection)
        .await
        .unwrap()
}

pub async fn sweep(url: &str) {
    let mut connection = open(url).await;
    let sql = with_values(
        include_str!("sqlite/sweep.sql"),
        &values(|id| format!("x'{}'", id.simple())),
    );
    run(&mut connection, "PRAGMA foreign_keys = ON".to_owned()).await;
    run(&mut connection, sql).await;
    run(
        &mut connection,
        "PRAGMA wal_checkpoint(TRUNCATE)".to_owned(),
    )
    .await;
    connection.close().await.unwrap();
}

async fn open(url: &str) -> SqliteConnection {
    let options = SqliteConnectOptions::from_str(url).unwrap();
    options
        .foreign_keys(false)
        .synchronous(SqliteSynchronous::Off)
        .pragma("cache_size", "-500000")
        .pragma("temp_store", "memory")
        .connect()
        .await
        .unwrap()
}

/// The words of a text, with its places for numbers, as the value of a column.
fn words_expression(text: &str) -> String {
    // The places are words of their own, which stay as they are.
    let text = text
        .replace("{number}", "0number0")
        .replace("{mark}", "0mark0");
    let words = words(&text).join(" ");
    let words = words.replace("0number0", "' || printf('%07d', n) || '");
    let words = words.replace("0mark0", "' || mark || '");
    format!("'{words}'")
}

async fn run(connection: &mut SqliteConnection, sql: String) {
    connection
        .execute(raw_sql(AssertSqlSafe(sql)))
        .await
        .unwrap();
}
