//! A broker that accepts connections and says nothing.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use serde_json::json;

use super::{
    broker_away::{backlog, first_arrivals, have_arrived, relaying_to},
    stored,
};
use crate::harness::{Broker, KafkaReader, Service, ids, is_left_out, within};

/// How long everything may take once the broker answers again.
const PATIENCE: Duration = Duration::from_secs(15);

async fn delivered(service: &Service) {
    within(PATIENCE, "nothing waits", || async {
        (backlog(service).await? == 0).then_some(())
    })
    .await;
}

/// Waits until some instance, the one that relays, says so, or all of them.
async fn until_told(service: &Service, up: bool) {
    let name = "parlor_dependency_up{dependency=\"kafka\"}";
    let expected = Some(f64::from(u8::from(up)));
    within(Duration::from_secs(40), "the metric tells it", || async {
        let measured = service.measured(name).await;
        let mut told = measured.iter().map(|it| *it == expected);
        (if up {
            told.all(|told| told)
        } else {
            told.any(|told| told)
        })
        .then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_metric_tells_that_the_broker_says_nothing_until_it_answers_again() {
    if is_left_out("kafka-broker") {
        return;
    }
    let broker = Broker::start();
    let service = relaying_to(&broker).start().await;
    until_told(&service, true).await;
    broker.fall_silent();
    service.acting_as("alice").create("Meanwhile").await;
    until_told(&service, false).await;
    broker.speak();
    until_told(&service, true).await;
}

/// Requests are answered while the broker says nothing for so long, and all entries arrive once it answers.
async fn a_broker_is_silent_for(time: Duration) {
    if is_left_out("kafka-broker") {
        return;
    }
    let broker = Broker::start();
    let service = relaying_to(&broker).start().await;
    let alice = service.acting_as("alice");
    let id = alice.create("Before").await;
    delivered(&service).await;

    broker.fall_silent();
    let until = Instant::now() + time;
    let mut to = ["shared", "private"].into_iter().cycle();
    while Instant::now() < until {
        let since = Instant::now();
        let path = format!("/conversations/{id}/privacy");
        let body = json!({ "privacy": to.next() });
        alice.put(&path, body).await.expect(200);
        alice.prompt(&id, "go on").await;
        for instance in service.instances() {
            let ready = instance.acting_as("alice").get("/health/ready").await;
            assert_eq!(ready.status, 200, "{ready:?}");
        }
        assert!(
            since.elapsed() < Duration::from_secs(5),
            "{:?}",
            since.elapsed()
        );
    }
    assert!(backlog(&service).await.unwrap() > 0);

    broker.speak();
    delivered(&service).await;
    let entries = stored(&service).await;
    let wanted: BTreeSet<String> = ids(&entries).into_iter().map(str::to_owned).collect();
    let read = tokio::task::spawn_blocking(move || {
        let mut reader = KafkaReader::of(&broker);
        let arrived = |read: &[_]| have_arrived(&entries, read);
        reader
            .until("everything arrives", PATIENCE, arrived)
            .to_vec()
    });
    let read = read.await.unwrap();
    let first = first_arrivals(&read);
    let arrived: BTreeSet<String> = first.iter().map(|entry| entry.id.clone()).collect();
    assert_eq!(arrived, wanted);
    let versions: Vec<_> = first
        .iter()
        .filter(|entry| entry.key == id)
        .filter_map(|entry| entry.entry["actionDetails"]["version"].as_u64())
        .collect();
    assert!(versions.is_sorted(), "{versions:?}");
}

#[tokio::test]
async fn a_broker_that_says_nothing_holds_up_nothing_but_what_is_delivered_to_it() {
    a_broker_is_silent_for(Duration::from_secs(3)).await;
}

/// What takes its time.
mod long {
    use super::*;

    #[tokio::test]
    async fn half_a_minute_without_a_word_from_the_broker_ends_as_soon_as_it_answers() {
        a_broker_is_silent_for(Duration::from_secs(30)).await;
    }
}
