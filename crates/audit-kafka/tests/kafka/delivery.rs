//! What arrives, and in which order.

use std::collections::BTreeMap;

use parlor_application::ports::AuditSink as _;
use parlor_domain::ids::UserId;
use uuid::Uuid;

use crate::support::{Cluster, entries, entry, expected, first_occurrences, large_entry};

#[tokio::test]
async fn an_entry_arrives_as_a_cloud_event_with_the_conversation_as_its_key() {
    let cluster = Cluster::start(3);
    let entry = entry(10, 20);
    cluster
        .sink()
        .deliver(std::slice::from_ref(&entry))
        .await
        .unwrap();
    let arrived = cluster.arrived();
    let [message] = arrived.as_slice() else {
        panic!("{arrived:?}");
    };
    assert_eq!(message.value, entry.document);
    assert_eq!(message.key, "00000000-0000-0000-0000-000000000014");
    let headers = [
        ("ce_id", "00000000-0000-0000-0000-00000000000a"),
        (
            "ce_source",
            "urn:parlor:organization:00000000-0000-0000-0000-000000000001",
        ),
        ("ce_specversion", "1.0"),
        ("ce_subject", "00000000-0000-0000-0000-000000000014"),
        ("ce_time", "2026-03-01T10:20:30.123456789Z"),
        ("ce_type", "parlor.audit.AI_INFERENCE_STREAM_EDIT"),
        ("content-type", "application/json"),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(message.headers, BTreeMap::from(headers));
}

#[tokio::test]
async fn an_entry_about_no_conversation_has_its_actor_as_its_key() {
    let cluster = Cluster::start(3);
    let mut entry = entry(10, 20);
    entry.conversation_id = None;
    entry.actor_id = UserId::from_uuid(Uuid::from_u128(30));
    cluster.sink().deliver(&[entry]).await.unwrap();
    let arrived = cluster.arrived();
    assert_eq!(arrived[0].key, "00000000-0000-0000-0000-00000000001e");
    assert_eq!(arrived[0].header("ce_subject"), arrived[0].key);
}

#[tokio::test]
async fn every_entry_arrives_once_and_in_the_order_of_its_conversation() {
    let cluster = Cluster::start(3);
    let sink = cluster.sink();
    let all = entries(0..1000);
    for batch in all.chunks(256) {
        sink.deliver(batch).await.unwrap();
    }
    let arrived = cluster.arrived();
    assert_eq!(arrived.len(), all.len());
    assert_eq!(first_occurrences(&arrived), expected(&all));
}

#[tokio::test]
async fn what_takes_several_requests_keeps_its_order() {
    let cluster = Cluster::start(1);
    let all: Vec<_> = (0..40)
        .map(|number| large_entry(number, 1, 200_000))
        .collect();
    cluster.sink().deliver(&all).await.unwrap();
    let arrived = cluster.arrived();
    assert_eq!(arrived.len(), all.len());
    assert_eq!(first_occurrences(&arrived), expected(&all));
}

#[tokio::test]
async fn no_entries_are_delivered_without_a_broker() {
    let cluster = Cluster::start(1);
    cluster.mock.broker_down(-1).unwrap();
    cluster.sink().deliver(&[]).await.unwrap();
}

#[tokio::test]
async fn a_partition_that_moves_to_another_broker_loses_and_repeats_nothing() {
    let cluster = Cluster::start(1);
    let sink = cluster.sink();
    let all = entries(0..300);
    for (batch, leader) in all.chunks(20).zip([1, 2, 3].into_iter().cycle()) {
        cluster
            .mock
            .partition_leader(crate::support::TOPIC, 0, Some(leader))
            .unwrap();
        sink.deliver(batch).await.unwrap();
    }
    let arrived = cluster.arrived();
    assert_eq!(arrived.len(), all.len());
    assert_eq!(first_occurrences(&arrived), expected(&all));
}
