//! Callers that go away: a connection is clean for the next one whatever the last one was doing, and locks are free at once.

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use parlor_adapters_postgres::{PostgresOptions, PostgresStore};
use parlor_application::ports::{
    AuditRecorder as _, StoreAdmin as _, StoreError, UnitOfWork, UnitOfWorkFactory as _,
};
use parlor_domain::conversation::Conversation;
use parlor_store_conformance::kit::prelude::*;
use tokio::time::{Instant, timeout};

use crate::database::Database;

/// Polls a future so often, and drops it.
async fn poll_and_drop<F: Future>(future: F, polls: u32) -> Option<F::Output> {
    let mut future = pin!(future);
    for _ in 0..polls {
        let mut context = Context::from_waker(Waker::noop());
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
        // The server may answer meanwhile, or may not: both have to be right.
        tokio::task::yield_now().await;
    }
    None
}

async fn write(store: &Filled, conversation: &Conversation) {
    let mut unit = store.begin(ACME).await;
    unit.conversations().insert(conversation).await.unwrap();
    store.commit(unit, key_of(conversation)).await;
}

/// The same store with other options.
async fn filled_with(
    database: &Database,
    change: impl FnOnce(&mut PostgresOptions),
) -> (Filled, PostgresStore) {
    let filled = database.filled().await;
    let mut options = database.options();
    change(&mut options);
    let store = PostgresStore::open(options);
    (filled.reopened(database.ports(store.clone())), store)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_unit_of_work_that_is_dropped_in_the_middle_of_a_statement_leaves_nothing() {
    let database = Database::migrated().await;
    let (store, _) = filled_with(&database, |options| options.max_connections = 2).await;
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
    let database = Database::migrated().await;
    let (store, _) = filled_with(&database, |options| options.max_connections = 1).await;
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
    let store = Database::migrated().await.filled().await;
    let (mut committed, mut rolled_back) = (0, 0);
    for number in 1..=120 {
        let conversation = private(number, ALICE);
        let entry = store.entry(ACME, Some(conversation.id));
        let mut unit = store.begin(ACME).await;
        unit.conversations().insert(&conversation).await.unwrap();
        let answered = poll_and_drop(unit.commit(entry.clone().into()), number % 40).await;
        // The same id waits for what was begun.
        let mut next = store.begin(ACME).await;
        let is_stored = match next.conversations().insert(&conversation).await {
            Ok(()) => false,
            Err(StoreError::Conflict) => true,
            Err(error) => panic!("{error:?}"),
        };
        drop(next);
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
    let database = Database::migrated().await;
    let (store, _) = filled_with(&database, |options| options.max_connections = 1).await;
    let alice = store.principal(ACME, ALICE).await;
    for number in 1..=40 {
        let id = conversation_id(number);
        write(&store, &private(number, ALICE)).await;
        poll_and_drop(store.found(&alice, id), number % 5).await;
        assert!(store.found(&alice, id).await.is_some());
    }
}

/// Whether somebody else gets a conversation's lock now, far sooner than one waits for it.
async fn is_free(store: &Filled, number: u32) -> bool {
    let begun = store.stores.units.begin_on(ALICE, in_acme(number));
    let begun = timeout(Duration::from_secs(3), begun).await;
    begun.is_ok_and(|begun| begun.is_ok())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_locks_of_a_dropped_unit_of_work_are_free_at_once() {
    let database = Database::migrated().await;
    let (store, _) = filled_with(&database, |_| {}).await;
    let other = store.reopened(database.ports(database.open()));
    write(&store, &private(1, ALICE)).await;
    for polls in 0..6 {
        let mut unit = store
            .stores
            .units
            .begin_on(ALICE, in_acme(1))
            .await
            .unwrap();
        unit.open(ALICE, conversation_id(1)).await.unwrap();
        poll_and_drop(unit.open(ALICE, conversation_id(1)), polls).await;
        // Nothing else is asked of the store that it was dropped in.
        drop(unit);
        assert!(is_free(&other, 1).await, "after {polls} polls");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_unit_of_work_may_be_dropped_outside_of_a_runtime() {
    let database = Database::migrated().await;
    let (store, _) = filled_with(&database, |options| options.max_connections = 1).await;
    let other = store.reopened(database.ports(database.open()));
    write(&store, &private(1, ALICE)).await;
    let mut unit: Box<dyn UnitOfWork> = store
        .stores
        .units
        .begin_on(ALICE, in_acme(1))
        .await
        .unwrap();
    unit.conversations()
        .delete(conversation_id(1))
        .await
        .unwrap();
    std::thread::spawn(move || drop(unit)).join().unwrap();
    assert!(is_free(&other, 1).await);
    assert_eq!(store.stored(in_acme(1)).await, Some(private(1, ALICE)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_too_long_for_its_turn_finds_the_store_unavailable() {
    let database = Database::migrated().await;
    let (filled, store) = filled_with(&database, |options| {
        options.max_connections = 1;
        options.patience = Duration::from_millis(200);
    })
    .await;
    let unit = filled.begin(ACME).await;
    let refused = store.record(&filled.entry(ACME, None)).await;
    assert!(
        matches!(refused, Err(StoreError::Unavailable(_))),
        "{refused:?}"
    );
    drop(unit);
    write(&filled, &private(1, ALICE)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_too_long_for_a_lock_finds_the_store_unavailable_and_the_next_one_does_not() {
    let database = Database::migrated().await;
    let (filled, store) = filled_with(&database, |options| {
        options.patience = Duration::from_millis(200);
    })
    .await;
    write(&filled, &private(1, ALICE)).await;
    let unit = filled
        .stores
        .units
        .begin_on(ALICE, in_acme(1))
        .await
        .unwrap();
    let refused = store.begin_on(ALICE, in_acme(1)).await.err().unwrap();
    assert!(matches!(refused, StoreError::Unavailable(_)), "{refused:?}");
    drop(unit);
    assert!(is_free(&filled, 1).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_waits_for_what_runs() {
    let database = Database::migrated().await;
    let (filled, store) = filled_with(&database, |_| {}).await;
    let mut unit = filled.begin(ACME).await;
    let closing = tokio::spawn({
        let store = store.clone();
        async move { store.close().await }
    });
    let deadline = Instant::now() + Duration::from_secs(30);
    // From now on nothing is accepted.
    while filled.stores.units.begin(ACME).await.is_ok() {
        assert!(Instant::now() < deadline, "the store is not closing");
    }
    unit.conversations()
        .insert(&private(1, ALICE))
        .await
        .unwrap();
    assert!(!closing.is_finished());
    filled.commit(unit, in_acme(1)).await;
    closing.await.unwrap();
    let again = filled.reopened(database.ports(database.open()));
    assert_eq!(again.stored(in_acme(1)).await, Some(private(1, ALICE)));
}
