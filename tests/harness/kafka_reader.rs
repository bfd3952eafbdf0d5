//! Reads what arrives on Kafka, as a security team would.

use std::time::{Duration, Instant};

use rdkafka::{
    ClientConfig, Message as _, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer as _},
    message::Headers as _,
};
use serde_json::Value;

use super::Broker;

/// One message of the topic of audit entries.
#[derive(Debug, Clone)]
pub struct Delivered {
    /// The partition's number and the place in it.
    pub place: (i32, i64),
    /// The key: the conversation's id, else the actor's.
    pub key: String,
    /// The header `ce_id`, by which a repetition is known.
    pub id: String,
    /// The entry.
    pub entry: Value,
}

/// Reads every partition from its beginning.
pub struct KafkaReader {
    consumer: BaseConsumer,
    read: Vec<Delivered>,
}

impl KafkaReader {
    /// A reader at the beginning of the broker's topic.
    pub fn of(broker: &Broker) -> Self {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", broker.address())
            .set("group.id", "tests")
            .set("enable.auto.commit", "false")
            .set("auto.offset.reset", "earliest")
            // The tests' broker waits as long as it may although it has something to say.
            .set("fetch.wait.max.ms", "10")
            // A broker that comes back is found again at once.
            .set("reconnect.backoff.max.ms", "500")
            .create()
            .unwrap();
        let mut partitions = TopicPartitionList::new();
        for partition in 0..i32::try_from(Broker::PARTITIONS).unwrap() {
            partitions
                .add_partition_offset(Broker::TOPIC, partition, Offset::Beginning)
                .unwrap();
        }
        consumer.assign(&partitions).unwrap();
        Self {
            consumer,
            read: Vec::new(),
        }
    }

    /// Reads on until this holds of all that was read so far, the earliest of a partition first. That nothing more comes for so long
    /// fails the test.
    pub fn until(
        &mut self,
        what: &str,
        patience: Duration,
        holds: impl Fn(&[Delivered]) -> bool,
    ) -> &[Delivered] {
        let mut deadline = Instant::now() + patience;
        while !holds(&self.read) {
            assert!(
                Instant::now() < deadline,
                "{what}: not within {patience:?}; {} messages were read",
                self.read.len()
            );
            // While the broker is away, an error says so; it is tried again until the deadline.
            if let Some(Ok(message)) = self.consumer.poll(Duration::from_millis(100)) {
                deadline = Instant::now() + patience;
                let headers = message.headers().unwrap();
                let id = headers.iter().find(|header| header.key == "ce_id").unwrap();
                self.read.push(Delivered {
                    place: (message.partition(), message.offset()),
                    key: string(message.key()),
                    id: string(id.value),
                    entry: serde_json::from_slice(message.payload().unwrap()).unwrap(),
                });
            }
        }
        &self.read
    }
}

fn string(bytes: Option<&[u8]>) -> String {
    String::from_utf8(bytes.unwrap().to_vec()).unwrap()
}
