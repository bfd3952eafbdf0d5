//! Bringing the schema up to date.

use parlor_adapters_sqlite::{MIGRATOR, SqliteStore};
use parlor_application::ports::{MigrationError, NotReady, StoreAdmin as _};
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
                store.readiness().await.unwrap();
                store.fill("demo", &two_organizations(), &[]).await.unwrap()
            });
        }
        let filled = starting.join_all().await;
        assert_eq!(filled.iter().filter(|filled| **filled).count(), 1);
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
