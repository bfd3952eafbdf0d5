//! Carries audit entries from the store to the sink.

mod acceptance;
mod delivery;

use std::{slice, sync::Arc, time::Duration};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub use acceptance::SinkAcceptance;
use delivery::{BoundedSink, Outcome, Rejection};

#[cfg(doc)]
use crate::ports::RELAY_LEASE_LEFT;
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
    /// How long reading a batch and all calls of the sink for it may take together. It is shorter than [`RELAY_LEASE_LEFT`], so
    /// that nobody else delivers the same entries meanwhile, and what comes after them.
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
/// loses nothing: entries stay in the store until they are marked.
///
/// An entry that the sink rejects is set aside where the sink then accepts another one and rejects it again: then it is the
/// entry. The other one is about another conversation, or was delivered before, so that it overtakes nothing where it was the
/// sink. While the sink accepts nothing, nothing is set aside. After [`SinkAcceptance::LIMIT`] rejections in a row the relay
/// pauses, and tries a few entries now and then.
///
/// Every instance runs one; the outbox leases the entries, so that they do not get in each other's way.
pub struct AuditRelay {
    outbox: Arc<dyn AuditOutbox>,
    sink: BoundedSink,
    clock: Arc<dyn Clock>,
    times: RelayTimes,
    acceptance: Arc<SinkAcceptance>,
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

impl AuditRelay {
    const BATCH: u32 = 256;

    /// A relay between these two.
    pub fn new(
        outbox: Arc<dyn AuditOutbox>,
        sink: Arc<dyn AuditSink>,
        clock: Arc<dyn Clock>,
        times: RelayTimes,
    ) -> Self {
        Self {
            outbox,
            sink: BoundedSink::new(sink),
            clock,
            times,
            acceptance: Arc::default(),
        }
    }

    /// The same, which notes whether the sink's server answers.
    #[must_use]
    pub fn noting(self, server: Option<Arc<Dependency>>) -> Self {
        Self {
            sink: self.sink.noting(server),
            ..self
        }
    }

    /// Whether the sink accepts entries.
    pub const fn acceptance(&self) -> &Arc<SinkAcceptance> {
        &self.acceptance
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

    /// Delivers the oldest entries and marks them, or sets some aside that the sink rejects; answers how many are done with. The
    /// rest of a batch with a rejected entry is delivered with the next one, whatever the sink took of it.
    pub async fn deliver_batch(&self) -> Result<usize, RelayError> {
        let deadline = Instant::now() + self.times.delivery;
        let entries = self.outbox.undelivered(Self::BATCH).await?;
        let Some(first) = entries.first() else {
            // Nothing waits, or another instance delivers it.
            self.acceptance.note_all_accepted();
            return Ok(0);
        };
        let mut batch = if self.acceptance.is_paused() {
            slice::from_ref(first)
        } else {
            &*entries
        };
        let mut rejected = None;
        // What is in front of a rejected entry says whether it is the entry or the sink.
        loop {
            match self.deliver(batch, deadline).await? {
                Outcome::Accepted => {
                    self.mark_delivered(batch).await?;
                    if batch.len() == entries.len() {
                        self.acceptance.note_all_accepted();
                    }
                    self.end_rejected(rejected.as_slice(), deadline).await?;
                    return Ok(batch.len() + rejected.iter().len());
                }
                Outcome::Rejected(rejection) => {
                    batch = batch.get(..rejection.index).unwrap_or_default();
                    if batch.is_empty() {
                        return self.try_others(&entries, rejection, deadline).await;
                    }
                    rejected = Some(rejection);
                }
            }
        }
    }

    /// The sink rejects the first entry: whether it accepts others says whose fault that is.
    async fn try_others(
        &self,
        entries: &[AuditRecord],
        first: Rejection<'_>,
        deadline: Instant,
    ) -> Result<usize, RelayError> {
        let error = first.error();
        let mut rejected = vec![first];
        for other in self.acceptance.next_trials(entries) {
            let other = slice::from_ref(other);
            match self.deliver(other, deadline).await? {
                Outcome::Accepted => {
                    self.mark_delivered(other).await?;
                    self.end_rejected(&rejected, deadline).await?;
                    return Ok(1 + rejected.len());
                }
                Outcome::Rejected(rejection) => rejected.push(rejection),
            }
            if self.acceptance.is_paused() {
                break;
            }
        }
        if self.accepts_again_what_it_has(entries, deadline).await? {
            self.end_rejected(&rejected, deadline).await?;
            return Ok(rejected.len());
        }
        Err(error.into())
    }

    /// Whether the sink accepts an entry that it has already: that tells the same, and changes no order.
    async fn accepts_again_what_it_has(
        &self,
        waiting: &[AuditRecord],
        deadline: Instant,
    ) -> Result<bool, RelayError> {
        let Some(first) = waiting.first() else {
            return Ok(false);
        };
        let delivered = self
            .outbox
            .last_delivered_before(first.organization_id, first.id)
            .await?;
        let Some(delivered) = delivered else {
            return Ok(false);
        };
        let outcome = self.deliver(slice::from_ref(&delivered), deadline).await?;
        Ok(matches!(outcome, Outcome::Accepted))
    }

    /// Gives entries to the sink, and notes whether it accepts them.
    async fn deliver<'a>(
        &self,
        entries: &'a [AuditRecord],
        deadline: Instant,
    ) -> Result<Outcome<'a>, SinkError> {
        let outcome = self.sink.deliver(entries, deadline).await?;
        match &outcome {
            Outcome::Accepted => self.acceptance.note_accepted(),
            Outcome::Rejected(rejection) => self.acceptance.note_rejected(&rejection.reason),
        }
        Ok(outcome)
    }

    async fn mark_delivered(&self, entries: &[AuditRecord]) -> Result<(), StoreError> {
        let ids: Vec<_> = entries
            .iter()
            .map(|entry| (entry.organization_id, entry.id))
            .collect();
        self.outbox.mark_delivered(&ids, self.clock.now()).await
    }

    /// The sink has just accepted another entry: what it rejects once more is set aside. Where it was the sink, which is correct
    /// now, they are delivered.
    async fn end_rejected(
        &self,
        rejected: &[Rejection<'_>],
        deadline: Instant,
    ) -> Result<(), RelayError> {
        for Rejection { entry, .. } in rejected {
            match self.sink.deliver(slice::from_ref(*entry), deadline).await? {
                Outcome::Accepted => self.mark_delivered(slice::from_ref(*entry)).await?,
                Outcome::Rejected(again) => self.set_aside(&again).await?,
            }
        }
        Ok(())
    }

    async fn set_aside(&self, rejected: &Rejection<'_>) -> Result<(), StoreError> {
        let Rejection { entry, reason, .. } = rejected;
        let now = self.clock.now();
        self.outbox
            .set_aside(entry.organization_id, entry.id, reason, now)
            .await?;
        tracing::error!(
            entry_id = %entry.id,
            reason,
            "the audit sink rejects an entry and accepts others; it is set aside and stays in the store"
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
