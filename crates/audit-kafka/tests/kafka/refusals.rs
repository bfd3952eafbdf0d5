//! Entries that Kafka will never take.

use parlor_application::ports::AuditSink as _;
use parlor_audit_kafka::KafkaAuditSink;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

use crate::support::{
    Cluster, entries, entry, expected, first_occurrences, large_entry, options, rejection, set,
};

#[tokio::test]
async fn an_entry_that_is_too_large_is_rejected_by_its_id_and_the_others_go_on() {
    let cluster = Cluster::start(3);
    let sink = cluster.sink();
    let mut all = entries(0..30);
    let large = large_entry(99, 3, 1_100_000);
    all.insert(20, large.clone());

    let (id, reason) = rejection(&sink, &all).await;
    assert_eq!(id, large.id);
    assert!(reason.contains("Message size too large"), "{reason}");

    all.remove(20);
    sink.deliver(&all).await.unwrap();
    assert_eq!(first_occurrences(&cluster.arrived()), expected(&all));
}

#[tokio::test]
async fn the_largest_message_can_be_set() {
    let cluster = Cluster::start(1);
    let mut options = options(cluster.brokers());
    set(&mut options, "message_max_bytes", "2000000");
    let sink = KafkaAuditSink::open(options).unwrap();
    sink.deliver(&[large_entry(1, 1, 1_100_000)]).await.unwrap();
}

#[tokio::test]
async fn a_batch_that_brokers_refuse_goes_one_by_one_and_the_one_at_fault_is_found() {
    for error in [
        RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,
        RDKafkaRespErr::RD_KAFKA_RESP_ERR_INVALID_RECORD,
    ] {
        let cluster = Cluster::start(1);
        let sink = cluster.sink();
        let mut all = entries(0..9);
        // The batch, and then the sixth entry alone.
        let fine = RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR;
        cluster.mock.request_errors(
            RDKafkaApiKey::Produce,
            &[error, fine, fine, fine, fine, fine, error],
        );
        let (id, reason) = rejection(&sink, &all).await;
        assert_eq!(id, all[5].id);
        assert!(reason.contains("Broker: "), "{reason}");

        all.remove(5);
        sink.deliver(&all).await.unwrap();
        assert_eq!(first_occurrences(&cluster.arrived()), expected(&all));
    }
}

#[tokio::test]
async fn a_batch_that_is_too_large_only_together_is_delivered_one_by_one() {
    let cluster = Cluster::start(1);
    let sink = cluster.sink();
    let all = entries(0..9);
    cluster.mock.request_errors(
        RDKafkaApiKey::Produce,
        &[RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE],
    );
    sink.deliver(&all).await.unwrap();
    let arrived = cluster.arrived();
    assert_eq!(arrived.len(), all.len());
    assert_eq!(first_occurrences(&arrived), expected(&all));
}

#[tokio::test]
async fn a_document_that_cannot_be_read_is_rejected_without_quoting_it() {
    let cluster = Cluster::start(1);
    let sink = cluster.sink();
    for (document, words) in [
        ("a secret", "not JSON"),
        ("", "not JSON"),
        ("{\"actionName\":\"CREATE_USER\"", "not JSON"),
        ("\"a secret\"", "has no `actionName`"),
        ("{\"actionName\":\"a secret\"}", "has no `actionName`"),
        (
            "{\"actionName\":\"a secret\",\"timestamp\":17}",
            "has no `actionName`",
        ),
    ] {
        let mut all = entries(0..3);
        let mut unreadable = entry(99, 1);
        document.clone_into(&mut unreadable.document);
        all.insert(1, unreadable.clone());
        let (id, reason) = rejection(&sink, &all).await;
        assert_eq!(id, unreadable.id);
        assert!(reason.contains(words), "{document}: {reason}");
        assert!(!reason.contains("secret"), "{reason}");
    }
    assert!(cluster.arrived().is_empty());
}
