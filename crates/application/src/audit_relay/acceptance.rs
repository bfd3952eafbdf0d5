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

    /// The entries to try next, after the first one of all was rejected: the first ones of the other conversations, each time in
    /// another order. Whichever of them is accepted comes in the order of its conversation.
    pub(super) fn next_trials<'a>(&self, entries: &'a [AuditRecord]) -> Vec<&'a AuditRecord> {
        let mut others = first_of_each(entries).split_off(1.min(entries.len()));
        let trial = self.trials.fetch_add(1, Ordering::Relaxed) as usize;
        let turned = trial.checked_rem(others.len());
        others.rotate_left(turned.unwrap_or_default());
        others
    }
}

/// The first entry of each conversation, in the order in which they come.
fn first_of_each(entries: &[AuditRecord]) -> Vec<&AuditRecord> {
    let mut seen = std::collections::BTreeSet::new();
    let entries = entries.iter();
    entries
        .filter(|entry| seen.insert(subject(entry)))
        .collect()
}

/// The conversation, or the actor where there is none: entries that a sink may keep in one order.
fn subject(entry: &AuditRecord) -> Uuid {
    match entry.conversation_id {
        Some(id) => id.as_uuid(),
        None => entry.actor_id.as_uuid(),
    }
}
