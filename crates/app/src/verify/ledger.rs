//! What the store knows of its audit entries.

use std::collections::{HashMap, hash_map};

use parlor_application::ports::{AuditOutbox, OutboxEntry, OutboxPosition, StoreError};
use parlor_domain::ids::{AuditEntryId, ConversationId, OrganizationId};

use super::found::{Fingerprint, Found, FoundContent, fingerprint};

/// One entry of the store.
pub struct Known {
    pub conversation: Option<ConversationId>,
    pub position: OutboxPosition,
    pub fingerprint: Fingerprint,
    /// Whether the store knew, before the file was read, that the sink has it.
    pub delivered: bool,
    /// Whether it was seen in the file.
    pub seen: bool,
}

/// All entries of the store.
#[derive(Default)]
pub struct Ledger {
    entries: HashMap<AuditEntryId, Known>,
    /// The texts of those that are not delivered: the beginning of one may be on its way into the file.
    pending: Vec<String>,
}

impl Ledger {
    const PAGE: u32 = 1_000;

    /// Reads all entries as they are now.
    pub async fn read(&mut self, outbox: &dyn AuditOutbox) -> Result<(), StoreError> {
        self.read_all(outbox, |entry| entry.delivered).await
    }

    /// Adds the entries that came after [`Ledger::read`]. Whether the file must have them cannot be told.
    pub async fn read_what_came(&mut self, outbox: &dyn AuditOutbox) -> Result<(), StoreError> {
        self.read_all(outbox, |_| false).await
    }

    async fn read_all(
        &mut self,
        outbox: &dyn AuditOutbox,
        is_delivered: impl Fn(&OutboxEntry) -> bool,
    ) -> Result<(), StoreError> {
        let mut after = None;
        loop {
            let page = outbox.delivered_or_not(after, Self::PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = Some(last.position);
            for entry in page {
                let delivered = is_delivered(&entry);
                self.add(entry, delivered);
            }
        }
    }

    fn add(&mut self, entry: OutboxEntry, delivered: bool) {
        if let hash_map::Entry::Vacant(place) = self.entries.entry(entry.record.id) {
            place.insert(Known {
                conversation: entry.record.conversation_id,
                position: entry.position,
                fingerprint: fingerprint(entry.record.document.as_bytes()),
                delivered,
                seen: false,
            });
            if !delivered {
                self.pending.push(entry.record.document);
            }
        }
    }

    /// Whether a line needs no second look into the store.
    pub fn knows(&self, found: &Found) -> bool {
        match &found.content {
            FoundContent::Entry(id, _) => self.entries.contains_key(id),
            FoundContent::Torn(bytes) => self.expects(bytes),
            FoundContent::Foreign => true,
        }
    }

    /// Whether these bytes are the beginning of an entry that is not delivered.
    pub fn expects(&self, bytes: &[u8]) -> bool {
        self.pending
            .iter()
            .any(|document| document.as_bytes().starts_with(bytes))
    }

    pub fn find(&mut self, id: AuditEntryId) -> Option<&mut Known> {
        self.entries.get_mut(&id)
    }

    /// How many entries the store has, and how many of them were not delivered.
    pub fn counts(&self) -> (usize, usize) {
        let waiting = self
            .entries
            .values()
            .filter(|known| !known.delivered && !known.seen);
        (self.entries.len(), waiting.count())
    }

    /// The delivered entries that the file does not have, in the order of the store.
    pub fn missing(&self) -> Vec<(AuditEntryId, &Known)> {
        let missing = self
            .entries
            .iter()
            .filter(|(_, known)| known.delivered && !known.seen);
        let mut missing: Vec<_> = missing.map(|(id, known)| (*id, known)).collect();
        missing.sort_by_key(|(_, known)| known.position);
        missing
    }

    /// Where the file begins in each organization.
    pub fn first_seen(&self) -> HashMap<OrganizationId, OutboxPosition> {
        let mut first: HashMap<_, OutboxPosition> = HashMap::new();
        for known in self.entries.values().filter(|known| known.seen) {
            let position = first
                .entry(known.position.organization_id)
                .or_insert(known.position);
            *position = known.position.min(*position);
        }
        first
    }
}
