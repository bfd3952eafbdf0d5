//! Delivers entries.

use std::{fmt, slice, sync::Arc, time::Duration};

use async_trait::async_trait;
use parlor_application::{
    dependencies::{Dependency, DependencyProbe},
    ports::{AuditRecord, AuditSink, SinkError},
};
use rdkafka::{ClientConfig, error::RDKafkaErrorCode};
use tokio::sync::Mutex;

use crate::{
    KafkaSinkError, KafkaSinkOptions,
    event::Event,
    outcome::{Trouble, Verdict, verdict},
    producer::Producer,
    settings,
};

/// Writes entries into a topic of Kafka. What holds of it stands on the crate's page.
pub struct KafkaAuditSink {
    config: ClientConfig,
    topic: String,
    delivery_timeout: Duration,
    /// None after a failure. Locked while entries are delivered: two deliveries at once would have no order.
    producer: Mutex<Option<Producer>>,
    dependency: Arc<Dependency>,
}

/// After a failure the relay tries again by itself: a broker is asked where the relay has nothing to deliver any more.
const RETRY: Duration = Duration::from_secs(30);
/// How long a broker may take to answer.
const PROBE_LIMIT: Duration = Duration::from_secs(4);

/// Without the settings, which hold passwords.
impl fmt::Debug for KafkaAuditSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaAuditSink")
            .field("topic", &self.topic)
            .finish_non_exhaustive()
    }
}

impl KafkaAuditSink {
    /// Checks the options and makes the client, which begins to look for the brokers. They need not be there: entries wait
    /// in the store meanwhile.
    pub fn open(options: KafkaSinkOptions) -> Result<Self, KafkaSinkError> {
        let config = options.client_config()?;
        let producer = Producer::start(&config).map_err(settings::refused)?;
        Ok(Self {
            config,
            topic: options.topic,
            delivery_timeout: options.delivery_timeout,
            producer: Mutex::new(Some(producer)),
            dependency: Dependency::asked_again_after(RETRY, "kafka"),
        })
    }

    /// Sends events with the producer that is there, else with a new one, and keeps it if all went well.
    async fn send(
        &self,
        kept: &mut Option<Producer>,
        events: &[Event<'_>],
    ) -> Result<Verdict, KafkaSinkError> {
        let producer = match kept {
            Some(producer) => producer,
            None => kept.insert(Producer::start(&self.config).map_err(settings::refused)?),
        };
        let outcomes = producer
            .send(&self.topic, events, self.delivery_timeout)
            .await;
        let verdict = verdict(&outcomes);
        if verdict == Ok(Verdict::Taken) {
            return Ok(Verdict::Taken);
        }
        let (fatal_error, complaint) = (producer.fatal_error(), producer.complaint());
        if let Some(producer) = kept.take() {
            producer.throw_away();
        }
        verdict.map_err(|trouble| match (trouble, fatal_error) {
            (Trouble::Refused { .. }, Some(reason)) => KafkaSinkError::Refused { reason },
            (Trouble::Refused { code }, None) => refused(code),
            (Trouble::TimedOut { acknowledged }, _) => KafkaSinkError::TimedOut {
                acknowledged,
                entries: events.len(),
                timeout: self.delivery_timeout,
                complaint,
            },
        })
    }

    /// Delivers the suspects in front of the one at fault, which is refused once more, this time alone.
    async fn send_one_by_one(
        &self,
        kept: &mut Option<Producer>,
        events: &[Event<'_>],
        suspects: Vec<usize>,
    ) -> Result<(), SinkError> {
        for suspect in suspects.into_iter().filter_map(|index| events.get(index)) {
            let alone = slice::from_ref(suspect);
            match self.send(kept, alone).await.map_err(unavailable)? {
                Verdict::Taken => {}
                Verdict::Rejected { code, .. } | Verdict::Suspects { code, .. } => {
                    return Err(rejected(suspect, code));
                }
            }
        }
        Ok(())
    }
}

#[async_trait]
impl DependencyProbe for KafkaAuditSink {
    fn dependency(&self) -> &Arc<Dependency> {
        &self.dependency
    }

    async fn ask(&self) -> Option<bool> {
        // Who delivers learns it, too.
        let mut kept = self.producer.try_lock().ok()?;
        let producer = match &*kept {
            Some(producer) => producer,
            None => kept.insert(Producer::start(&self.config).ok()?),
        };
        let asked = producer.ask(self.topic.clone(), PROBE_LIMIT);
        // A delivery does not wait for the answer.
        drop(kept);
        asked.await.ok().map(|answered| answered.is_ok())
    }
}

#[async_trait]
impl AuditSink for KafkaAuditSink {
    async fn deliver(&self, entries: &[AuditRecord]) -> Result<(), SinkError> {
        let events = entries
            .iter()
            .map(Event::read)
            .collect::<Result<Vec<_>, _>>()?;
        let mut producer = self.producer.lock().await;
        let verdict = self.send(&mut producer, &events).await;
        match verdict.map_err(unavailable)? {
            Verdict::Taken => Ok(()),
            Verdict::Rejected { index, code } => Err(events
                .get(index)
                .map_or_else(|| unavailable(refused(code)), |event| rejected(event, code))),
            Verdict::Suspects { code, indexes } => {
                tracing::warn!(
                    reason = %code,
                    entries = indexes.len(),
                    "Kafka refuses a batch of audit entries, which go one by one now; if together they are too large \
                     for the topic, set `batch.size` below its `max.message.bytes`"
                );
                self.send_one_by_one(&mut producer, &events, indexes).await
            }
        }
    }
}

fn refused(code: RDKafkaErrorCode) -> KafkaSinkError {
    KafkaSinkError::Refused {
        reason: code.to_string(),
    }
}

fn unavailable(error: KafkaSinkError) -> SinkError {
    SinkError::Unavailable(Box::new(error))
}

fn rejected(event: &Event<'_>, code: RDKafkaErrorCode) -> SinkError {
    SinkError::Rejected {
        id: event.entry.id,
        reason: code.to_string(),
    }
}
