//! Bringing the schema up to date.

use std::{
    error::Error,
    time::{Duration, Instant},
};

use parlor_adapters_postgres::{MIGRATOR, PostgresStore};
use parlor_application::ports::{MigrationError, NotReady, StoreAdmin as _, StoreError};
use parlor_store_conformance::kit::prelude::*;
use sqlx::migrate::Migrator;
use tokio::task::JoinSet;

use crate::database::{Database, Login, execute};

#[tokio::test]
async fn a_store_is_ready_once_it_is_migrated() {
    let database = Database::empty().await;
    let store = database.open();
    assert!(matches!(
        store.readiness().await,
        Err(NotReady::SchemaBehind)
    ));
    store.migrate().await.unwrap();
    store.readiness().await.unwrap();
}

#[tokio::test]
async fn a_step_that_is_missing_leaves_the_schema_behind() {
    let database = Database::migrated().await;
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
        database.open().readiness().await,
        Err(NotReady::SchemaBehind)
    ));
}

#[tokio::test]
async fn a_newer_programs_schema_is_left_alone() {
    let database = Database::migrated().await;
    database
        .execute(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (9999, 'newer', true, '', 0)",
        )
        .await;
    let store = database.open();
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
    let database = Database::migrated().await;
    database
        .execute(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (9999, 'expand labels', true, '', 0)",
        )
        .await;
    let store = database.open();
    store.readiness().await.unwrap();
    store.migrate().await.unwrap();
}

#[tokio::test]
async fn a_step_that_is_not_the_one_that_was_applied_is_told() {
    let database = Database::migrated().await;
    database
        .execute("UPDATE _sqlx_migrations SET checksum = '' WHERE version = 3")
        .await;
    assert!(matches!(
        database.open().migrate().await,
        Err(MigrationError::Changed(3))
    ));
}

#[tokio::test]
async fn a_step_that_fails_leaves_nothing_of_itself_and_is_taken_again() {
    let database = Database::empty().await;
    // The name that a step wants is taken, and it has made two tables before.
    database
        .execute("CREATE TABLE user_roles (something text)")
        .await;
    let store = database.open();
    assert!(matches!(
        store.migrate().await,
        Err(MigrationError::Other(_))
    ));
    assert!(matches!(
        store.readiness().await,
        Err(NotReady::SchemaBehind)
    ));
    let of_the_step = "SELECT count(*) FROM pg_class WHERE relname = 'role_permissions'";
    assert_eq!(database.number(of_the_step).await, 0);
    database.execute("DROP TABLE user_roles").await;
    store.migrate().await.unwrap();
    store.readiness().await.unwrap();
}

/// A database that lacks the last steps, the first of which changes the table of messages.
async fn behind_a_step_of_messages() -> Database {
    let database = Database::empty().await;
    let mut connection = database.connect().await;
    let before = Migrator {
        migrations: MIGRATOR
            .iter()
            .take_while(|step| step.description != "answer signs of life")
            .cloned()
            .collect(),
        ..Migrator::DEFAULT
    };
    before.run(&mut connection).await.unwrap();
    database
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_takes_too_long_is_given_up_with_what_to_do_and_taken_again() {
    let database = behind_a_step_of_messages().await;
    let mut holder = database.connect().await;
    execute(&mut holder, "BEGIN; LOCK TABLE messages").await;
    let mut options = database.options();
    options.migration_limit = Duration::from_millis(300);
    let store = PostgresStore::open(options);
    let since = Instant::now();
    let Err(MigrationError::Other(told)) = store.migrate().await else {
        panic!("it is given up");
    };
    let took = since.elapsed();
    assert!(took < Duration::from_secs(10), "{took:?}");
    let told = told.to_string();
    for words in ["answer signs of life", "`store.migration_timeout_seconds`"] {
        assert!(told.contains(words), "{told}");
    }
    execute(&mut holder, "ROLLBACK").await;
    database.open().migrate().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_that_start_at_once_each_finds_the_schema_and_one_fills_the_store() {
    for _ in 0..3 {
        let database = Database::empty().await;
        let mut starting = JoinSet::new();
        for _ in 0..8 {
            let database = database.clone();
            starting.spawn(async move {
                let store = database.open();
                store.migrate().await.unwrap();
                store.readiness().await.unwrap();
                store.fill("demo", &two_organizations(), &[]).await.unwrap()
            });
        }
        let filled = starting.join_all().await;
        assert_eq!(filled.iter().filter(|filled| **filled).count(), 1);
    }
}

/// A step that builds an index without a lock waits for every statement that is older than itself: also for one that waits for the
/// lock of whoever migrates, if there were such a statement.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_another_one_that_migrates_holds_up_no_index() {
    let database = Database::migrated().await;
    let mut migrating = database.connect().await;
    let key = i64::from_be_bytes(*b"parlor\0\x01");
    execute(&mut migrating, &format!("SELECT pg_advisory_lock({key})")).await;
    let waiting = tokio::spawn({
        let store = database.open();
        async move { store.migrate().await }
    });
    let others = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%pg_try_advisory_lock%'";
    while database.number(others).await == 0 {
        tokio::task::yield_now().await;
    }
    execute(&mut migrating, "SET lock_timeout = '20s'").await;
    let index = "CREATE INDEX CONCURRENTLY an_index ON messages (created_at)";
    execute(&mut migrating, index).await;
    assert!(!waiting.is_finished());
    execute(&mut migrating, &format!("SELECT pg_advisory_unlock({key})")).await;
    waiting.await.unwrap().unwrap();
}

/// Everything that an error and its causes say.
fn told(error: &dyn Error) -> String {
    let cause = error.source().map(told).unwrap_or_default();
    format!("{error}: {cause}")
}

#[tokio::test]
async fn a_login_that_may_not_migrate_is_told_what_it_lacks() {
    let database = Database::empty().await;
    let login = Login::new(&database, "").await;
    // Made by an administrator, and not given to the login.
    Database::migrated().await;
    let store = PostgresStore::open(login.options());
    let refused = store.migrate().await.unwrap_err();
    assert!(
        told(&refused).contains("GRANT parlor_service, parlor_upkeep"),
        "{}",
        told(&refused)
    );
    // Nor may it serve.
    let refused = store.identity_mode().await.unwrap_err();
    assert!(
        told(&refused).contains("permission denied to set role"),
        "{}",
        told(&refused)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_that_owns_nothing_serves_what_another_one_migrated() {
    let database = Database::migrated().await;
    let login = Login::new(&database, "parlor_service, parlor_upkeep").await;
    let store = PostgresStore::open(login.options());
    store.readiness().await.unwrap();
    let filled = Filled::with_two_organizations(database.ports(store.clone())).await;
    filled.create(&private(1, ALICE)).await;
    assert_eq!(filled.stored(in_acme(1)).await, Some(private(1, ALICE)));
    filled.delete(in_acme(1)).await;
    // The schema is there, so there is nothing that it may not do.
    let refused = store.migrate().await;
    assert!(
        refused.is_err(),
        "it may not look at the steps that were applied"
    );
    store.close().await;
}

#[tokio::test]
async fn a_server_that_is_not_there_makes_the_store_unavailable() {
    let database = Database::migrated().await;
    let mut options = database.options();
    options.primary = options.primary.host("127.0.0.1").port(1);
    let store = PostgresStore::open(options);
    assert!(matches!(
        store.readiness().await,
        Err(NotReady::Unavailable(StoreError::Unavailable(Some(_))))
    ));
    assert!(matches!(
        store.migrate().await,
        Err(MigrationError::Other(_))
    ));
}
