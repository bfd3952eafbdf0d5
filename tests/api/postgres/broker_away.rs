//! A broker that is away for a while.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use serde_json::{Value, json};

use super::{builder, stored};
use crate::harness::{
    Broker, Delivered, KafkaReader, Service, ServiceBuilder, eventually, ids, is_left_out, text,
    within,
};

/// Two instances whose audit entries go to this broker, to configure.
pub fn relaying_to(broker: &Broker) -> ServiceBuilder {
    builder()
        .with("PARLOR_AUDIT__SINK", "kafka")
        .with("PARLOR_AUDIT__KAFKA__BROKERS", &broker.address())
}

/// The first of each entry that arrived, in the order of arrival within its partition. What came again is the same again.
pub fn first_arrivals(delivered: &[Delivered]) -> Vec<&Delivered> {
    let mut first: BTreeMap<&str, &Delivered> = BTreeMap::new();
    let mut in_order: Vec<_> = delivered.iter().collect();
    in_order.sort_by_key(|delivered| delivered.place);
    in_order.retain(|delivered| {
        let before = first.insert(&delivered.id, delivered);
        if let Some(before) = before {
            assert_eq!(before.entry, delivered.entry, "a repetition is the same");
            assert_eq!(before.key, delivered.key);
        }
        before.is_none()
    });
    in_order
}

/// Whether all of these entries have arrived.
pub fn have_arrived(entries: &[Value], delivered: &[Delivered]) -> bool {
    let arrived: BTreeSet<_> = delivered.iter().map(|one| one.id.as_str()).collect();
    ids(entries).iter().all(|id| arrived.contains(id))
}

/// What the gauge says: the number of entries that wait. Each instance tells that of the one store.
pub async fn backlog(service: &Service) -> Option<u64> {
    let metrics = service.metrics().await;
    let mut told = metrics
        .lines()
        .filter_map(|line| line.strip_prefix("parlor_audit_backlog_entries "));
    told.next()?.parse().ok()
}

#[tokio::test]
async fn while_the_broker_is_away_requests_go_on_and_everything_arrives_in_order_when_it_is_back() {
    if is_left_out("kafka-broker") {
        return;
    }
    let mut broker = Broker::stopped();
    let service = relaying_to(&broker).start().await;
    let [alice, carol] = ["alice", "carol"].map(|name| service.acting_as(name));
    let before = backlog(&service).await.unwrap();
    let mut made = Vec::new();
    for number in 0..6 {
        let id = alice.create(&format!("Number {number}")).await;
        alice.prompt(&id, "hello").await;
        for to in ["shared", "private", "shared"] {
            let path = format!("/conversations/{id}/privacy");
            alice.put(&path, json!({ "privacy": to })).await.expect(200);
        }
        carol.get("/conversations").await.expect(200);
        made.push(id);
    }
    eventually("the gauge tells what waits", || async {
        (backlog(&service).await? >= before + 30).then_some(())
    })
    .await;

    broker.launch();
    let mut reader = KafkaReader::of(&broker);
    let stored = stored(&service).await;
    let entries = stored.clone();
    let reading = tokio::task::spawn_blocking(move || {
        let patience = Duration::from_mins(1);
        reader
            .until("everything arrives", patience, |read| {
                have_arrived(&entries, read)
            })
            .to_vec()
    });
    let delivered = reading.await.unwrap();
    within(Duration::from_secs(20), "nothing waits", || async {
        (backlog(&service).await? == 0).then_some(())
    })
    .await;

    let first = first_arrivals(&delivered);
    let stored: BTreeMap<_, _> = stored
        .iter()
        .map(|entry| (text(entry, "id"), entry))
        .collect();
    for delivered in &first {
        assert_eq!(stored[delivered.id.as_str()], &delivered.entry);
    }
    assert_eq!(first.len(), stored.len());
    for id in made {
        let about = first.iter().filter(|delivered| delivered.key == id);
        let told: Vec<_> = about
            .map(|delivered| {
                text(&delivered.entry, "actionName").trim_start_matches("AI_INFERENCE_STREAM_")
            })
            .collect();
        assert_eq!(told, ["CREATE", "PROMPT", "EDIT", "EDIT", "EDIT"], "{id}");
        let versions = first.iter().filter(|delivered| delivered.key == id);
        let versions: Vec<_> = versions
            .filter(|delivered| delivered.entry["actionName"] == "AI_INFERENCE_STREAM_EDIT")
            .map(|delivered| {
                delivered.entry["actionDetails"]["version"]
                    .as_u64()
                    .unwrap()
            })
            .collect();
        assert_eq!(versions, [2, 3, 4]);
    }
}
