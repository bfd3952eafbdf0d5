//! Callers that go away: a connection is clean for the next one whatever the last one was doing.

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use parlor_adapters_sqlite::{SqliteOptions, SqliteStore};
use parlor_application::ports::{AuditRecorder as _, StoreAdmin as _, StoreError};
use parlor_domain::conversation::Conversation;
use parlor_store_conformance::kit::prelude::*;

use crate::database::Database;

/// Polls a future so often, and drops it.
async fn poll_and_drop<F: Future>(future: F, polls: u32) -> Option<F::Output> {
    let mut future = pin!(future);
    for _ in 0..polls {
        let mut context = Context::from_waker(Waker::noop());
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
        // The worker of the connection may answer meanwhile, or may not: both have to be right.
        tokio::task::yield_now().await;
    }
    None
}

async fn write(store: &Filled, conversation: &Conversation) {
    let mut unit = store.begin(ACME).await;
    unit.conversations().insert(conversation).await.unwrap();
    store.commit(unit, key_of(conversation)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_unit_of_work_that_is_dropped_in_the_middle_of_a_statement_leaves_nothing() {
    let store = Database::new().filled().await;
    for number in 1..=60 {
        let (lost, kept) = (private(2 * number, ALICE), private(2 * number + 1, ALICE));
        let mut unit = store.begin(ACME).await;
        poll_and_drop(unit.conversations().insert(&lost), number % 6).await;
        drop(unit);
        write(&store, &kept).await;
        assert_eq!(store.stored(key_of(&lost)).await, None);
        assert_eq!(store.stored(key_of(&kept)).await, Some(kept));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_that_goes_away_before_its_turn_takes_nobody_elses() {
    let store = Database::new().filled().await;
    for number in 1..=30 {
        let kept = private(number, ALICE);
        let unit = store.begin(ACME).await;
        // One waits for its turn and gives up.
        assert!(
            poll_and_drop(store.stores.units.begin(ACME), 3)
                .await
                .is_none()
        );
        drop(unit);
        // One goes away while its turn comes.
        poll_and_drop(store.stores.units.begin(ACME), number % 5).await;
        write(&store, &kept).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_caller_goes_away_is_whole_or_did_not_happen() {
    let store = Database::new().filled().await;
    let (mut committed, mut rolled_back) = (0, 0);
    for number in 1..=120 {
        let conversation = private(number, ALICE);
        let entry = store.entry(ACME, Some(conversation.id));
        let mut unit = store.begin(ACME).await;
        unit.conversations().insert(&conversation).await.unwrap();
        let answered = poll_and_drop(unit.commit(entry.clone().into()), number % 40).await;
        let is_stored = store.stored(key_of(&conversation)).await.is_some();
        let is_logged = store.logged(ACME).await.contains(&entry.id);
        assert_eq!(is_stored, is_logged, "the change and its entry go together");
        assert!(
            is_stored || answered.is_none(),
            "what was answered is there"
        );
        if is_stored {
            committed += 1;
        } else {
            rolled_back += 1;
        }
    }
    assert!(
        rolled_back > 0,
        "{committed} committed, {rolled_back} rolled back"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reading_goes_on_after_readers_went_away() {
    let database = Database::new();
    let options = SqliteOptions {
        max_readers: 1,
        ..database.options()
    };
    database.open().await.close().await;
    let store = SqliteStore::open(options).await.unwrap();
    let store = Filled::with_two_organizations(database.ports(store)).await;
    let alice = store.principal(ACME, ALICE).await;
    for number in 1..=40 {
        let id = conversation_id(number);
        write(&store, &private(number, ALICE)).await;
        poll_and_drop(store.found(&alice, id), number % 5).await;
        assert!(store.found(&alice, id).await.is_some());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_too_long_for_its_turn_finds_the_store_unavailable() {
    let database = Database::new();
    let first = database.filled().await;
    first.stores.admin.close().await;
    let patience = Duration::from_millis(100);
    let options = SqliteOptions {
        patience,
        ..database.options()
    };
    let store = SqliteStore::open(options).await.unwrap();
    let filled = database.again(&first, store.clone());

    let unit = filled.begin(ACME).await;
    let entry = filled.entry(ACME, None);
    assert!(matches!(
        store.record(&entry).await,
        Err(StoreError::Unavailable(_))
    ));
    assert!(
        filled
            .principal(ACME, ALICE)
            .await
            .groups
            .contains(&HUNTERS),
        "reading goes on"
    );
    drop(unit);
    write(&filled, &private(1, ALICE)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_program_that_writes_for_too_long_makes_the_store_unavailable() {
    let database = Database::new();
    let first = database.filled().await;
    first.stores.admin.close().await;
    let patience = Duration::from_millis(100);
    let options = SqliteOptions {
        patience,
        ..database.options()
    };
    let store = SqliteStore::open(options).await.unwrap();
    let filled = database.again(&first, store.clone());

    let mut other = database.connect().await;
    sqlx::raw_sql("BEGIN IMMEDIATE")
        .execute(&mut other)
        .await
        .unwrap();
    let refused = filled.stores.units.begin(ACME).await.err().unwrap();
    assert!(matches!(refused, StoreError::Unavailable(_)), "{refused:?}");
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    write(&filled, &private(1, ALICE)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_was_closed_accepts_nothing() {
    let database = Database::new();
    let filled = database.filled().await;
    filled.stores.admin.close().await;
    let refused = filled.stores.units.begin(ACME).await.err().unwrap();
    assert!(matches!(refused, StoreError::Unavailable(_)), "{refused:?}");
    assert!(filled.stores.admin.readiness().await.is_err());
    assert!(
        !database.path().with_extension("db-wal").exists(),
        "the log is folded in"
    );
}
