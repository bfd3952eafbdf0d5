//! One producer of librdkafka, from its first delivery to its first failure.

use std::{
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::{FutureExt as _, StreamExt as _, stream::FuturesUnordered};
use rdkafka::{
    ClientConfig, ClientContext,
    config::RDKafkaLogLevel,
    error::{KafkaError, RDKafkaErrorCode},
    producer::{FutureProducer, Producer as _, PurgeConfig},
};
use tokio::{
    task::{JoinHandle, spawn_blocking},
    time::{Instant, timeout_at},
};

use crate::{event::Event, outcome::Outcome};

/// How long a purge may take until every message is accounted for. It is a matter of milliseconds, unless a thread of
/// librdkafka waits for the resolver.
const PURGE_TIME: Duration = Duration::from_secs(2);

/// The last that librdkafka said about the brokers.
#[derive(Clone, Default)]
struct Complaint(Arc<Mutex<Option<String>>>);

impl Complaint {
    fn note(&self, reason: &str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason.to_owned());
    }

    fn get(&self) -> Option<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// What librdkafka says goes to our log for those who look for it; failures are told by who asked for the delivery.
impl ClientContext for Complaint {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        tracing::debug!(target: "librdkafka", ?level, facility, "{message}");
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(target: "librdkafka", %error, "{reason}");
        // That all brokers are down follows each reason why one is, and says less.
        if error.rdkafka_error_code() != Some(RDKafkaErrorCode::AllBrokersDown) {
            self.note(reason);
        }
    }

    fn stats_raw(&self, _: &[u8]) {}
}

pub(crate) struct Producer {
    client: FutureProducer<Complaint>,
    complaint: Complaint,
}

impl Producer {
    /// Starts one. It looks for the brokers by itself, and goes on looking.
    pub fn start(config: &ClientConfig) -> Result<Self, KafkaError> {
        let complaint = Complaint::default();
        let client = config.create_with_context(complaint.clone())?;
        Ok(Self { client, complaint })
    }

    /// The last that it said about the brokers.
    pub fn complaint(&self) -> Option<String> {
        self.complaint.get()
    }

    /// Why it will never send anything again, if so.
    pub fn fatal_error(&self) -> Option<String> {
        let (code, reason) = self.client.client().fatal_error()?;
        Some(format!("{code}: {reason}"))
    }

    /// Asks a broker of the topic. Answers why it does not, within this time.
    pub fn ask(&self, topic: String, limit: Duration) -> JoinHandle<Result<(), KafkaError>> {
        let client = self.client.clone();
        spawn_blocking(move || {
            let metadata = client.client().fetch_metadata(Some(&topic), limit);
            metadata.map(drop)
        })
    }

    /// Sends events in this order; answers what became of each. After a failure, nothing of them is left to be sent,
    /// and the producer must be thrown away: it may not know any more what the broker has.
    pub async fn send(&self, topic: &str, events: &[Event<'_>], timeout: Duration) -> Vec<Outcome> {
        let deadline = Instant::now() + timeout;
        let mut outcomes = vec![Outcome::Unsent; events.len()];
        let mut on_their_way = FuturesUnordered::new();
        for ((index, event), outcome) in events.iter().enumerate().zip(&mut outcomes) {
            match self.client.send_result(event.message(topic)) {
                Ok(delivery) => on_their_way.push(delivery.map(move |answer| (index, answer))),
                Err((error, _)) => {
                    *outcome = Outcome::NotQueued(code(&error));
                    break;
                }
            }
        }
        let mut purged = false;
        while let Ok(Some((index, answer))) = timeout_at(deadline, on_their_way.next()).await {
            let answer = match answer {
                Ok(Ok(_)) => Outcome::Acknowledged,
                Ok(Err((error, _))) => Outcome::Failed(code(&error)),
                Err(_) => Outcome::Unsent,
            };
            // What waits behind a failure must not get in front of it; what is on its way may arrive.
            if answer != Outcome::Acknowledged && !purged {
                purged = true;
                self.purge(PurgeConfig::default().queue()).await;
            }
            if let Some(outcome) = outcomes.get_mut(index) {
                *outcome = answer;
            }
        }
        if !on_their_way.is_empty() {
            self.purge(PurgeConfig::default().queue().inflight()).await;
            let accounted_for = Instant::now() + PURGE_TIME;
            while let Ok(Some((index, answer))) =
                timeout_at(accounted_for, on_their_way.next()).await
            {
                if let Some(outcome) = outcomes.get_mut(index) {
                    *outcome = match answer {
                        Ok(Ok(_)) => Outcome::Acknowledged,
                        _ => Outcome::TimedOut,
                    };
                }
            }
        }
        outcomes
    }

    async fn purge(&self, what: PurgeConfig) {
        let client = self.client.clone();
        let purging = pin!(spawn_blocking(move || client.purge(what)));
        // Where it takes longer, throwing the producer away does the same once more.
        drop(tokio::time::timeout(PURGE_TIME, purging).await);
    }

    /// Ends its threads and connections, which may take a moment.
    pub fn throw_away(self) {
        drop(spawn_blocking(move || drop(self)));
    }
}

fn code(error: &KafkaError) -> RDKafkaErrorCode {
    error
        .rdkafka_error_code()
        .unwrap_or(RDKafkaErrorCode::Unknown)
}
