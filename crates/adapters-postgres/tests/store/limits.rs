//! What the server and what stands before it allow, and for how long one waits for it.

use std::time::Duration;

use futures::future::join_all;
use parlor_adapters_postgres::{PostgresOptions, PostgresStore};
use parlor_application::ports::{
    AuditRecorder as _, Directory as _, Identity, NotReady, StoreAdmin as _, StoreError,
};
use parlor_store_conformance::kit::prelude::*;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy},
    net::{TcpListener, TcpStream},
    sync::watch,
    time::Instant,
};

use crate::database::{Database, Login, execute};

const ALICE_OF_ACME: Identity = Identity {
    organization_id: ACME,
    user_id: ALICE,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_has_no_room_for_one_more_connection_is_waited_for() {
    let database = Database::migrated().await;
    database.filled().await;
    let login = Login::new(&database, "parlor_service, parlor_upkeep").await;
    login.limit_connections(2).await;
    let store = PostgresStore::open(login.options());
    let found = join_all((0..300).map(|_| store.find_member(ALICE_OF_ACME))).await;
    for found in found {
        assert!(found.unwrap().is_some());
    }
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stays_without_room_is_waited_for_no_longer_than_said() {
    let database = Database::migrated().await;
    database.filled().await;
    let login = Login::new(&database, "parlor_service, parlor_upkeep").await;
    login.limit_connections(0).await;
    let patience = Duration::from_millis(300);
    let store = PostgresStore::open(PostgresOptions {
        patience,
        ..login.options()
    });
    let since = Instant::now();
    let refused = store.find_member(ALICE_OF_ACME).await.unwrap_err();
    assert!(matches!(refused, StoreError::Unavailable(_)), "{refused:?}");
    assert!(since.elapsed() >= patience, "{:?}", since.elapsed());
    assert!(since.elapsed() < SOON, "{:?}", since.elapsed());
}

/// How long anything may take that has a limit of a few hundred milliseconds, on a busy machine.
const SOON: Duration = Duration::from_secs(10);

/// A store whose server can fall silent.
async fn behind_a_wire(database: &Database) -> (PostgresStore, watch::Sender<bool>) {
    let (silent, silence) = watch::channel(false);
    let mut options = database.options();
    let server = (
        options.primary.get_host().to_owned(),
        options.primary.get_port(),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (client, _) = listener.accept().await.unwrap();
            let server = TcpStream::connect(server.clone()).await.unwrap();
            let mut silence = silence.clone();
            tokio::spawn(async move {
                let (mut from_client, mut to_client) = client.into_split();
                let (mut from_server, mut to_server) = server.into_split();
                tokio::spawn(async move { copy(&mut from_client, &mut to_server).await });
                let mut bytes = vec![0; 4096];
                while let Ok(read @ 1..) = from_server.read(&mut bytes).await {
                    silence.wait_for(|silent| !silent).await.unwrap();
                    // A client that went away is no failure of the wire.
                    let came = bytes.get(..read).unwrap();
                    if to_client.write_all(came).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    options.primary = options.primary.host("127.0.0.1").port(port);
    options.patience = Duration::from_millis(400);
    options.statement_limit = Duration::from_millis(400);
    options.migration_limit = Duration::from_secs(2);
    (PostgresStore::open(options), silent)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_use_of_a_server_that_says_nothing_waits_without_end() {
    let database = Database::migrated().await;
    let filled = database.filled().await;
    let (store, silent) = behind_a_wire(&database).await;
    let wired = filled.reopened(database.ports(store.clone()));
    // Connections of every kind are there, and a unit of work is under way.
    wired.create(&private(1, ALICE)).await;
    store.readiness().await.unwrap();
    let mut unit = wired.begin(ACME).await;
    silent.send_replace(true);

    let since = Instant::now();
    let entry = wired.entry(ACME, None);
    let lost = private(2, ALICE);
    let outbox = &wired.stores.outbox;
    let (read, recorded, changed, waiting, ready) = tokio::join!(
        store.find_member(ALICE_OF_ACME),
        store.record(&entry),
        unit.conversations().insert(&lost),
        outbox.undelivered(10),
        store.readiness(),
    );
    for failed in [read.err(), recorded.err(), changed.err(), waiting.err()] {
        let failed = failed.unwrap();
        assert!(matches!(failed, StoreError::Unavailable(_)), "{failed:?}");
    }
    let ready = ready.unwrap_err();
    assert!(
        matches!(ready, NotReady::Unavailable(StoreError::Unavailable(_))),
        "{ready:?}"
    );
    drop(unit);
    // And what begins now, for which there may be no connection at all.
    let refused = wired.stores.units.begin(ACME).await.err().unwrap();
    assert!(matches!(refused, StoreError::Unavailable(_)), "{refused:?}");
    assert!(since.elapsed() < SOON, "{:?}", since.elapsed());

    silent.send_replace(false);
    assert!(store.find_member(ALICE_OF_ACME).await.unwrap().is_some());
    wired.create(&private(3, ALICE)).await;
    assert_eq!(wired.stored(key_of(&lost)).await, None);
    store.readiness().await.unwrap();
    tokio::time::timeout(SOON, store.close()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_migration_waits_no_longer_than_said_for_a_server_that_falls_silent_in_a_step() {
    let database = Database::empty().await;
    // The step that wants this name waits for the transaction that has it.
    let mut holder = database.connect().await;
    execute(&mut holder, "BEGIN; CREATE TABLE messages (something text)").await;
    let (store, silent) = behind_a_wire(&database).await;
    let migrating = tokio::spawn({
        let store = store.clone();
        async move { store.migrate().await }
    });
    let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'
        AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())";
    let deadline = Instant::now() + SOON;
    while database.number(waiting).await == 0 {
        assert!(Instant::now() < deadline, "a step waits");
    }
    silent.send_replace(true);
    let migrated = tokio::time::timeout(SOON, migrating).await.unwrap();
    let told = migrated.unwrap().unwrap_err();
    let told = std::error::Error::source(&told).unwrap().to_string();
    assert!(told.contains("`store.migration_timeout_seconds`"), "{told}");

    silent.send_replace(false);
    execute(&mut holder, "ROLLBACK").await;
    let store = database.open();
    store.migrate().await.unwrap();
    store.readiness().await.unwrap();
}
