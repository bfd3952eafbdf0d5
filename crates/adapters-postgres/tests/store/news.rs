//! What several instances tell one another.

use std::{sync::Arc, time::Duration};

use parlor_adapters_postgres::PostgresStore;
use parlor_application::{
    changes::{ChangeBoard, ConversationHints},
    ports::ConversationChanges as _,
};
use parlor_store_conformance::kit::prelude::*;
use tokio::{
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::database::Database;

const PATIENCE: Duration = Duration::from_secs(20);

/// An instance that passes news on and takes them.
struct Instance {
    store: PostgresStore,
    stop: CancellationToken,
    passing: JoinHandle<()>,
}

impl Instance {
    fn start(database: &Database) -> Self {
        let (store, stop) = (database.open(), CancellationToken::new());
        let passing = tokio::spawn({
            let (store, stop) = (store.clone(), stop.clone());
            async move { store.pass_on(stop).await }
        });
        Self {
            store,
            stop,
            passing,
        }
    }

    fn board(&self) -> Arc<ChangeBoard> {
        self.store.board()
    }

    /// Waits until it listens, or does no more.
    async fn until_deaf(&self, is_deaf: bool) {
        let deadline = Instant::now() + PATIENCE;
        while (self.board().patience() < ChangeBoard::PATIENCE) != is_deaf {
            assert!(Instant::now() < deadline, "never deaf: {is_deaf}");
            sleep(Duration::from_millis(5)).await;
        }
    }

    async fn end(self) {
        self.stop.cancel();
        timeout(PATIENCE, self.passing).await.unwrap().unwrap();
    }
}

async fn assert_told(hints: &mut ConversationHints) {
    let told = timeout(PATIENCE, hints.told()).await;
    assert!(told.is_ok(), "never told");
    assert!(hints.take());
}

#[tokio::test]
async fn what_one_instance_changes_the_other_is_told() {
    let database = Database::migrated().await;
    let [here, there] = [Instance::start(&database), Instance::start(&database)];
    there.until_deaf(false).await;
    let store = Filled::with_two_organizations(database.ports(here.store.clone())).await;
    let mut hints = there.board().follow(in_acme(1));
    let mut other = there.board().follow(in_acme(2));
    hints.take();
    other.take();
    store.create(&private(1, ALICE)).await;
    assert_told(&mut hints).await;
    store.rename(in_acme(1), title("Beacons")).await;
    assert_told(&mut hints).await;
    assert!(!other.take(), "nothing happened there");
    here.end().await;
    there.end().await;
}

#[tokio::test]
async fn more_changes_than_one_notification_holds_are_all_told() {
    let database = Database::migrated().await;
    let [here, there] = [Instance::start(&database), Instance::start(&database)];
    there.until_deaf(false).await;
    let store = Filled::with_two_organizations(database.ports(here.store.clone())).await;
    let numbers = 1..=250;
    let mut hints: Vec<_> = numbers
        .clone()
        .map(|number| there.board().follow(in_acme(number)))
        .collect();
    let mut unit = store.begin(ACME).await;
    for number in numbers {
        let conversation = private(number, ALICE);
        unit.conversations().insert(&conversation).await.unwrap();
    }
    store.commit(unit, in_acme(1)).await;
    for hints in &mut hints {
        assert_told(hints).await;
    }
    here.end().await;
    there.end().await;
}

#[tokio::test]
async fn an_instance_whose_listening_connection_is_lost_listens_again_and_everybody_looks() {
    let database = Database::migrated().await;
    let instance = Instance::start(&database);
    instance.until_deaf(false).await;
    let mut hints = instance.board().follow(in_acme(1));
    let kill = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE datname = current_database() AND query LIKE 'LISTEN%'";
    assert_eq!(database.number(kill).await, 1);
    assert_told(&mut hints).await;
    instance.until_deaf(false).await;
    instance.end().await;
}

#[tokio::test]
async fn what_cannot_be_read_has_everybody_look() {
    let database = Database::migrated().await;
    let instance = Instance::start(&database);
    instance.until_deaf(false).await;
    let mut hints = instance.board().follow(in_acme(1));
    database.execute("NOTIFY parlor_changes, 'hello'").await;
    assert_told(&mut hints).await;
    instance.end().await;
}

#[tokio::test]
async fn what_is_owed_at_the_end_is_told_before_it() {
    let database = Database::migrated().await;
    let [here, there] = [Instance::start(&database), Instance::start(&database)];
    there.until_deaf(false).await;
    let store = Filled::with_two_organizations(database.ports(here.store.clone())).await;
    let mut hints = there.board().follow(in_acme(1));
    store.create(&private(1, ALICE)).await;
    here.end().await;
    assert_told(&mut hints).await;
    there.end().await;
}
