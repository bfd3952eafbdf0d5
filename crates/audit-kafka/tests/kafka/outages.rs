//! Brokers that are away, slow, or in doubt.

use std::time::{Duration, Instant};

use parlor_application::ports::{AuditSink as _, SinkError};
use parlor_audit_kafka::{KafkaAuditSink, KafkaSinkError};
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

use crate::support::{
    Cluster, MARGIN, SHORT, TOPIC, entries, expected, first_occurrences, options, trouble, whole,
};

#[tokio::test]
async fn what_was_not_taken_while_the_brokers_were_away_arrives_later_in_its_order() {
    let cluster = Cluster::start(3);
    let sink = cluster.hasty_sink();
    let all = entries(0..400);
    let (before, rest) = all.split_at(100);
    sink.deliver(before).await.unwrap();

    cluster.mock.broker_down(-1).unwrap();
    for _ in 0..2 {
        let error = trouble(&sink, &rest[..100]).await;
        assert!(matches!(error, KafkaSinkError::TimedOut { .. }), "{error}");
    }

    cluster.mock.broker_up(-1).unwrap();
    for batch in rest.chunks(100) {
        sink.deliver(batch).await.unwrap();
    }
    assert_eq!(first_occurrences(&cluster.arrived()), expected(&all));
}

#[tokio::test]
async fn a_broker_that_comes_back_in_time_is_no_error_and_no_repetition() {
    let cluster = Cluster::start(1);
    let sink = cluster.sink();
    let all = entries(0..100);
    cluster.mock.broker_down(-1).unwrap();
    let (delivered, ()) = tokio::join!(sink.deliver(&all), async {
        // The delivery has begun, and waits.
        cluster.mock.broker_up(-1).unwrap();
    });
    delivered.unwrap();
    let arrived = cluster.arrived();
    assert_eq!(arrived.len(), all.len());
    assert_eq!(first_occurrences(&arrived), expected(&all));
}

#[tokio::test]
async fn an_answer_that_comes_too_late_leads_to_a_repetition_behind_the_first_occurrence() {
    let cluster = Cluster::start(1);
    let sink = cluster.hasty_sink();
    let all = entries(0..200);
    sink.deliver(&all[..50]).await.unwrap();

    cluster
        .mock
        .broker_round_trip_time(-1, SHORT + MARGIN)
        .unwrap();
    let error = trouble(&sink, &all[50..]).await;
    let KafkaSinkError::TimedOut {
        acknowledged,
        entries,
        timeout,
        ..
    } = error
    else {
        panic!("{error}");
    };
    assert_eq!((acknowledged, entries, timeout), (0, 150, SHORT));

    cluster
        .mock
        .broker_round_trip_time(-1, Duration::ZERO)
        .unwrap();
    sink.deliver(&all[50..]).await.unwrap();
    let arrived = cluster.arrived();
    // How many were on their way is up to the client's batches.
    assert!(arrived.len() > all.len(), "{}", arrived.len());
    assert_eq!(first_occurrences(&arrived), expected(&all));
}

#[tokio::test]
async fn a_refused_connection_is_told_within_the_time() {
    // The port is free as soon as the listener is gone.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let mut options = options(vec![format!("127.0.0.1:{port}")]);
    options.delivery_timeout = SHORT;
    let sink = KafkaAuditSink::open(options).unwrap();
    let begin = Instant::now();
    let error = sink.deliver(&entries(0..3)).await.unwrap_err();
    assert!(begin.elapsed() < SHORT + MARGIN, "{:?}", begin.elapsed());
    assert!(matches!(error, SinkError::Unavailable(_)));
    let told = whole(&error);
    assert!(told.contains("acknowledged 0 of 3"), "{told}");
    assert!(told.contains("Connection refused"), "{told}");
}

#[tokio::test]
async fn errors_that_pass_are_tried_again_without_anybody_noticing() {
    let cluster = Cluster::start(1);
    let sink = cluster.sink();
    cluster.mock.request_errors(
        RDKafkaApiKey::Produce,
        &[
            RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
            RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__TRANSPORT,
        ],
    );
    let all = entries(0..100);
    sink.deliver(&all).await.unwrap();
    let arrived = cluster.arrived();
    assert_eq!(arrived.len(), all.len());
    assert_eq!(first_occurrences(&arrived), expected(&all));
}

#[tokio::test]
async fn after_a_fatal_error_the_producer_is_made_anew() {
    for (error, words) in [
        (
            RDKafkaRespErr::RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
            "sequence",
        ),
        (
            RDKafkaRespErr::RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH,
            "epoch",
        ),
        (
            RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
            "authorization",
        ),
    ] {
        let cluster = Cluster::start(1);
        let sink = cluster.sink();
        let all = entries(0..300);
        sink.deliver(&all[..100]).await.unwrap();

        cluster
            .mock
            .request_errors(RDKafkaApiKey::Produce, &[error]);
        let told = trouble(&sink, &all[100..200]).await;
        assert!(matches!(told, KafkaSinkError::Refused { .. }), "{told}");
        assert!(told.to_string().contains(words), "{told}");

        sink.deliver(&all[100..200]).await.unwrap();
        sink.deliver(&all[200..]).await.unwrap();
        assert_eq!(first_occurrences(&cluster.arrived()), expected(&all));
    }
}

#[tokio::test]
async fn a_refusal_lets_nothing_behind_it_go_ahead() {
    let cluster = Cluster::start(1);
    let sink = cluster.sink();
    // Several requests: the first one is refused, and the ones behind it must not be written.
    let all: Vec<_> = (0..40)
        .map(|number| crate::support::large_entry(number, 1, 200_000))
        .collect();
    cluster.mock.request_errors(
        RDKafkaApiKey::Produce,
        &[RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED],
    );
    trouble(&sink, &all).await;
    assert!(cluster.arrived().is_empty());

    sink.deliver(&all).await.unwrap();
    let arrived = cluster.arrived();
    assert_eq!(arrived.len(), all.len());
    assert_eq!(first_occurrences(&arrived), expected(&all));
}

#[tokio::test]
async fn a_topic_that_is_not_there_is_told_before_time_runs_out() {
    let cluster = Cluster::start(1);
    cluster
        .mock
        .topic_error(
            TOPIC,
            RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
        )
        .unwrap();
    let error = trouble(&cluster.sink(), &entries(0..3)).await;
    assert!(matches!(error, KafkaSinkError::Refused { .. }), "{error}");
    assert!(error.to_string().contains("opic"), "{error}");
}

#[tokio::test]
async fn a_delivery_that_is_given_up_leaves_the_order_as_it_is() {
    let cluster = Cluster::start(2);
    let sink = cluster.sink();
    let all = entries(0..300);
    sink.deliver(&all[..100]).await.unwrap();
    cluster.mock.broker_down(-1).unwrap();
    // Whoever asked does not wait for the answer.
    tokio::time::timeout(Duration::from_millis(300), sink.deliver(&all[100..200]))
        .await
        .unwrap_err();
    cluster.mock.broker_up(-1).unwrap();
    sink.deliver(&all[100..]).await.unwrap();
    assert_eq!(first_occurrences(&cluster.arrived()), expected(&all));
}
