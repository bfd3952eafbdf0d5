//! The second lock: the database holds the organization's border even for a statement that forgets it. The statements here do.

use parlor_store_conformance::kit::prelude::*;
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, PgConnection, postgres::PgDatabaseError, query,
    query_scalar,
};

use crate::database::Database;

/// The tables, and whether requests may read them.
const TABLES: &[(&str, bool)] = &[
    ("audit_entries", true),
    ("audit_relay_leases", false),
    ("conversation_events", true),
    ("conversation_group_grants", true),
    ("conversations", true),
    ("denied_repeats", true),
    ("directory_groups", true),
    ("group_members", true),
    ("idempotency_keys", true),
    ("members", true),
    ("messages", true),
    ("organizations", true),
    ("prompt_allowances", true),
    ("role_permissions", true),
    ("roles", true),
    ("search_audience_pending", true),
    ("search_audience_terms", true),
    ("search_documents", true),
    ("search_terms", true),
    ("search_unindexed", true),
    ("sessions", true),
    ("user_roles", true),
    ("users", true),
];

/// PostgreSQL's code where one has no right, or a row would go where the policies do not let it.
const INSUFFICIENT_PRIVILEGE: &str = "42501";

/// Two organizations with rows in every table, under the same ids.
async fn two_organizations_with_everything() -> Database {
    let database = Database::migrated().await;
    let store = database.filled().await;
    for organization_id in [ACME, GLOBEX] {
        let conversation = parlor_domain::conversation::Conversation {
            organization_id,
            ..shared(
                1,
                ALICE,
                grants(None, &[(HUNTERS, parlor_domain::grants::Level::View)]),
            )
        };
        let message = prompt(conversation.id, 1, None, ALICE, "Secret");
        store.create_with(&conversation, &[message]).await;
        let (organization, user, conversation) = (
            organization_id.as_uuid(),
            ALICE.as_uuid(),
            conversation.id.as_uuid(),
        );
        database
            .execute(&format!(
                "INSERT INTO idempotency_keys VALUES
                     ('{organization}', '{user}', 'key', decode(repeat('00', 32), 'hex'), '{conversation}', NULL, now());
                 INSERT INTO prompt_allowances VALUES ('{organization}', '{user}', now());
                 INSERT INTO sessions VALUES ('{organization}', decode(repeat('00', 32), 'hex'), '{user}', now(), now());
                 INSERT INTO search_audience_terms VALUES ('{organization}', '{user}', 'secret', '{conversation}');
                 INSERT INTO search_documents VALUES ('{organization}', '{conversation}', '{conversation}', '');
                 INSERT INTO denied_repeats (organization_id, actor_id, conversation_id, last_id)
                     VALUES ('{organization}', '{user}', '{conversation}', '{conversation}')"
            ))
            .await;
    }
    for (table, _) in TABLES {
        let organizations = format!("SELECT count(DISTINCT organization_id) FROM {table}");
        assert_eq!(database.number(&organizations).await, 2, "{table}");
    }
    let tables = "SELECT count(*) FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> '_sqlx_migrations'";
    assert_eq!(
        usize::try_from(database.number(tables).await),
        Ok(TABLES.len()),
        "a table is missing in the list"
    );
    database
}

/// A connection as requests have it, before it was told for whom it works.
async fn unassigned(database: &Database) -> PgConnection {
    database.options().for_requests().connect().await.unwrap()
}

/// A connection that works for Acme.
async fn for_acme(database: &Database) -> PgConnection {
    let mut connection = unassigned(database).await;
    let statement = format!("SET parlor.organization_id = '{ACME}'");
    run(&mut connection, &statement).await.unwrap();
    connection
}

async fn upkeep(database: &Database) -> PgConnection {
    database.options().for_upkeep().connect().await.unwrap()
}

/// The number of rows that a statement changed, or the code of its refusal.
async fn run(connection: &mut PgConnection, statement: &str) -> Result<u64, String> {
    match query(AssertSqlSafe(statement.to_owned()))
        .execute(connection)
        .await
    {
        Ok(done) => Ok(done.rows_affected()),
        Err(error) => {
            let error = error.into_database_error().unwrap();
            Err(error.downcast_ref::<PgDatabaseError>().code().to_owned())
        }
    }
}

async fn number(connection: &mut PgConnection, statement: &str) -> i64 {
    query_scalar(AssertSqlSafe(statement.to_owned()))
        .fetch_one(connection)
        .await
        .unwrap()
}

fn refused<T>() -> Result<T, String> {
    Err(INSUFFICIENT_PRIVILEGE.to_owned())
}

#[tokio::test]
async fn a_statement_that_forgets_its_filter_sees_one_organization_alone() {
    let database = two_organizations_with_everything().await;
    let mut connection = for_acme(&database).await;
    for (table, is_readable) in TABLES {
        let all = format!("SELECT count(*) FROM {table}");
        if !is_readable {
            assert_eq!(run(&mut connection, &all).await, refused(), "{table}");
            continue;
        }
        let of_acme = format!("{all} WHERE organization_id = '{ACME}'");
        let of_others = format!("{all} WHERE organization_id <> '{ACME}'");
        let expected = database.number(&of_acme).await;
        assert!(expected > 0, "{table}");
        assert_eq!(number(&mut connection, &all).await, expected, "{table}");
        assert_eq!(number(&mut connection, &of_others).await, 0, "{table}");
    }
}

#[tokio::test]
async fn a_connection_that_does_not_say_for_whom_it_works_sees_nothing() {
    let database = two_organizations_with_everything().await;
    let mut connection = unassigned(&database).await;
    let readable = TABLES.iter().filter(|(_, is_readable)| *is_readable);
    for (table, _) in readable.clone() {
        let all = format!("SELECT count(*) FROM {table}");
        assert_eq!(number(&mut connection, &all).await, 0, "{table}");
    }
    // The same once a transaction that said so is over.
    run(&mut connection, "BEGIN").await.unwrap();
    run(
        &mut connection,
        &format!("SET LOCAL parlor.organization_id = '{ACME}'"),
    )
    .await
    .unwrap();
    assert!(number(&mut connection, "SELECT count(*) FROM users").await > 0);
    run(&mut connection, "COMMIT").await.unwrap();
    for (table, _) in readable {
        let all = format!("SELECT count(*) FROM {table}");
        assert_eq!(number(&mut connection, &all).await, 0, "{table}");
    }
}

#[tokio::test]
async fn nothing_is_written_into_another_organization() {
    let database = two_organizations_with_everything().await;
    let mut connection = for_acme(&database).await;
    let inserts = [
        format!("INSERT INTO users VALUES ('{GLOBEX}', gen_random_uuid(), 'Eve', 'eve@example.org', true)"),
        format!("INSERT INTO roles VALUES ('{GLOBEX}', gen_random_uuid(), 'Thief')"),
        format!("INSERT INTO group_members VALUES ('{GLOBEX}', '{}', '{}')", BOB.as_uuid(), RESPONDERS.as_uuid()),
        format!(
            "INSERT INTO conversations
             SELECT '{GLOBEX}', gen_random_uuid(), owner_id, title, privacy, organization_level, created_at, last_activity_at,
                 version, forked_from
             FROM conversations"
        ),
        format!(
            "INSERT INTO audit_entries (organization_id, id, action, actor_id, occurred_at, document)
             VALUES ('{GLOBEX}', gen_random_uuid(), 'x', gen_random_uuid(), now(), '{{}}')"
        ),
        format!("INSERT INTO audit_relay_leases (organization_id) VALUES ('{GLOBEX}')"),
        format!(
            "INSERT INTO denied_repeats (organization_id, actor_id, conversation_id, last_id)
             VALUES ('{GLOBEX}', gen_random_uuid(), gen_random_uuid(), gen_random_uuid())"
        ),
        format!("INSERT INTO search_documents VALUES ('{GLOBEX}', gen_random_uuid(), gen_random_uuid(), '')"),
        format!("INSERT INTO search_terms VALUES ('{GLOBEX}', gen_random_uuid(), 'beacon', true, NULL)"),
        format!("INSERT INTO search_audience_terms VALUES ('{GLOBEX}', gen_random_uuid(), 'beacon', gen_random_uuid())"),
        format!("INSERT INTO sessions VALUES ('{GLOBEX}', decode(repeat('11', 32), 'hex'), '{}', now(), now())", ALICE.as_uuid()),
        // To give a row away is to write it there.
        format!("UPDATE users SET organization_id = '{GLOBEX}'"),
        format!("UPDATE conversations SET organization_id = '{GLOBEX}'"),
    ];
    for statement in &inserts {
        assert_eq!(
            run(&mut connection, statement).await,
            refused(),
            "{statement}"
        );
    }
    for change in [
        "UPDATE conversations SET title = 'Mine now'",
        "UPDATE messages SET content = 'Mine now'",
        "UPDATE organizations SET name = 'Mine now'",
        "DELETE FROM conversation_group_grants",
    ] {
        let changed = run(&mut connection, change).await.unwrap();
        assert!(changed > 0, "{change}");
        let elsewhere = format!("{change} {} organization_id = '{GLOBEX}'", "WHERE");
        assert_eq!(run(&mut connection, &elsewhere).await, Ok(0), "{elsewhere}");
    }
    let untouched = format!(
        "SELECT count(*) FROM conversations AS c
         JOIN conversation_group_grants AS g USING (organization_id)
         JOIN messages AS m USING (organization_id)
         JOIN organizations AS o USING (organization_id)
         WHERE organization_id = '{GLOBEX}'
             AND 'Mine now' NOT IN (c.title, m.content, o.name)"
    );
    assert_eq!(database.number(&untouched).await, 1);
}

#[tokio::test]
async fn the_service_neither_changes_nor_deletes_an_audit_entry() {
    let database = two_organizations_with_everything().await;
    let mut connection = for_acme(&database).await;
    for statement in [
        "UPDATE audit_entries SET document = '{}'",
        "UPDATE audit_entries SET delivered_at = now()",
        "DELETE FROM audit_entries",
        "TRUNCATE audit_entries",
        "INSERT INTO audit_entries (organization_id, id, action, actor_id, occurred_at, document)
         SELECT organization_id, id, action, actor_id, occurred_at, document FROM audit_entries
         ON CONFLICT (organization_id, id) DO UPDATE SET document = '{}'",
        "ALTER TABLE audit_entries DISABLE ROW LEVEL SECURITY",
    ] {
        assert_eq!(
            run(&mut connection, statement).await,
            refused(),
            "{statement}"
        );
    }
    let mut connection = upkeep(&database).await;
    for statement in [
        "UPDATE audit_entries SET document = '{}'",
        "UPDATE audit_entries SET actor_id = gen_random_uuid()",
        "DELETE FROM audit_entries",
        "INSERT INTO audit_entries (organization_id, id, action, actor_id, occurred_at, document)
         SELECT organization_id, gen_random_uuid(), 'x', organization_id, now(), '{}' FROM organizations",
    ] {
        assert_eq!(
            run(&mut connection, statement).await,
            refused(),
            "{statement}"
        );
    }
}

#[tokio::test]
async fn upkeep_sees_what_it_is_for_in_every_organization_and_nothing_else() {
    let database = two_organizations_with_everything().await;
    let mut connection = upkeep(&database).await;
    let visible = [
        "audit_entries",
        "audit_relay_leases",
        "denied_repeats",
        "idempotency_keys",
        "messages",
        "organizations",
        "search_audience_pending",
        "search_documents",
        "search_terms",
        "search_unindexed",
        "sessions",
    ];
    for (table, _) in TABLES {
        let organizations = format!("SELECT count(DISTINCT organization_id) FROM {table}");
        if visible.contains(table) {
            assert_eq!(number(&mut connection, &organizations).await, 2, "{table}");
        } else {
            let found = run(&mut connection, &organizations).await;
            assert_eq!(found, refused(), "{table}");
        }
    }
}

#[tokio::test]
async fn a_search_that_names_another_organizations_words_finds_nothing() {
    let database = two_organizations_with_everything().await;
    let mut connection = for_acme(&database).await;
    // Every word of every organization.
    let found = "SELECT count(*) FROM parlor_search('!zzz')";
    assert_eq!(number(&mut connection, found).await, 1);
    let mut connection = unassigned(&database).await;
    assert_eq!(number(&mut connection, found).await, 0);
}
