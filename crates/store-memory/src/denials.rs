//! Repeated denials, which are counted.

use chrono::{DateTime, TimeDelta, Utc};
use parlor_application::{
    audit_document,
    ports::{DenialRepeats, StoreError},
};
use parlor_domain::{audit::AuditEntry, denial::is_repeat};

use super::{Tenant, store_clock};

/// Denials of one id to one actor.
#[derive(Clone)]
pub(super) struct CountedDenials {
    /// When the first one was stored, by the store's clock.
    began_at: DateTime<Utc>,
    repeats: Vec<AuditEntry>,
}

impl Tenant {
    /// Adds the entry of a denial, or counts it.
    pub(super) fn log_denial(&mut self, entry: &AuditEntry) -> Result<(), StoreError> {
        let Some(conversation_id) = entry.conversation_id else {
            return self.log(entry);
        };
        let mut entries = self.entries.iter().map(|stored| &stored.entry);
        if let Some(logged) = entries.find(|logged| logged.id == entry.id) {
            let same = |of: &AuditEntry| (of.actor.id(), of.conversation_id);
            return (same(logged) == same(entry))
                .then_some(())
                .ok_or(StoreError::Conflict);
        }
        let (key, now) = ((entry.actor.id(), conversation_id), store_clock());
        if let Some(counted) = self.denials.get_mut(&key)
            && is_repeat(counted.began_at, now)
        {
            if counted.repeats.iter().all(|repeat| repeat.id != entry.id) {
                counted.repeats.push(entry.clone());
            }
            return Ok(());
        }
        if let Some(ended) = self.denials.remove(&key) {
            self.log_repeats(&ended.repeats);
        }
        self.log(entry)?;
        let counted = CountedDenials {
            began_at: now,
            repeats: Vec::new(),
        };
        self.denials.insert(key, counted);
        Ok(())
    }

    /// Writes the entries of what is counted no more; answers how many counts ended.
    pub(super) fn end_denials(&mut self) -> u64 {
        let now = store_clock();
        let is_over = |counted: &CountedDenials| !is_repeat(counted.began_at, now);
        let ended: Vec<_> = self
            .denials
            .extract_if(.., |_, counted| is_over(counted))
            .collect();
        for (_, counted) in &ended {
            self.log_repeats(&counted.repeats);
        }
        ended.len() as u64
    }

    /// Lets time pass.
    pub(super) fn age_denials(&mut self, time: TimeDelta) {
        for counted in self.denials.values_mut() {
            counted.began_at -= time;
        }
    }

    fn log_repeats(&mut self, repeats: &[AuditEntry]) {
        let first_at = repeats.iter().map(|entry| entry.occurred_at).min();
        if let (Some(last), Some(first_at)) = (repeats.last(), first_at) {
            let record = audit_document::repeats(DenialRepeats {
                last: audit_document::record(last),
                count: repeats.len() as u64,
                first_at,
                last_at: last.occurred_at,
            });
            self.log_as(last, record);
        }
    }
}
