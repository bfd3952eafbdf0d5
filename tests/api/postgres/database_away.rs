//! A database that is away for a while.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use super::{builder, writing};
use crate::harness::{As, Cluster, Service, eventually, text, within};

/// How long nobody should wait for a database that says nothing.
pub const PATIENCE: Duration = Duration::from_secs(15);

/// Reads and writes are refused as something that may be tried again, and a load balancer sees why.
pub async fn is_away(somebody: &As, id: &str) {
    let since = Instant::now();
    let path = format!("/conversations/{id}");
    let (privacy, shared) = (format!("{path}/privacy"), json!({ "privacy": "shared" }));
    let (read, written, ()) = futures::join!(
        somebody.get(&path),
        somebody.put(&privacy, shared),
        // What was found a second before may be answered first.
        within(PATIENCE, "it is not ready", || async {
            let ready = somebody.get("/health/ready").await;
            (ready.status == 503).then_some(())
        })
    );
    for answer in [&read, &written] {
        answer.expect_problem(503, "unavailable");
        assert!(!answer.header("retry-after").is_empty());
    }
    assert!(since.elapsed() < PATIENCE, "{:?}", since.elapsed());
    somebody.get("/health/live").await.expect(200);
}

/// Every instance reads and writes again, without a restart.
pub async fn is_back(service: &mut Service, id: &str) {
    for number in 0..service.instances().len() {
        let instance = service.instance_mut(number);
        instance.must_be_running();
        let alice = instance.acting_as("alice");
        within(PATIENCE, "it serves again", || async {
            let request = alice
                .request(Method::POST, "/conversations")
                .json(&json!({}));
            (request.send().await.ok()?.status() == 201).then_some(())
        })
        .await;
        instance.until_ready().await;
        alice.prompt(id, "and on").await;
    }
}

#[tokio::test]
async fn a_database_that_is_down_is_told_and_found_again() {
    let mut postgres = Cluster::start();
    let mut service = builder().on_database(postgres.url()).start().await;
    let alice = service.acting_as("alice");
    let id = alice.create("Beacons").await;
    postgres.kill();
    eventually("both have noticed", || async {
        let one = alice.get("/me").await.status;
        let other = alice.get("/me").await.status;
        (one == 503 && other == 503).then_some(())
    })
    .await;
    for _ in 0..2 {
        is_away(&alice, &id).await;
    }
    postgres.launch();
    postgres.until_ready();
    is_back(&mut service, &id).await;
}

#[tokio::test]
async fn an_answer_goes_on_through_an_outage_of_the_database() {
    let mut postgres = Cluster::start();
    let service = builder().on_database(postgres.url()).start().await;
    let alice = service.acting_as("alice");
    let [undisturbed, id] = [alice.create("One").await, alice.create("Other").await];
    let whole = alice.prompt(&undisturbed, "go on").await["assistant_message"].clone();
    let (stream, answer, _) = writing(&alice, &id, "go on !slow").await;
    postgres.kill();
    let shown = stream.rest().await;
    assert!(
        shown.iter().all(|event| event.name != "message_completed"),
        "what is not stored is not whole: {shown:?}"
    );
    postgres.launch();
    postgres.until_ready();
    let patience = Duration::from_secs(40);
    let ended = within(patience, "the answer ends", || async {
        let read = alice.get(&format!("/conversations/{id}/messages")).await;
        let ended = read.json()["items"][1].clone();
        (read.status == 200 && ended["status"] != "writing").then_some(ended)
    })
    .await;
    assert_eq!(
        (&ended["id"], &ended["status"]),
        (&json!(answer), &json!("complete"))
    );
    let words = |message: &Value| text(message, "content").split_whitespace().count();
    assert_eq!(words(&ended), words(&whole) + 1, "and is whole: {ended}");
}
