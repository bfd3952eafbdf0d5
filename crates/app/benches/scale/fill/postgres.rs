//! Filling PostgreSQL.

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, query_scalar, raw_sql};
use uuid::Uuid;

use super::{
    ANSWER, Content, PROMPT, TITLE, adjusted, batches, progress, values, with_values, words,
};

/// What a filled database has as its comment: another one was left in the middle, or filled otherwise.
const FILLED: &str = "filled for the benchmark, fourth edition";

pub async fn create(server: &str, name: &str) {
    let mut connection = PgConnection::connect(server).await.unwrap();
    run(
        &mut connection,
        format!("DROP DATABASE IF EXISTS {name} (FORCE)"),
    )
    .await;
    run(&mut connection, format!("CREATE DATABASE {name}")).await;
}

pub async fn is_filled(server: &str, name: &str) -> bool {
    let mut connection = PgConnection::connect(server).await.unwrap();
    let comment: Option<Option<String>> = query_scalar(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = $1",
    )
    .bind(name)
    .fetch_optional(&mut connection)
    .await
    .unwrap();
    comment.flatten().as_deref() == Some(FILLED)
}

/// Indexes are made at the end, which is far quicker; foreign keys hold by construction.
pub async fn fill(url: &str, content: Content, size: u32) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let mut values = values(|id| format!("'{id}'::uuid"));
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
        "SET session_replication_role = replica; SET maintenance_work_mem = '1GB'".to_owned(),
    )
    .await;
    run(
        &mut connection,
        with_values(include_str!("postgres/people.sql"), &values(&[])),
    )
    .await;
    let indexes: Vec<(String, String)> = sqlx::query_as(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
        FROM pg_index AS i
        WHERE i.indrelid IN (
                'conversations'::regclass, 'conversation_group_grants'::regclass, 'messages'::regclass,
                'search_terms'::regclass
            )
            AND NOT EXISTS (SELECT FROM pg_constraint AS c WHERE c.conindid = i.indexrelid)",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    for (name, _) in &indexes {
        run(&mut connection, format!("DROP INDEX {name}")).await;
    }
    for (from, to) in batches(size) {
        let bounds = [
            ("from", from.to_string()),
            ("to", to.to_string()),
            ("size", size.to_string()),
        ];
        let batch = [
            include_str!("postgres/made.sql"),
            adjusted(content),
            include_str!("postgres/conversations.sql"),
        ];
        run(
            &mut connection,
            with_values(&batch.concat(), &values(&bounds)),
        )
        .await;
        progress(to, size);
    }
    for (number, (_, definition)) in indexes.into_iter().enumerate() {
        eprintln!("making index {}", number + 1);
        run(&mut connection, definition).await;
    }
    run(&mut connection, "ANALYZE".to_owned()).await;
    let audiences: Vec<Uuid> = query_scalar(AssertSqlSafe(with_values(
        include_str!("postgres/audiences.sql"),
        &values(&[]),
    )))
    .fetch_all(&mut connection)
    .await
    .unwrap();
    for (number, audience) in (1..).zip(&audiences) {
        let audience = [("audience", format!("'{audience}'::uuid"))];
        let sql = with_values(include_str!("postgres/audience.sql"), &values(&audience));
        run(&mut connection, sql).await;
        if number % 100 == 0 {
            eprintln!("the terms of {number} of {} audiences", audiences.len());
        }
    }
    run(&mut connection, "VACUUM (ANALYZE)".to_owned()).await;
    run(&mut connection, "CHECKPOINT".to_owned()).await;
    let name: String = query_scalar("SELECT current_database()::text")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    run(
        &mut connection,
        format!("COMMENT ON DATABASE {name} IS '{FILLED}'"),
    )
    .await;
}

pub async fn visible(url: &str) -> Vec<Uuid> {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let sql = with_values(
        include_str!("postgres/visible.sql"),
        &values(|id| format!("'{id}'::uuid")),
    );
    query_scalar(AssertSqlSafe(sql))
        .fetch_all(&mut connection)
        .await
        .unwrap()
}

pub async fn warm(url: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let everything = "CREATE EXTENSION IF NOT EXISTS pg_prewarm; \
        SELECT pg_prewarm(oid::regclass) FROM pg_class \
        WHERE relkind IN ('r', 'i') AND relnamespace = 'public'::regnamespace";
    run(&mut connection, everything.to_owned()).await;
}

pub async fn sweep(url: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let sql = with_values(
        include_str!("postgres/sweep.sql"),
        &values(|id| format!("'{id}'::uuid")),
    );
    run(&mut connection, sql).await;
    run(&mut connection, "VACUUM (ANALYZE)".to_owned()).await;
}

/// The words of a text, with its places for numbers, as the value of a column.
fn words_expression(text: &str) -> String {
    // The places are words of their own, which stay as they are.
    let text = text
        .replace("{number}", "0number0")
        .replace("{mark}", "0mark0");
    let words = words(&text).join("','");
    let words = words.replace("0number0", "' || lpad(n::text, 7, '0') || '");
    let words = words.replace("0mark0", "' || mark || '");
    format!("ARRAY['{words}']")
}

async fn run(connection: &mut PgConnection, sql: String) {
    connection
        .execute(raw_sql(AssertSqlSafe(sql)))
        .await
        .unwrap();
}
