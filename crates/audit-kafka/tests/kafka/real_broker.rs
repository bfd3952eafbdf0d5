//! The sink against a broker that nobody here wrote. `cargo xtask test` starts one, and says where it is in
//! `PARLOR_TEST_KAFKA_BROKERS` (a list of `host:port` with commas).

use std::env;

use parlor_application::ports::AuditSink as _;
use parlor_audit_kafka::KafkaAuditSink;

use crate::support::{arrived, entries, expected, first_occurrences, options};

/// Its addresses; none if whoever runs the tests left this part out.
pub fn real_brokers() -> Option<Vec<String>> {
    let left_out = env::var("PARLOR_TEST_WITHOUT").unwrap_or_default();
    if left_out
        .split(',')
        .any(|part| part.trim() == "kafka-broker")
    {
        println!("left out: PARLOR_TEST_WITHOUT names kafka-broker");
        return None;
    }
    let brokers = env::var("PARLOR_TEST_KAFKA_BROKERS").unwrap_or_else(|_| {
        panic!("PARLOR_TEST_KAFKA_BROKERS is not set: run `cargo xtask test`, or set PARLOR_TEST_WITHOUT=kafka-broker to leave this out")
    });
    Some(brokers.split(',').map(ToOwned::to_owned).collect())
}

#[tokio::test]
async fn a_real_broker_takes_entries_in_their_order() {
    let Some(brokers) = real_brokers() else {
        return;
    };
    let mut options = options(brokers.clone());
    // Tests that run at the same time do not see each other.
    options.topic = format!("parlor.audit.{:x}", rand::random::<u64>());
    let topic = options.topic.clone();
    let all = entries(0..600);
    let (first, second) = all.split_at(300);
    let sink = KafkaAuditSink::open(options.clone()).unwrap();
    sink.deliver(first).await.unwrap();
    drop(sink);
    // Another start.
    let sink = KafkaAuditSink::open(options).unwrap();
    for batch in second.chunks(256) {
        sink.deliver(batch).await.unwrap();
    }
    let arrived = arrived(&brokers, &topic);
    assert_eq!(arrived.len(), all.len());
    assert_eq!(first_occurrences(&arrived), expected(&all));
    let last = arrived
        .iter()
        .find(|message| message.header("ce_id") == all[599].id.to_string());
    assert_eq!(last.unwrap().value, all[599].document);
}
