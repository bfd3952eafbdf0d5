//! Bringing the schema up to date.

use std::time::Duration;

use parlor_adapters_sqlite::{MIGRATOR, SqliteOptions, SqliteStore};
use parlor_application::ports::{IndexingProgress, MigrationError, NotReady, StoreAdmin as _};
use parlor_store_conformance::kit::prelude::*;
use tokio::task::JoinSet;

use crate::database::Database;

#[tokio::test]
async fn a_store_is_ready_once_it_is_migrated() {
    let database = Database::new();
    let store = SqliteStore::open(database.options()).await.unwrap();
    assert!(matches!(
        store.readiness().await,
        Err(NotReady::SchemaBehind)
    ));
    store.migrate().await.unwrap();
    store.readiness().await.unwrap();
}

#[tokio::test]
async fn connections_share_no_cache_of_pages_and_no_count_of_memory() {
    let database = Database::new();
    let _store = database.open().await;
    let compiled_with = |option: &str| {
        let query = format!(
            "SELECT count(*) FROM pragma_compile_options WHERE compile_options = '{option}'"
        );
        let database = &database;
        async move { database.number(&query).await }
    };
    assert_eq!(compiled_with("THREADSAFE=1").await, 1);
    assert_eq!(compiled_with("ENABLE_MEMORY_MANAGEMENT").await, 0);
    assert_eq!(compiled_with("DEFAULT_MEMSTATUS=0").await, 1);
}

#[tokio::test]
async fn migrating_again_changes_nothing() {
    let database = Database::new();
    let store = database.filled().await;
    store.create(&private(1, ALICE)).await;
    let applied = "SELECT count(*) FROM _sqlx_migrations";
    let before = database.number(applied).await;
    store.stores.admin.migrate().await.unwrap();
    assert_eq!(database.number(applied).await, before);
    assert_eq!(store.stored(in_acme(1)).await, Some(private(1, ALICE)));
}

#[tokio::test]
async fn a_step_that_is_missing_leaves_the_schema_behind() {
    let database = Database::new();
    let store = database.open().await;
    let last = MIGRATOR
        .iter()
        .map(|migration| migration.version)
        .max()
        .unwrap();
    database
        .execute(&format!(
            "DELETE FROM _sqlx_migrations WHERE version = {last}"
        ))
        .await;
    assert!(matches!(
        store.readiness().await,
        Err(NotReady::SchemaBehind)
    ));
}

#[tokio::test]
async fn a_newer_programs_schema_is_left_alone() {
    let database = Database::new();
    let store = database.open().await;
    database
        .execute(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (9999, 'newer', 1, x'00', 0)",
        )
        .await;
    assert!(matches!(
        store.readiness().await,
        Err(NotReady::SchemaAhead)
    ));
    assert!(matches!(
        store.migrate().await,
        Err(MigrationError::SchemaAhead)
    ));
}

#[tokio::test]
async fn a_schema_that_a_newer_program_expanded_serves_this_one_too() {
    let database = Database::new();
    let store = database.open().await;
    database
        .execute(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (9999, 'expand labels', 1, x'00', 0)",
        )
        .await;
    store.readiness().await.unwrap();
    store.migrate().await.unwrap();
}

#[tokio::test]
async fn a_step_that_is_not_the_one_that_was_applied_is_told() {
    let database = Database::new();
    let store = database.open().await;
    database
        .execute("UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 3")
        .await;
    assert!(matches!(
        store.migrate().await,
        Err(MigrationError::Changed(3))
    ));
}

#[tokio::test]
async fn a_migration_that_fails_leaves_nothing_of_itself() {
    let database = Database::new();
    // The name that a later step wants is taken.
    database
        .execute("CREATE TABLE search_documents (something)")
        .await;
    let store = SqliteStore::open(database.options()).await.unwrap();
    assert!(matches!(
        store.migrate().await,
        Err(MigrationError::Other(_))
    ));
    assert_eq!(
        database.number("SELECT count(*) FROM sqlite_schema").await,
        1
    );
    database.execute("DROP TABLE search_documents").await;
    store.migrate().await.unwrap();
    store.readiness().await.unwrap();
}

/// The last step of the first program.
const FIRST_PROGRAM: i64 = 11;

#[tokio::test]
async fn a_store_of_the_first_program_is_migrated_with_everything_in_it() {
    let today = Database::new();
    let old = today.filled().await;
    let messages = writing(conversation_id(1), ALICE);
    old.create_with(&private(1, ALICE), &messages).await;
    let told = old.messages(in_acme(1)).await;
    let waiting = old.stores.outbox.undelivered(10).await.unwrap();
    old.stores.admin.close().await;
    let database = today.as_of(FIRST_PROGRAM).await;

    let store = SqliteStore::open(database.options()).await.unwrap();
    assert!(matches!(
        store.readiness().await,
        Err(NotReady::SchemaBehind)
    ));
    let new = database.again(&old, database.open().await);
    new.stores.admin.readiness().await.unwrap();
    assert_eq!(new.messages(in_acme(1)).await, told);
    let outbox = &new.stores.outbox;
    assert_eq!(outbox.undelivered(10).await.unwrap(), waiting);
    assert_eq!(outbox.backlog().await.unwrap().set_aside, 0);
    // Nobody writes any more what the first program was writing.
    let journal = &new.stores.journal;
    let abandoned = journal.interrupt_abandoned(Duration::from_hours(1)).await;
    assert_eq!(abandoned.unwrap(), 1);
    // What it wrote is found once it is indexed.
    let alice = new.principal(ACME, ALICE).await;
    let indexer = &new.stores.indexer;
    assert!(!indexer.is_complete().await.unwrap());
    while indexer.index_more().await.unwrap() != IndexingProgress::Complete {}
    assert_eq!(new.listed(&alice, &searching("logged")).await, ids(&[1]));
}

/// Each step finds what a program stored that had all steps before it.
#[tokio::test]
async fn a_store_of_any_version_is_migrated_with_everything_in_it() {
    let today = Database::new();
    let store = today.filled().await;
    let messages = writing(conversation_id(1), ALICE);
    store.create_with(&private(1, ALICE), &messages).await;
    let told = store.messages(in_acme(1)).await;
    store.stores.admin.close().await;
    let versions = MIGRATOR.iter().map(|step| step.version);
    for version in versions.filter(|version| *version >= FIRST_PROGRAM) {
        let database = today.as_of(version).await;
        let new = database.again(&store, database.open().await);
        assert_eq!(new.messages(in_acme(1)).await, told, "{version}");
        let conversation = new.stored(in_acme(1)).await;
        assert_eq!(conversation, Some(private(1, ALICE)), "{version}");
    }
}

/// A database of the first program, with a log of some length.
async fn of_the_first_program_with_a_log() -> Database {
    let today = Database::new();
    let old = today.filled().await;
    old.stores.admin.close().await;
    let database = today.as_of(FIRST_PROGRAM).await;
    let log = "WITH RECURSIVE numbers (number) AS (
            SELECT 1 UNION ALL SELECT number + 1 FROM numbers LIMIT 20000
        )
        INSERT INTO audit_entries (organization_id, id, action, actor_id, occurred_at, document)
        SELECT o.organization_id, randomblob(16), 'SIGN_IN', randomblob(16), numbers.number, '{}'
        FROM numbers, (SELECT organization_id FROM organizations LIMIT 1) AS o";
    database.execute(log).await;
    database
}

async fn told_when_migrating(options: SqliteOptions) -> String {
    let store = SqliteStore::open(options).await.unwrap();
    let told = match store.migrate().await {
        Err(MigrationError::Other(told)) => told.to_string(),
        other => panic!("{other:?}"),
    };
    assert!(matches!(
        store.readiness().await,
        Err(NotReady::SchemaBehind)
    ));
    told
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_takes_too_long_is_given_up_with_what_to_do_and_taken_again() {
    let database = of_the_first_program_with_a_log().await;
    let applied = "SELECT max(version) FROM _sqlx_migrations";
    let before = database.number(applied).await;
    let mut options = database.options();
    options.migration_limit = Duration::from_nanos(1);
    let told = told_when_migrating(options).await;
    for words in ["audit", "`store.migration_timeout_seconds`"] {
        assert!(told.contains(words), "{told}");
    }
    // Nothing is half done, and others can write.
    assert_eq!(database.number(applied).await, before);
    database
        .execute("INSERT INTO audit_entries (organization_id, id, action, actor_id, occurred_at, document) \
            SELECT organization_id, randomblob(16), 'SIGN_IN', randomblob(16), 1, '{}' FROM organizations LIMIT 1")
        .await;
    database.open().await.readiness().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn migrating_waits_no_longer_than_its_limit_for_another_program_that_writes() {
    let database = of_the_first_program_with_a_log().await;
    let mut holder = database.connect().await;
    sqlx::raw_sql("BEGIN IMMEDIATE")
        .execute(&mut holder)
        .await
        .unwrap();
    let mut options = database.options();
    options.migration_limit = Duration::from_millis(200);
    let told = told_when_migrating(options).await;
    assert!(told.contains("another program"), "{told}");
    sqlx::raw_sql("ROLLBACK")
        .execute(&mut holder)
        .await
        .unwrap();
    database.open().await.readiness().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_that_start_at_once_each_finds_the_schema_and_one_fills_the_store() {
    for _ in 0..5 {
        let database = Database::new();
        let mut starting = JoinSet::new();
        for _ in 0..8 {
            let database = database.clone();
            starting.spawn(async move {
                let store = SqliteStore::open(database.options()).await.unwrap();
                store.migrate().await.unwrap();
                let organizations = two_organizations();
                let filled = store.fill("demo", &organizations, &[]).await.unwrap();
                (store, filled)
            });
        }
        let started = starting.join_all().await;
        assert_eq!(started.iter().filter(|(_, filled)| *filled).count(), 1);
        // Not all at once: a probe has to end in time.
        for (store, _) in started {
            store.readiness().await.unwrap();
        }
    }
}

/// SQLite does not wait for another connection that switches the same new file to its write-ahead log.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_new_database_can_be_opened_by_many_at_once() {
    for _ in 0..10 {
        let database = Database::new();
        let mut opening = JoinSet::new();
        for _ in 0..16 {
            let options = database.options();
            opening.spawn(async move { SqliteStore::open(options).await.map(drop) });
        }
        for opened in opening.join_all().await {
            opened.unwrap();
        }
    }
}

/// The rule that lets the schema be distributed by organization.
#[tokio::test]
async fn every_key_begins_with_the_organization() {
    let database = Database::new();
    database.open().await;
    // The two numbers that only this store has, both aliases of the rowid, are no indexes; the identity of the store and the
    // migrations belong to no organization.
    let exceptions = "
        SELECT count(*)
        FROM sqlite_schema AS t, pragma_index_list(t.name) AS i, pragma_index_info(i.name) AS c
        WHERE t.type = 'table'
            AND t.name NOT LIKE 'search\\_words%' ESCAPE '\\'
            AND t.name NOT IN ('store_identity', '_sqlx_migrations')
            AND i.\"unique\" = 1
            AND c.seqno = 0
            AND c.name <> 'organization_id'";
    assert_eq!(database.number(exceptions).await, 0);
    let references = "
        SELECT count(*)
        FROM sqlite_schema AS t, pragma_foreign_key_list(t.name) AS f
        WHERE t.type = 'table' AND f.seq = 0 AND f.\"from\" <> 'organization_id'";
    assert_eq!(database.number(references).await, 0);
}
