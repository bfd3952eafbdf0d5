//! What goes wrong, and what is said of it.

use std::error::Error;

use parlor_application::ports::{StoreError, UnitOfWork};
use parlor_domain::{
    conversation::{Conversation, Version},
    ids::UserId,
    settings::Settings,
};
use parlor_store_conformance::kit::prelude::*;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::database::Database;

/// Ends every connection of the store, as a restart of the server does.
const END_CONNECTIONS: &str = "
    SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_failed_statement_nothing_can_be_committed() {
    let store = Database::migrated().await.filled().await;
    let nobody = UserId::from_uuid(Uuid::from_u128(77));
    let mut unit = store.begin(ACME).await;
    unit.conversations()
        .insert(&private(1, ALICE))
        .await
        .unwrap();
    let orphan = unit.conversations().insert(&private(2, nobody)).await;
    assert!(matches!(orphan, Err(StoreError::Other(_))), "{orphan:?}");
    let entry = store.entry(ACME, Some(conversation_id(1)));
    assert!(unit.commit(entry.clone().into()).await.is_err());
    assert_eq!(store.stored(in_acme(1)).await, None);
    assert!(!store.logged(ACME).await.contains(&entry.id));
    store.create(&private(1, ALICE)).await;
}

/// Everything that an error and its causes say, in both ways of saying it.
fn told(error: &dyn Error) -> String {
    let cause = error.source().map(told).unwrap_or_default();
    format!("{error} {error:?} {cause}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_people_wrote_is_in_no_error() {
    let store = Database::migrated().await.filled().await;
    store.create(&private(1, ALICE)).await;
    let impossible = Conversation {
        title: title("Unspeakable"),
        version: Version::from_number(0),
        ..private(2, ALICE)
    };
    let mut unit = store.begin(ACME).await;
    let refused = unit.conversations().insert(&impossible).await;
    let refused = told(&refused.unwrap_err());
    assert!(refused.contains("conversations_version_check"), "{refused}");
    assert!(!refused.contains("Unspeakable"), "{refused}");

    let mut impossible = prompt(conversation_id(1), 1, None, ALICE, "unspeakable");
    impossible.position = 0;
    let mut unit = store.begin(ACME).await;
    let refused = unit.messages().insert(&[impossible]).await;
    let refused = told(&refused.unwrap_err());
    assert!(refused.contains("messages_position_check"), "{refused}");
    assert!(!refused.contains("unspeakable"), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writing_goes_on_after_every_connection_was_ended() {
    let database = Database::migrated().await;
    let store = database.filled().await;
    // Several connections, so that none of the broken ones is tried after the first.
    let units: Vec<Box<dyn UnitOfWork>> = [store.begin(ACME).await, store.begin(ACME).await].into();
    let entries: Vec<_> = units.iter().map(|_| store.entry(ACME, None)).collect();
    for (unit, entry) in units.into_iter().zip(entries) {
        unit.commit(entry.into()).await.unwrap();
    }
    for number in 1..=5 {
        database.execute(END_CONNECTIONS).await;
        store.create(&private(number, ALICE)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_unit_of_work_whose_connection_ends_makes_the_store_unavailable_and_leaves_nothing() {
    let database = Database::migrated().await;
    let store = database.filled().await;
    let mut unit = store.begin(ACME).await;
    unit.conversations()
        .insert(&private(1, ALICE))
        .await
        .unwrap();
    database.execute(END_CONNECTIONS).await;
    let refused = unit.commit(store.entry(ACME, None).into()).await;
    assert!(
        matches!(refused, Err(StoreError::Unavailable(_))),
        "{refused:?}"
    );
    assert_eq!(store.stored(in_acme(1)).await, None);
    store.create(&private(1, ALICE)).await;
}

/// All of them share the directory's lock and then want it alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_who_change_settings_at_once_conflict_and_come_to_an_end() {
    let store = Database::migrated().await.filled().await;
    let mut tasks = JoinSet::new();
    for number in 0..3 {
        let store = store.clone();
        let settings = Settings {
            private_conversations: number % 2 == 0,
        };
        tasks.spawn(async move {
            retrying(|| async {
                let mut unit = store.stores.units.begin(ACME).await?;
                let before = unit.directory().settings().await?;
                unit.directory().save_settings(settings).await?;
                unit.commit(store.entry(ACME, None).into()).await?;
                Ok(before)
            })
            .await
        });
    }
    assert_eq!(tasks.join_all().await.len(), 3);
}
