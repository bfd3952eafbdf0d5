//! Tells a sink that rejects everything from an entry that is rejected.

use std::sync::atomic::{AtomicU32, Ordering};

use uuid::Uuid;

use crate::ports::AuditRecord;

/// Whether the sink accepts entries: how many it rejected in a row, and which ones are tried next.
#[derive(Debug, Default)]
pub struct SinkAcceptance {
    rejections: AtomicU32,
    trials: AtomicU32,
}

impl SinkAcceptance {
    /// After so many rejections in a row, with nothing accepted between, it is the sink.
    pub const LIMIT: u32 = 3;
    /// How many entries of one conversation are tried one after the other, at most, as a power of two.
    const DEEPEST: u32 = 3;

    /// Whether delivery is paused because the sink rejects everything.
    pub fn is_paused(&self) -> bool {
        self.rejections.load(Ordering::Relaxed) >= Self::LIMIT
    }

    pub(super) fn note_accepted(&self) {
        self.rejections.store(0, Ordering::Relaxed);
    }

    /// Nothing that waits is known to be rejected.
    pub(super) fn note_all_accepted(&self) {
        self.note_accepted();
        self.trials.store(0, Ordering::Relaxed);
    }

    pub(super) fn note_rejected(&self, reason: &str) {
        let rejections = self.rejections.load(Ordering::Relaxed).saturating_add(1);
        self.rejections.store(rejections, Ordering::Relaxed);
        if rejections == Self::LIMIT {
            tracing::error!(
                rejections,
                reason,
                "the audit sink rejects every entry: delivery is paused, all entries stay in the store, and some are tried now and then"
            );
        }
    }

    /// The entries to try next, after the first one of all was rejected: of each conversation in turn the first ones, and more of
    /// them in each round. So what is accepted comes in order, whatever was rejected before it.
    pub(super) fn next_trial<'a>(&self, entries: &'a [AuditRecord]) -> Vec<&'a AuditRecord> {
        let trial = self.trials.fetch_add(1, Ordering::Relaxed);
        let conversations = conversations(entries);
        let count = u32::try_from(conversations.len())
            .unwrap_or(u32::MAX)
            .max(1);
        let Some(chosen) = conversations.get((trial % count) as usize) else {
            return Vec::new();
        };
        let depth = 1 << (trial / count).min(Self::DEEPEST);
        let others = entries.iter().skip(1);
        others
            .filter(|entry| subject(entry) == *chosen)
            .take(depth)
            .collect()
    }
}

/// After so many trials each conversation had its turn.
pub(super) fn trials(entries: &[AuditRecord]) -> usize {
    conversations(entries).len()
}

/// What entries are about, each once, in the order in which they come.
fn conversations(entries: &[AuditRecord]) -> Vec<Uuid> {
    let mut seen = std::collections::BTreeSet::new();
    let subjects = entries.iter().map(subject);
    subjects.filter(|subject| seen.insert(*subject)).collect()
}

/// The conversation, or the actor where there is none: entries that a sink may keep in one order.
fn subject(entry: &AuditRecord) -> Uuid {
    match entry.conversation_id {
        Some(id) => id.as_uuid(),
        None => entry.actor_id.as_uuid(),
    }
}
