//! When a server can be written, and what is said where it cannot.

use std::error::Error;

use parlor_adapters_postgres::PostgresStore;
use parlor_application::ports::{NotReady, StoreAdmin as _, StoreError};
use parlor_store_conformance::kit::prelude::*;

use crate::{
    database::{Database, Login},
    server::until,
};

/// Everything that an error and its causes say.
fn told(error: &dyn Error) -> String {
    let cause = error.source().map(told).unwrap_or_default();
    format!("{error}: {cause}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_could_not_store_a_change_is_not_ready_until_there_is_room_again() {
    for code in ["53100", "58030"] {
        let database = Database::migrated().await;
        let store = database.filled().await;
        store.stores.admin.readiness().await.unwrap();
        // As with a full disk: what needs no room succeeds.
        database
            .execute(&format!(
                "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
                    'BEGIN RAISE EXCEPTION ''could not extend file'' USING ERRCODE = ''{code}''; END';
                 CREATE TRIGGER full_disk BEFORE INSERT ON conversations EXECUTE FUNCTION full_disk()"
            ))
            .await;
        let mut unit = store.begin(ACME).await;
        let refused = unit.conversations().insert(&private(1, ALICE)).await;
        assert!(
            matches!(refused, Err(StoreError::Unavailable(_))),
            "{refused:?}"
        );
        drop(unit);
        let unready = store.stores.admin.readiness().await.unwrap_err();
        assert!(matches!(unready, NotReady::NotWritable(_)), "{unready:?}");
        assert!(told(&unready).contains("has room"), "{}", told(&unready));
        database
            .execute("DROP TRIGGER full_disk ON conversations")
            .await;
        until("readiness", async || {
            store.stores.admin.readiness().await.is_ok()
        })
        .await;
        store.create(&private(1, ALICE)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_default_of_reading_only_neither_stops_changes_nor_readiness() {
    let database = Database::empty().await;
    database
        .execute(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$",
        )
        .await;
    let store = database.open();
    store.migrate().await.unwrap();
    let store = Filled::with_two_organizations(database.ports(store)).await;
    store.stores.admin.readiness().await.unwrap();
    store.create(&private(1, ALICE)).await;
    store
        .stores
        .outbox
        .mark_delivered(&[], chrono::DateTime::UNIX_EPOCH)
        .await
        .unwrap();
    store.stores.admin.readiness().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_cannot_store_every_letter_is_refused_with_what_to_do() {
    let database = Database::in_latin1().await;
    let store: PostgresStore = database.open();
    let refused = store.migrate().await.unwrap_err();
    let said = told(&refused);
    assert!(
        said.contains("LATIN1") && said.contains("CREATE DATABASE") && said.contains("UTF8"),
        "{said}"
    );
    assert_eq!(
        database
            .number("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
            .await,
        0,
        "nothing is made in it"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_that_lacks_the_roles_is_told_what_to_grant() {
    let database = Database::migrated().await;
    let login = Login::new(&database, "").await;
    let store = PostgresStore::open(login.options());
    let unready = store.readiness().await.unwrap_err();
    let said = told(&unready);
    assert!(
        said.contains("GRANT parlor_service, parlor_upkeep"),
        "{said}"
    );
}
