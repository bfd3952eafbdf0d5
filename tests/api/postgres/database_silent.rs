//! A database that says nothing any more and closes nothing: its host is gone, or something between has forgotten the connections.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{
    builder,
    database_away::{PATIENCE, is_away, is_back},
    writing,
};
use crate::harness::{As, Cluster, Database, Service, Wire, eventually, within};

/// Two instances behind a wire, and something of everything under way: a conversation, an answer that is being written, streams.
struct Wired {
    // It ends before its database goes.
    service: Service,
    wire: Wire,
    alice: As,
    /// Where nothing is being written.
    id: String,
    /// Where an answer is being written, and which.
    growing: (String, String),
    database: Database,
}

impl Wired {
    async fn start() -> Self {
        let database = Database::migrated();
        let wire = Wire::to(&database.url()).await;
        let service = builder().on_database(wire.url()).start().await;
        let alice = service.acting_as("alice");
        let id = alice.create("Beacons").await;
        let other = alice.create("More beacons").await;
        let (_stream, answer, _) = writing(&alice, &other, "go on !slow").await;
        Self {
            service,
            wire,
            alice,
            id,
            growing: (other, answer),
            database,
        }
    }

    /// Everything is as if nothing had been: requests, readiness, the answer, and the audit entries on their way out.
    async fn recovers(&mut self) {
        let since = Instant::now();
        is_back(&mut self.service, &self.id).await;
        let (id, answer) = &self.growing;
        within(PATIENCE, "the answer ends", || async {
            let message = self.alice.message(id, answer).await;
            (message["status"] == "complete").then_some(())
        })
        .await;
        let entry = self.alice.create("Afterwards").await;
        within(PATIENCE, "the relay delivers", || async {
            self.service.audited().contains(&entry).then_some(())
        })
        .await;
        println!("recovered after {:?}", since.elapsed());
        assert!(since.elapsed() < 2 * PATIENCE, "{:?}", since.elapsed());
        let held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
        eventually("nobody waits for a lock", || async {
            (self.database.sql(held).trim() == "0").then_some(())
        })
        .await;
    }

    /// Nothing comes through for so long, and connections that were there before stay dead.
    async fn is_silent_for(&self, time: Duration) {
        self.wire.fall_silent();
        let until = Instant::now() + time;
        loop {
            is_away(&self.alice, &self.id).await;
            if Instant::now() >= until {
                break;
            }
        }
        self.wire.forget_connections();
    }
}

#[tokio::test]
async fn connections_that_something_between_has_forgotten_are_replaced() {
    let mut wired = Wired::start().await;
    wired.wire.forget_connections();
    wired.recovers().await;
}

#[tokio::test]
async fn a_database_that_says_nothing_is_told_in_time_and_found_again() {
    let mut wired = Wired::start().await;
    wired.is_silent_for(Duration::from_secs(3)).await;
    wired.recovers().await;
}

#[tokio::test]
async fn a_service_whose_database_says_nothing_stops_in_time() {
    let mut wired = Wired::start().await;
    wired.wire.fall_silent();
    let since = Instant::now();
    wired.service.ask_to_stop();
    wired.service.ended_well().await;
    assert!(
        since.elapsed() < Duration::from_secs(30),
        "{:?}",
        since.elapsed()
    );
}

#[tokio::test]
async fn few_lines_are_logged_while_many_answers_find_no_store() {
    let wired = Wired::start().await;
    let mut streams = Vec::new();
    for number in 0..10 {
        let id = wired.alice.create(&format!("Number {number}")).await;
        streams.push(writing(&wired.alice, &id, "go on !hang").await);
    }
    let before = warnings(&wired.service);
    wired.is_silent_for(Duration::from_secs(5)).await;
    let told = warnings(&wired.service).saturating_sub(before);
    assert!(told < 60, "{told} lines");
}

/// Lines that somebody should look at, except those that tell of one request.
fn warnings(service: &Service) -> usize {
    let output = service.output();
    let lines = output
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines
        .filter(|line| line["level"] == "WARN" || line["level"] == "ERROR")
        .filter(|line| line["span"]["name"] != json!("request"))
        .count()
}

#[tokio::test]
async fn a_replica_that_says_nothing_leaves_the_service_ready() {
    let primary = Cluster::start();
    let replica = primary.replica();
    let wire = Wire::to(&replica.url()).await;
    let service = builder()
        .on_database(primary.url())
        .with("PARLOR_STORE__REPLICA_URL", &wire.url())
        .start()
        .await;
    let alice = service.acting_as("alice");
    let id = alice.create("Beacons").await;
    alice.prompt(&id, "hello").await;
    wire.fall_silent();
    for _ in 0..5 {
        assert_eq!(alice.path(&id).await.len(), 2);
        for instance in service.instances() {
            let ready = instance.acting_as("alice").get("/health/ready").await;
            assert_eq!(ready.status, 200, "{}", ready.text);
        }
    }
    wire.forget_connections();
    assert_eq!(alice.path(&id).await.len(), 2);
}

#[tokio::test]
async fn a_table_that_somebody_locks_makes_the_service_not_ready_until_it_is_free() {
    let database = Database::migrated();
    let service = builder().on_database(database.url()).start().await;
    let alice = service.acting_as("alice");
    let id = alice.create("Beacons").await;
    let mut locking = database.shell();
    locking.say("BEGIN; LOCK TABLE messages IN EXCLUSIVE MODE;");
    within(PATIENCE, "it is not ready", || async {
        let ready = alice.get("/health/ready").await;
        (ready.status == 503).then_some(())
    })
    .await;
    alice.get(&format!("/conversations/{id}")).await.expect(200);
    let metrics = service.metrics().await;
    assert!(metrics.contains("parlor_store_ready 0"), "{metrics}");
    locking.say("ROLLBACK;");
    within(PATIENCE, "it is ready", || async {
        let ready = alice.get("/health/ready").await;
        (ready.status == 200).then_some(())
    })
    .await;
    assert!(service.metrics().await.contains("parlor_store_ready 1"));
}

/// What takes its time.
mod long {
    use super::*;

    #[tokio::test]
    async fn half_a_minute_without_an_answer_ends_as_soon_as_there_is_one() {
        let mut wired = Wired::start().await;
        wired.is_silent_for(Duration::from_secs(30)).await;
        wired.recovers().await;
    }
}
