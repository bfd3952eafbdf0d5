//! An outbox in memory, for the relay.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard},
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use parlor_application::ports::{
    AuditBacklog, AuditOutbox, AuditRecord, OutboxEntry, OutboxPosition, RetriedEntries, StoreError,
};
use parlor_domain::ids::{AuditEntryId, OrganizationId};

/// What became of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Delivered,
    SetAside,
}

/// Entries in the order of commit.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    entries: Vec<AuditRecord>,
    fates: Mutex<BTreeMap<AuditEntryId, Fate>>,
}

impl Queue {
    pub(crate) fn of(entries: Vec<AuditRecord>) -> Self {
        Self {
            entries,
            ..Self::default()
        }
    }

    fn fates(&self) -> MutexGuard<'_, BTreeMap<AuditEntryId, Fate>> {
        self.fates.lock().unwrap()
    }

    /// The entries that were set aside.
    pub(crate) fn set_aside(&self) -> Vec<AuditEntryId> {
        let fates = self.fates();
        let set_aside = fates.iter().filter(|(_, fate)| **fate == Fate::SetAside);
        set_aside.map(|(id, _)| *id).collect()
    }
}

#[async_trait]
impl AuditOutbox for Queue {
    async fn undelivered(&self, limit: u32) -> Result<Vec<AuditRecord>, StoreError> {
        let fates = self.fates();
        let waiting = self.entries.iter();
        let waiting = waiting.filter(|entry| !fates.contains_key(&entry.id));
        Ok(waiting.take(limit as usize).cloned().collect())
    }

    async fn mark_delivered(
        &self,
        entries: &[(OrganizationId, AuditEntryId)],
        _at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut fates = self.fates();
        for (_, id) in entries {
            fates.insert(*id, Fate::Delivered);
        }
        Ok(())
    }

    async fn last_delivered_before(
        &self,
        _organization_id: OrganizationId,
        id: AuditEntryId,
    ) -> Result<Option<AuditRecord>, StoreError> {
        let fates = self.fates();
        let before = self.entries.iter().take_while(|entry| entry.id != id);
        let delivered = before.filter(|entry| fates.get(&entry.id) == Some(&Fate::Delivered));
        Ok(delivered.last().cloned())
    }

    async fn set_aside(
        &self,
        _organization_id: OrganizationId,
        id: AuditEntryId,
        _reason: &str,
        _at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.fates().insert(id, Fate::SetAside);
        Ok(())
    }

    async fn retry_set_aside(
        &self,
        _after: Option<OutboxPosition>,
        _limit: u32,
    ) -> Result<RetriedEntries, StoreError> {
        self.fates().retain(|_, fate| *fate != Fate::SetAside);
        Ok(RetriedEntries::default())
    }

    async fn release(&self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn backlog(&self) -> Result<AuditBacklog, StoreError> {
        let waiting = self.entries.len() - self.fates().len();
        Ok(AuditBacklog {
            entries: waiting as u64,
            ..AuditBacklog::default()
        })
    }

    async fn delivered_or_not(
        &self,
        _after: Option<OutboxPosition>,
        _limit: u32,
    ) -> Result<Vec<OutboxEntry>, StoreError> {
        Ok(Vec::new())
    }
}
