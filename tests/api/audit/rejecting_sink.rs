//! A sink that rejects everything: a broker that checks entries against the wrong schema.

use std::time::Duration;

use rdkafka::{
    mocking::MockCluster,
    types::{RDKafkaApiKey, RDKafkaRespErr},
};
use serde_json::json;

use super::put;
use crate::harness::{Broker, Service, within};

/// More than the relay can send meanwhile.
const REFUSALS: usize = 100_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sink_that_rejects_everything_gets_every_entry_once_it_is_mended() {
    let cluster = MockCluster::new(1).unwrap();
    cluster.create_topic(Broker::TOPIC, 1, 1).unwrap();
    let refusal = RDKafkaRespErr::RD_KAFKA_RESP_ERR_INVALID_RECORD;
    cluster.request_errors(RDKafkaApiKey::Produce, &vec![refusal; REFUSALS]);
    let service = Service::builder()
        .with("PARLOR_AUDIT__SINK", "kafka")
        .with("PARLOR_AUDIT__KAFKA__BROKERS", &cluster.bootstrap_servers())
        .start()
        .await;
    let alice = service.acting_as("alice");
    for number in 0..10 {
        let id = alice.create(&format!("Number {number}")).await;
        put(&alice, &id, "privacy", json!({ "privacy": "shared" })).await;
    }
    let measured = async |name: &str| {
        let values = service.measured(name).await;
        values.into_iter().flatten().fold(0.0, f64::max)
    };
    within(Duration::from_secs(30), "the relay pauses", || async {
        let paused = measured("parlor_audit_sink_rejecting").await;
        (paused > 0.0).then_some(())
    })
    .await;
    assert!(measured("parlor_audit_backlog_entries").await >= 20.0);
    assert!(measured("parlor_audit_set_aside_entries").await < 1.0);
    // What is not the store is not the service's readiness.
    let ready = service.anonymous().get("/health/ready").await;
    assert_eq!(ready.status, 200);
    let said = service.output();
    let lines = said
        .lines()
        .filter(|line| line.contains("delivery is paused"));
    let lines: Vec<_> = lines.collect();
    assert!(!lines.is_empty(), "{said}");
    assert!(lines.len() <= service.instances().len(), "{lines:#?}");

    cluster.clear_request_errors(RDKafkaApiKey::Produce);
    within(
        Duration::from_secs(40),
        "everything is delivered",
        || async {
            let waiting = measured("parlor_audit_backlog_entries").await;
            (waiting == 0.0).then_some(())
        },
    )
    .await;
    assert!(measured("parlor_audit_set_aside_entries").await < 1.0);
    within(Duration::from_secs(10), "nobody is paused", || async {
        let paused = measured("parlor_audit_sink_rejecting").await;
        (paused == 0.0).then_some(())
    })
    .await;
}
