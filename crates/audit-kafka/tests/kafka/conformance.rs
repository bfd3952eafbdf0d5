//! The suite that every sink passes: on brokers that can be disturbed, and on a broker that nobody here wrote.

use std::{
    future::{Ready, ready},
    sync::{Arc, mpsc},
    time::Duration,
};

use async_trait::async_trait;
use parlor_application::ports::{AuditRecord, AuditSink};
use parlor_audit_kafka::{KafkaAuditSink, KafkaSinkOptions};
use parlor_sink_conformance::{Failure, Medium, entries::SECRET, sink_conformance};
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

use crate::{
    real_broker::real_brokers,
    support::{Cluster, SHORT, TOPIC, arrived, options},
};

/// More than a test can send.
const REFUSALS: usize = 100_000;

/// Brokers in this process, which can be disturbed. A thread of their own has them: they go from no thread to another one.
struct Disturbed {
    brokers: Vec<String>,
    orders: mpsc::Sender<(Option<Failure>, mpsc::Sender<()>)>,
}

impl Disturbed {
    fn start() -> Self {
        let (orders, ordered) = mpsc::channel::<(Option<Failure>, mpsc::Sender<()>)>();
        let (started, starting) = mpsc::channel();
        std::thread::spawn(move || {
            let cluster = Cluster::start(3);
            started.send(cluster.brokers()).unwrap();
            for (failure, done) in ordered {
                disturb(&cluster, failure);
                done.send(()).unwrap();
            }
        });
        Self {
            brokers: starting.recv().unwrap(),
            orders,
        }
    }

    fn order(&self, failure: Option<Failure>) {
        let (done, doing) = mpsc::channel();
        self.orders.send((failure, done)).unwrap();
        doing.recv().unwrap();
    }
}

fn disturb(cluster: &Cluster, failure: Option<Failure>) {
    let mock = &cluster.mock;
    match failure {
        Some(Failure::Away) => mock.broker_down(-1).unwrap(),
        Some(Failure::Silent) => mock
            .broker_round_trip_time(-1, Duration::from_mins(10))
            .unwrap(),
        Some(Failure::RejectsEverything) => {
            let refusal = RDKafkaRespErr::RD_KAFKA_RESP_ERR_INVALID_RECORD;
            mock.request_errors(RDKafkaApiKey::Produce, &vec![refusal; REFUSALS]);
        }
        None => {
            mock.broker_up(-1).unwrap();
            mock.broker_round_trip_time(-1, Duration::ZERO).unwrap();
            mock.clear_request_errors(RDKafkaApiKey::Produce);
        }
    }
}

/// The options of a sink whose deliveries end soon.
fn hasty(brokers: Vec<String>) -> KafkaSinkOptions {
    let mut options = options(brokers);
    options.delivery_timeout = SHORT;
    options
}

/// Everything in a topic: each partition's documents in order, which is each conversation's order.
async fn documents(brokers: Vec<String>, topic: String) -> Vec<String> {
    let reading = tokio::task::spawn_blocking(move || arrived(&brokers, &topic));
    let arrived = reading.await.unwrap();
    arrived.into_iter().map(|message| message.value).collect()
}

/// An entry that is no JSON: the sink reads its name and time for the headers.
fn unreadable(mut entry: AuditRecord) -> AuditRecord {
    entry.document = format!("not JSON: {SECRET}");
    entry
}

#[async_trait]
impl Medium for Disturbed {
    async fn sink(&self) -> Arc<dyn AuditSink> {
        Arc::new(KafkaAuditSink::open(hasty(self.brokers.clone())).unwrap())
    }

    async fn arrived(&self) -> Vec<String> {
        documents(self.brokers.clone(), TOPIC.to_owned()).await
    }

    async fn fail(&self, failure: Failure) -> bool {
        self.order(Some(failure));
        true
    }

    async fn mend(&self) {
        self.order(None);
    }

    fn unacceptable(&self, entry: AuditRecord) -> Option<AuditRecord> {
        Some(unreadable(entry))
    }
}

mod disturbed {
    use super::*;

    fn fresh() -> Ready<Arc<Disturbed>> {
        ready(Arc::new(Disturbed::start()))
    }

    sink_conformance!(fresh);
}

/// A topic of a real broker. Tests that run at the same time have one each.
struct Real {
    brokers: Vec<String>,
    topic: String,
}

#[async_trait]
impl Medium for Real {
    async fn sink(&self) -> Arc<dyn AuditSink> {
        let mut options = options(self.brokers.clone());
        options.topic.clone_from(&self.topic);
        Arc::new(KafkaAuditSink::open(options).unwrap())
    }

    async fn arrived(&self) -> Vec<String> {
        documents(self.brokers.clone(), self.topic.clone()).await
    }

    async fn fail(&self, _: Failure) -> bool {
        // Other tests use it.
        false
    }

    async fn mend(&self) {}

    fn unacceptable(&self, entry: AuditRecord) -> Option<AuditRecord> {
        Some(unreadable(entry))
    }
}

macro_rules! on_a_real_broker {
    ([] $($test:ident)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $test() {
            let Some(brokers) = real_brokers() else {
                return;
            };
            let topic = format!("parlor.audit.{:x}", rand::random::<u64>());
            let medium = Arc::new(Real { brokers, topic });
            parlor_sink_conformance::before_the_deadline(parlor_sink_conformance::suite::$test(medium)).await;
        }
    )*};
}

mod real {
    use super::*;

    parlor_sink_conformance::for_each_test! { [on_a_real_broker] [] }
}
