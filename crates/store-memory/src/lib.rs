//! The reference store: everything in memory, for tests.
//!
//! It implements every store port and passes the whole conformance suite, so a test on it meets what a test on a real
//! store would meet. It is also the shortest statement of what the ports mean: every question is a walk over plain maps
//! that asks the domain, and [`model`] holds those answers.
//!
//! There is one writer at a time. A unit of work holds the writer's lock and a copy of its organization; the commit puts
//! the copy in the place of the original, and dropping the unit drops the copy.
//!
//! Besides the ports, [`MemoryStore`] has methods for tests: to begin with a directory, to look at what is stored, and to
//! change it as another process would. [`InstrumentedStore`] notes the calls of one, and lets calls fail.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a store for tests fails by panicking"
)]

mod admin;
mod allowance;
mod audit;
mod calls;
mod denials;
mod events;
mod instrumented;
mod journal;
pub mod model;
mod readers;
pub mod seeds;
mod unit_of_work;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use chrono::{DateTime, TimeDelta, Utc};
use parlor_application::{
    changes::ChangeBoard,
    ports::{AuditRecord, DirectorySeed, OrganizationSeed, StoreError},
};
use parlor_domain::{
    audit::AuditEntry,
    ids::{AuditEntryId, ConversationId, MessageId, OrganizationId, UserId},
};
use tokio::time::Instant;

use self::{denials::CountedDenials, events::Happened, model::Organization};

pub use self::{calls::Calls, instrumented::InstrumentedStore};

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
    const fn new(seed: OrganizationSeed) -> Self {
        Self {
            organization: Organization::new(seed),
            entries: Vec::new(),
            signs_of_life: BTreeMap::new(),
            events: BTreeMap::new(),
            denials: BTreeMap::new(),
            allowances: BTreeMap::new(),
        }
    }

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
    /// A store with these organizations and no audit entries.
    pub fn with(seed: &DirectorySeed) -> Self {
        let store = Self::default();
        let organizations = seed.organizations.iter().cloned();
        *store.committed.lock().unwrap() = State {
            mode: Some("test".to_owned()),
            tenants: organizations
                .map(|seed| (seed.id, Tenant::new(seed)))
                .collect(),
            is_closed: false,
        };
        store
    }

    /// The same store with more in an organization, of which no event tells: for the beginning of a test.
    #[must_use]
    pub fn containing(self, id: OrganizationId, fill: impl FnOnce(&mut Organization)) -> Self {
        let mut state = self.committed.lock().unwrap();
        fill(
            &mut state
                .tenants
                .get_mut(&id)
                .expect("an organization")
                .organization,
        );
        drop(state);
        self
    }

    /// A copy of everything that is committed in an organization.
    pub fn organization(&self, id: OrganizationId) -> Organization {
        self.tenant(id, |tenant| tenant.organization.clone())
    }

    /// The audit entries of an organization, in the order in which they were stored.
    pub fn entries(&self, id: OrganizationId) -> Vec<AuditEntry> {
        self.tenant(id, |tenant| {
            let entries = tenant.entries.iter();
            entries.map(|stored| stored.entry.clone()).collect()
        })
    }

    fn tenant<T>(&self, id: OrganizationId, look: impl FnOnce(&Tenant) -> T) -> T {
        let state = self.committed.lock().unwrap();
        look(&state.tenants[&id])
    }

    /// Changes an organization as another process would, without an audit entry: waits for the open unit of work, counts
    /// the conversations' events, and tells those who follow.
    pub async fn change<T>(
        &self,
        id: OrganizationId,
        change: impl FnOnce(&mut Organization) -> T + Send,
    ) -> T {
        let changed = self.write(|state| {
            let tenant = state.tenants.get_mut(&id).expect("an organization");
            change(&mut tenant.organization)
        });
        changed.await.unwrap()
    }

    /// The same where nothing else runs, so that there is nothing to wait for.
    pub fn change_now<T>(
        &self,
        id: OrganizationId,
        change: impl FnOnce(&mut Organization) -> T,
    ) -> T {
        let writer = self.writer.try_lock();
        let _writer = writer.expect("nothing else writes");
        let mut state = self.committed.lock().unwrap();
        let before = state.tenants.clone();
        let tenant = state.tenants.get_mut(&id).expect("an organization");
        let changed = change(&mut tenant.organization);
        self.note_events(&before, &mut state);
        changed
    }

    /// Makes the audit entries older by the store's clock, as if time had passed since they were stored.
    pub async fn pass_time(&self, time: TimeDelta) {
        let pass = |state: &mut State| {
            let tenants = state.tenants.values_mut();
            for stored in tenants.flat_map(|tenant| &mut tenant.entries) {
                stored.taken_at -= time;
            }
            for tenant in state.tenants.values_mut() {
                tenant.age_denials(time);
            }
        };
        self.write(pass).await.unwrap();
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

    /// Changes what is committed, after the current writer is done.
    async fn write<T>(&self, write: impl FnOnce(&mut State) -> T + Send) -> Result<T, StoreError> {
        let _writer = self.writer.lock().await;
        let mut state = self.state()?;
        let before = state.tenants.clone();
        let written = write(&mut state);
        self.note_events(&before, &mut state);
        Ok(written)
    }
}
