//! A store in memory: the reference [`model`](crate::model) behind every port.
//!
//! It is what the suite itself is tried against, and the shortest statement of what the ports mean. One writer at a time:
//! a unit of work holds a lock and a copy of its organization, and commit puts the copy in the place of the original.

mod allowance;
mod audit;
mod denials;
mod events;
mod journal;
mod readers;
mod unit_of_work;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use parlor_application::{
    changes::ChangeBoard,
    ports::{
        AuditRecord, DirectorySeed, IdempotencyRecord, IndexingProgress, MigrationError, NotReady,
        SearchIndexer, SessionDigest, SessionRecord, StoreAdmin, StoreError, StorePosition,
        StorePositions,
    },
};
use parlor_domain::{
    audit::{AuditEntries, AuditEntry},
    ids::{AuditEntryId, ConversationId, MessageId, OrganizationId, UserId},
};

use self::{denials::CountedDenials, events::Happened};
use crate::{Stores, model::Organization};

/// A store that is gone when the process ends.
#[derive(Clone, Default)]
pub struct MemoryStore {
    committed: Arc<Mutex<State>>,
    writer: Arc<tokio::sync::Mutex<()>>,
    board: Arc<ChangeBoard>,
}

#[derive(Default)]
struct State {
    mode: Option<String>,
    tenants: BTreeMap<OrganizationId, Tenant>,
    is_closed: bool,
}

/// Everything of one organization.
#[derive(Clone)]
struct Tenant {
    organization: Organization,
    /// In the order of commit.
    entries: Vec<Stored>,
    idempotency: BTreeMap<(UserId, String), IdempotencyRecord>,
    sessions: BTreeMap<SessionDigest, SessionRecord>,
    /// When the writer of an answer gave its last sign of life, whether or not the answer is still being written.
    signs_of_life: BTreeMap<(ConversationId, MessageId), Instant>,
    /// What happened in each conversation, in the order of commit.
    events: BTreeMap<ConversationId, Vec<Happened>>,
    /// Denials that are counted.
    denials: BTreeMap<(UserId, ConversationId), CountedDenials>,
    /// Until when each user's allowance is used.
    allowances: BTreeMap<UserId, Instant>,
}

#[derive(Clone)]
struct Stored {
    entry: AuditEntry,
    /// By the store's clock.
    taken_at: DateTime<Utc>,
    /// The visit that it continues.
    visit: Option<AuditEntryId>,
    record: AuditRecord,
    is_delivered: bool,
    is_set_aside: bool,
}

impl Tenant {
    fn log(&mut self, entry: &AuditEntry) -> Result<(), StoreError> {
        let is_foreign = entry.organization_id != self.organization.seed.id;
        if is_foreign
            || self
                .entries
                .iter()
                .any(|stored| stored.entry.id == entry.id)
        {
            return Err(StoreError::Conflict);
        }
        let record = parlor_application::audit_document::record(entry);
        self.log_as(entry, record);
        Ok(())
    }

    /// Adds an entry that is delivered as this record.
    fn log_as(&mut self, entry: &AuditEntry, record: AuditRecord) {
        let taken_at = store_clock();
        let visit = self.continued_visit(entry, taken_at);
        self.entries.push(Stored {
            entry: entry.clone(),
            taken_at,
            visit,
            record,
            is_delivered: false,
            is_set_aside: false,
        });
    }
}

/// The time by the store's own clock.
#[expect(
    clippy::disallowed_methods,
    reason = "it is the store's clock, not the service's"
)]
fn store_clock() -> DateTime<Utc> {
    Utc::now()
}

impl MemoryStore {
    /// All ports of a fresh one.
    pub fn fresh() -> Stores {
        let store = Arc::new(Self::default());
        Stores {
            access_reader: store.clone(),
            conversation_reader: store.clone(),
            message_reader: store.clone(),
            directory: store.clone(),
            sessions: store.clone(),
            units: store.clone(),
            journal: store.clone(),
            events: store.clone(),
            changes: store.clone(),
            recorder: store.clone(),
            audit_log: store.clone(),
            outbox: store.clone(),
            allowance: store.clone(),
            positions: store.clone(),
            indexer: store.clone(),
            pass_time: store.clone(),
            admin: store,
            keep: Arc::new(()),
        }
    }

    fn state(&self) -> Result<MutexGuard<'_, State>, StoreError> {
        let state = self.committed.lock().unwrap();
        if state.is_closed {
            Err(StoreError::Unavailable(None))
        } else {
            Ok(state)
        }
    }

    /// Reads one organization; one that is not there has nothing in it.
    fn read<T: Default>(
        &self,
        organization_id: OrganizationId,
        read: impl FnOnce(&Tenant) -> T,
    ) -> Result<T, StoreError> {
        Ok(self
            .state()?
            .tenants
            .get(&organization_id)
            .map(read)
            .unwrap_or_default())
    }

    /// Changes what is committed, after whoever writes now.
    async fn write<T>(&self, write: impl FnOnce(&mut State) -> T + Send) -> Result<T, StoreError> {
        let _writer = self.writer.lock().await;
        let mut state = self.state()?;
        let before = state.tenants.clone();
        let written = write(&mut state);
        self.note_events(&before, &mut state);
        Ok(written)
    }
}

#[async_trait]
impl StorePositions for MemoryStore {
    async fn now(&self) -> Result<Option<StorePosition>, StoreError> {
        Ok(None)
    }
}

#[async_trait]
impl SearchIndexer for MemoryStore {
    async fn is_complete(&self) -> Result<bool, StoreError> {
        Ok(true)
    }

    async fn index_more(&self) -> Result<IndexingProgress, StoreError> {
        Ok(IndexingProgress::Complete)
    }
}

#[async_trait]
impl StoreAdmin for MemoryStore {
    async fn migrate(&self) -> Result<(), MigrationError> {
        Ok(())
    }

    async fn readiness(&self) -> Result<(), NotReady> {
        self.state().map(|_| ()).map_err(NotReady::Unavailable)
    }

    async fn identity_mode(&self) -> Result<Option<String>, StoreError> {
        Ok(self.state()?.mode.clone())
    }

    async fn fill(
        &self,
        mode: &str,
        seed: &DirectorySeed,
        audit: &[AuditEntries],
    ) -> Result<bool, StoreError> {
        let fill = |state: &mut State| {
            if state.mode.is_some() {
                return Ok(false);
            }
            let mut tenants = BTreeMap::new();
            for (seed, entries) in seed.organizations.iter().zip(audit) {
                let mut tenant = Tenant {
                    organization: Organization::new(seed.clone()),
                    entries: Vec::new(),
                    idempotency: BTreeMap::new(),
                    sessions: BTreeMap::new(),
                    signs_of_life: BTreeMap::new(),
                    events: BTreeMap::new(),
                    denials: BTreeMap::new(),
                    allowances: BTreeMap::new(),
                };
                entries.iter().try_for_each(|entry| tenant.log(entry))?;
                tenants.insert(seed.id, tenant);
            }
            state.mode = Some(mode.to_owned());
            state.tenants = tenants;
            Ok(true)
        };
        self.write(fill).await?
    }

    async fn expire_idempotency_keys(&self, older_than: DateTime<Utc>) -> Result<u64, StoreError> {
        let expire = |state: &mut State| {
            let expired = state.tenants.values_mut().map(|tenant| {
                let before = tenant.idempotency.len();
                tenant
                    .idempotency
                    .retain(|_, record| record.created_at >= older_than);
                (before - tenant.idempotency.len()) as u64
            });
            expired.sum()
        };
        self.write(expire).await
    }

    async fn expire_sessions(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        let expire = |state: &mut State| {
            let expired = state.tenants.values_mut().map(|tenant| {
                let before = tenant.sessions.len();
                tenant
                    .sessions
                    .retain(|_, session| session.expires_at > now);
                (before - tenant.sessions.len()) as u64
            });
            expired.sum()
        };
        self.write(expire).await
    }

    async fn remove_leftovers(&self, _silence: Duration) -> Result<u64, StoreError> {
        Ok(0)
    }

    async fn close(&self) {
        let _writer = self.writer.lock().await;
        self.committed.lock().unwrap().is_closed = true;
    }
}
