//! Everything at once: brokers that come and go, leaders that move, answers that are late or bad, callers who give up,
//! and instances that take over from each other while entries of the other one are still on their way.

use std::time::Duration;

use parlor_application::ports::{AuditRecord, AuditSink as _, SinkError};
use parlor_audit_kafka::KafkaAuditSink;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use tokio::time::{interval, timeout};

use crate::support::{Cluster, TOPIC, entries, expected, first_occurrences, options, set};

const PARTITIONS: i32 = 2;

/// How much happens, and how often: seldom enough for a new producer to get somewhere.
const EVENTS: u32 = 50;
const PACE: Duration = Duration::from_millis(200);

/// Makes trouble, and peace in the end.
async fn disturb(cluster: &Cluster, rng: &mut StdRng) {
    let mock = &cluster.mock;
    let mut pace = interval(PACE);
    for _ in 0..EVENTS {
        pace.tick().await;
        let broker = rng.random_range(1..=3);
        match rng.random_range(0..16) {
            0 => mock.broker_down(broker).unwrap(),
            1 => mock.broker_down(-1).unwrap(),
            2..=5 => mock.broker_up(-1).unwrap(),
            6 => mock
                .partition_leader(TOPIC, rng.random_range(0..PARTITIONS), Some(broker))
                .unwrap(),
            7 => mock
                .broker_round_trip_time(-1, Duration::from_millis(rng.random_range(0..300)))
                .unwrap(),
            8 | 9 => mock.broker_round_trip_time(-1, Duration::ZERO).unwrap(),
            _ => {
                let errors = [
                    RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
                    RDKafkaRespErr::RD_KAFKA_RESP_ERR__TRANSPORT,
                    RDKafkaRespErr::RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
                    RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
                    RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,
                    RDKafkaRespErr::RD_KAFKA_RESP_ERR_INVALID_RECORD,
                ];
                let error = *errors.choose(rng).unwrap();
                mock.request_errors(RDKafkaApiKey::Produce, &[error]);
            }
        }
    }
    mock.broker_up(-1).unwrap();
    mock.broker_round_trip_time(-1, Duration::ZERO).unwrap();
    mock.clear_request_errors(RDKafkaApiKey::Produce);
}

/// What one instance after the other delivers.
struct Relay<'a> {
    sinks: [&'a KafkaAuditSink; 2],
    delivered: Vec<AuditRecord>,
    tries_again: u32,
}

impl Relay<'_> {
    /// Delivers a batch until it is taken. An answer that takes too long has the other instance take over.
    async fn deliver(&mut self, rng: &mut StdRng) {
        let first = self.delivered.len() as u128;
        let batch = entries(first..first + rng.random_range(1..=50));
        loop {
            let patience = Duration::from_millis(rng.random_range(200..4_000));
            match timeout(patience, self.sinks[0].deliver(&batch)).await {
                Ok(Ok(())) => break,
                // Two bad answers may meet in one entry, which is fine otherwise.
                Ok(Err(SinkError::Unavailable(_) | SinkError::Rejected { .. })) => {}
                Err(_) => self.sinks.swap(0, 1),
            }
            self.tries_again += 1;
        }
        self.delivered.extend(batch);
    }
}

#[tokio::test]
async fn whatever_happens_nothing_is_lost_and_the_order_holds() {
    let seed = rand::random();
    println!("seed {seed}");
    let cluster = Cluster::start(PARTITIONS);
    let mut options = options(cluster.brokers());
    options.delivery_timeout = Duration::from_secs(2);
    // Several requests a delivery.
    set(&mut options, "batch.num.messages", "7");
    let one = KafkaAuditSink::open(options.clone()).unwrap();
    let other = KafkaAuditSink::open(options).unwrap();
    let mut relay = Relay {
        sinks: [&one, &other],
        delivered: Vec::new(),
        tries_again: 0,
    };
    let mut rng = StdRng::seed_from_u64(seed);
    let mut disturbing = Box::pin(disturb(&cluster, &mut rng));
    let mut relay_rng = StdRng::seed_from_u64(seed);
    loop {
        let mut delivering = Box::pin(relay.deliver(&mut relay_rng));
        tokio::select! {
            () = &mut delivering => {}
            () = &mut disturbing => {
                delivering.await;
                break;
            }
        }
    }
    let arrived = cluster.arrived();
    println!(
        "{} entries, {} tries again, {} repetitions",
        relay.delivered.len(),
        relay.tries_again,
        arrived.len() - relay.delivered.len()
    );
    assert_eq!(first_occurrences(&arrived), expected(&relay.delivered));
}
