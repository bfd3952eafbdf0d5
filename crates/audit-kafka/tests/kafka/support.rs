//! What the tests share: entries, brokers, and a look at what arrived.

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error as _,
    time::{Duration, Instant},
};

use parlor_application::ports::{AuditRecord, AuditSink as _, SinkError};
use parlor_audit_kafka::{KafkaAuditSink, KafkaSinkError, KafkaSinkOptions};
use parlor_domain::ids::{AuditEntryId, ConversationId, OrganizationId, UserId};
use rdkafka::{
    ClientConfig, Message as _, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer as _},
    error::KafkaError,
    message::{BorrowedMessage, Headers as _},
    mocking::MockCluster,
    producer::DefaultProducerContext,
};
use secrecy::SecretString;
use serde_json::json;
use uuid::Uuid;

pub const TOPIC: &str = KafkaSinkOptions::DEFAULT_TOPIC;

/// How long a delivery may take in tests that let time run out.
pub const SHORT: Duration = Duration::from_secs(2);

/// How long a delivery may go on after its time: for a purge.
pub const MARGIN: Duration = Duration::from_secs(2);

/// How long to look for what must have arrived.
const PATIENCE: Duration = Duration::from_mins(1);

/// Three brokers.
pub struct Cluster {
    pub mock: MockCluster<'static, DefaultProducerContext>,
}

impl Cluster {
    /// With the topic in so many partitions.
    pub fn start(partitions: i32) -> Self {
        let mock = MockCluster::new(3).unwrap();
        mock.create_topic(TOPIC, partitions, 3).unwrap();
        Self { mock }
    }

    pub fn brokers(&self) -> Vec<String> {
        let all = self.mock.bootstrap_servers();
        all.split(',').map(ToOwned::to_owned).collect()
    }

    pub fn sink(&self) -> KafkaAuditSink {
        KafkaAuditSink::open(options(self.brokers())).unwrap()
    }

    /// A sink whose deliveries may take [`SHORT`].
    pub fn hasty_sink(&self) -> KafkaAuditSink {
        let mut options = options(self.brokers());
        options.delivery_timeout = SHORT;
        KafkaAuditSink::open(options).unwrap()
    }

    pub fn arrived(&self) -> Vec<Arrived> {
        arrived(&self.brokers(), TOPIC)
    }
}

/// Options for brokers that come back quickly.
pub fn options(brokers: Vec<String>) -> KafkaSinkOptions {
    let mut options = KafkaSinkOptions::new(brokers);
    options.delivery_timeout = Duration::from_secs(30);
    set(&mut options, "reconnect.backoff.max.ms", "500");
    set(&mut options, "socket.timeout.ms", "3000");
    options
}

pub fn set(options: &mut KafkaSinkOptions, name: &str, value: &str) {
    options
        .settings
        .insert(name.to_owned(), SecretString::from(value));
}

/// The entry of this number, about this conversation.
pub fn entry(number: u128, conversation: u128) -> AuditRecord {
    let id = Uuid::from_u128(number);
    AuditRecord {
        id: AuditEntryId::from_uuid(id),
        organization_id: OrganizationId::from_uuid(Uuid::from_u128(1)),
        conversation_id: Some(ConversationId::from_uuid(Uuid::from_u128(conversation))),
        actor_id: UserId::from_uuid(Uuid::from_u128(2)),
        document: json!({
            "id": id,
            "actionName": "AI_INFERENCE_STREAM_EDIT",
            "timestamp": "2026-03-01T10:20:30.123456789Z",
        })
        .to_string(),
    }
}

/// Entries about several conversations by turns.
pub fn entries(numbers: std::ops::Range<u128>) -> Vec<AuditRecord> {
    numbers.map(|number| entry(number, number % 7)).collect()
}

/// An entry whose document has so many bytes more, which do not compress away.
pub fn large_entry(number: u128, conversation: u128, bytes: usize) -> AuditRecord {
    let noise: String = (0..bytes / 32)
        .map(|index| Uuid::from_u128((index as u128).wrapping_mul(u128::MAX / 977)))
        .map(|id| id.simple().to_string())
        .collect();
    let mut entry = entry(number, conversation);
    entry.document = json!({
        "actionName": "CREATE_USER",
        "timestamp": "2026-03-01T10:20:30.123456789Z",
        "noise": noise,
    })
    .to_string();
    entry
}

/// A message as a consumer sees it.
#[derive(Debug)]
pub struct Arrived {
    pub partition: i32,
    pub key: String,
    pub value: String,
    pub headers: BTreeMap<String, String>,
}

impl Arrived {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

impl From<BorrowedMessage<'_>> for Arrived {
    fn from(message: BorrowedMessage<'_>) -> Self {
        let text = |bytes: Option<&[u8]>| String::from_utf8(bytes.unwrap().to_vec()).unwrap();
        let headers = message.headers().unwrap();
        Self {
            partition: message.partition(),
            key: text(message.key()),
            value: text(message.payload()),
            headers: headers
                .iter()
                .map(|header| (header.key.to_owned(), text(header.value)))
                .collect(),
        }
    }
}

/// Everything that stands in a topic, partition by partition, in its order.
pub fn arrived(brokers: &[String], topic: &str) -> Vec<Arrived> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", brokers.join(","))
        .set("group.id", "nobody")
        .set("enable.auto.commit", "false")
        .set("enable.partition.eof", "true")
        .set("isolation.level", "read_uncommitted")
        .create()
        .unwrap();
    let metadata = consumer.fetch_metadata(Some(topic), PATIENCE).unwrap();
    let mut unread = BTreeSet::new();
    let mut assignment = TopicPartitionList::new();
    for partition in metadata.topics()[0].partitions() {
        unread.insert(partition.id());
        assignment
            .add_partition_offset(topic, partition.id(), Offset::Beginning)
            .unwrap();
    }
    consumer.assign(&assignment).unwrap();
    let until = Instant::now() + PATIENCE;
    let mut all = Vec::new();
    while !unread.is_empty() {
        assert!(Instant::now() < until, "{unread:?} after {}", all.len());
        match consumer.poll(Duration::from_millis(100)) {
            None => {}
            Some(Ok(message)) => all.push(Arrived::from(message)),
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                unread.remove(&partition);
            }
            Some(Err(error)) => panic!("{error}"),
        }
    }
    all.sort_by_key(|message| message.partition);
    all
}

/// The ids of entries by their key, each at its first occurrence. Fails where one key is in several partitions.
pub fn first_occurrences(arrived: &[Arrived]) -> BTreeMap<String, Vec<String>> {
    let mut partitions = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut ids = BTreeMap::<_, Vec<_>>::new();
    for message in arrived {
        let partition = *partitions
            .entry(message.key.clone())
            .or_insert(message.partition);
        assert_eq!(partition, message.partition, "{}", message.key);
        let id = message.header("ce_id").to_owned();
        if seen.insert(id.clone()) {
            ids.entry(message.key.clone()).or_default().push(id);
        }
    }
    ids
}

/// What [`first_occurrences`] must be.
pub fn expected(entries: &[AuditRecord]) -> BTreeMap<String, Vec<String>> {
    let mut ids = BTreeMap::<_, Vec<_>>::new();
    for entry in entries {
        let key = entry.conversation_id.unwrap().to_string();
        ids.entry(key).or_default().push(entry.id.to_string());
    }
    ids
}

/// Why a delivery failed, if the sink was not available.
pub async fn trouble(sink: &KafkaAuditSink, entries: &[AuditRecord]) -> KafkaSinkError {
    match sink.deliver(entries).await {
        Err(SinkError::Unavailable(cause)) => *cause.downcast().unwrap(),
        other => panic!("{other:?}"),
    }
}

/// The entry that was rejected, and why.
pub async fn rejection(sink: &KafkaAuditSink, entries: &[AuditRecord]) -> (AuditEntryId, String) {
    match sink.deliver(entries).await {
        Err(SinkError::Rejected { id, reason }) => (id, reason),
        other => panic!("{other:?}"),
    }
}

/// An error and what it rests on.
pub fn whole(error: &SinkError) -> String {
    format!("{error}: {}", error.source().unwrap())
}
