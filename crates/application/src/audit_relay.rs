//! Carries audit entries from the store to the sink.

use std::{sync::Arc, time::Duration};

use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

#[cfg(doc)]
use crate::ports::RELAY_LEASE;
use crate::{
    dependencies::Dependency,
    ports::{AuditOutbox, AuditRecord, AuditSink, Clock, SinkError, StoreError},
    repeated::RepeatedFailure,
};

/// How the relay paces itself.
#[derive(Debug, Clone, Copy)]
pub struct RelayTimes {
    /// Between two looks into an empty outbox.
    pub idle: Duration,
    /// After the first failure; doubled with each further one, with jitter.
    pub first_pause: Duration,
    /// The longest pause between two tries.
    pub longest_pause: Duration,
    /// How long the sink may take for one batch. It is shorter than [`RELAY_LEASE`], so that nobody else delivers the same entries
    /// meanwhile, and what comes after them.
    pub delivery: Duration,
}

impl Default for RelayTimes {
    fn default() -> Self {
        Self {
            idle: Duration::from_millis(500),
            first_pause: Duration::from_millis(200),
            longest_pause: Duration::from_secs(10),
            delivery: Duration::from_secs(9),
        }
    }
}

/// Delivers entries at least once and in the order of the outbox. A sink that is away blocks nothing but the relay, and
/// loses nothing: entries stay in the store until they are marked. An entry that the sink will never take is set aside, so that
/// it holds nothing up.
///
/// Every instance runs one; the outbox leases the entries, so that they do not get in each other's way.
pub struct AuditRelay {
    outbox: Arc<dyn AuditOutbox>,
    sink: Arc<dyn AuditSink>,
    clock: Arc<dyn Clock>,
    times: RelayTimes,
    /// The sink, where it is a server that can be away.
    server: Option<Arc<Dependency>>,
}

/// Why a batch was not delivered.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The sink failed.
    #[error(transparent)]
    Sink(#[from] SinkError),
}

/// The sink did not answer in time.
#[derive(Debug, thiserror::Error)]
#[error("the audit sink did not answer within {0:?}")]
struct SinkTooSlow(Duration);

impl AuditRelay {
    const BATCH: u32 = 256;

    /// A relay between these two.
    pub const fn new(
        outbox: Arc<dyn AuditOutbox>,
        sink: Arc<dyn AuditSink>,
        clock: Arc<dyn Clock>,
        times: RelayTimes,
    ) -> Self {
        Self {
            outbox,
            sink,
            clock,
            times,
            server: None,
        }
    }

    /// The same, which notes whether the sink's server answers.
    #[must_use]
    pub fn noting(self, server: Option<Arc<Dependency>>) -> Self {
        Self { server, ..self }
    }

    /// Runs until `stop`, then delivers what is left as far as the sink takes it, and leaves the rest to other instances at once.
    pub async fn run(&self, stop: CancellationToken) {
        let mut pause = self.times.first_pause;
        let failures = RepeatedFailure::default();
        while !stop.is_cancelled() {
            let wait = match self.deliver_batch().await {
                Ok(delivered) => {
                    if let Some(outage) = failures.end() {
                        tracing::info!(
                            failures = outage.failures,
                            seconds = outage.lasted.as_secs(),
                            "audit entries are delivered again"
                        );
                    }
                    pause = self.times.first_pause;
                    if delivered > 0 {
                        continue;
                    }
                    self.times.idle
                }
                Err(error) => {
                    if let Some(more) = failures.note(&error.to_string()) {
                        tracing::warn!(
                            error = &error as &(dyn std::error::Error + 'static),
                            more,
                            "audit entries were not delivered; they stay in the store and are tried again"
                        );
                    }
                    let wait = jittered(pause);
                    pause = (pause * 2).min(self.times.longest_pause);
                    wait
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
        self.flush().await;
        if let Err(error) = self.outbox.release().await {
            tracing::warn!(
                error = &error as &(dyn std::error::Error + 'static),
                "the relay's place is not given back; other instances take it after a while"
            );
        }
    }

    /// Delivers until the outbox is empty or something fails.
    async fn flush(&self) {
        loop {
            match self.deliver_batch().await {
                Ok(0) => return,
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(
                        error = &error as &(dyn std::error::Error + 'static),
                        "audit entries are left in the store; the next start delivers them"
                    );
                    return;
                }
            }
        }
    }

    /// Delivers the oldest entries and marks them, or sets one aside that the sink rejects; answers how many are done with. The
    /// rest of a batch with a rejected entry is delivered with the next one, whatever the sink took of it.
    pub async fn deliver_batch(&self) -> Result<usize, RelayError> {
        let entries = self.outbox.undelivered(Self::BATCH).await?;
        if entries.is_empty() {
            return Ok(0);
        }
        let limit = self.times.delivery;
        let delivered = timeout(limit, self.sink.deliver(&entries)).await;
        let delivered =
            delivered.unwrap_or_else(|_| Err(SinkError::Unavailable(SinkTooSlow(limit).into())));
        if let Some(server) = &self.server {
            server.note(!matches!(delivered, Err(SinkError::Unavailable(_))));
        }
        match delivered {
            Ok(()) => {
                let ids: Vec<_> = entries
                    .iter()
                    .map(|entry| (entry.organization_id, entry.id))
                    .collect();
                self.outbox.mark_delivered(&ids, self.clock.now()).await?;
                Ok(entries.len())
            }
            Err(SinkError::Rejected { id, reason }) => {
                // An entry that the sink was not given is no entry to set aside.
                let Some(rejected) = entries.iter().find(|entry| entry.id == id) else {
                    return Err(SinkError::Rejected { id, reason }.into());
                };
                self.set_aside(rejected, &reason).await?;
                Ok(1)
            }
            Err(error @ SinkError::Unavailable(_)) => Err(error.into()),
        }
    }

    async fn set_aside(&self, rejected: &AuditRecord, reason: &str) -> Result<(), StoreError> {
        let AuditRecord {
            id,
            organization_id,
            ..
        } = *rejected;
        self.outbox
            .set_aside(organization_id, id, reason, self.clock.now())
            .await?;
        tracing::error!(
            entry_id = %id,
            reason,
            "the audit sink rejects an entry; it is set aside and stays in the store"
        );
        Ok(())
    }
}

/// Between half of the pause and all of it, so that several relays do not knock together.
fn jittered(pause: Duration) -> Duration {
    pause.mul_f64(rand::random_range(0.5..=1.0))
}

#[cfg(test)]
mod tests;
