//! The audit log and the way out.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use parlor_application::ports::{
    AuditBacklog, AuditLog, AuditOutbox, AuditQuery, AuditRecord, AuditRecorder, ConversationKey,
    OutboxEntry, OutboxPosition, PrivilegedReadingRecord, RetriedEntries, StoreError,
};
use parlor_domain::{
    audit::{AuditEntry, PrivilegedReading},
    ids::{AuditEntryId, OrganizationId},
    visit::{LastOpening, continued_visit},
};

use super::{MemoryStore, State, Stored, Tenant};

#[async_trait]
impl AuditRecorder for MemoryStore {
    async fn record(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        let record = |state: &mut State| match state.tenants.get_mut(&entry.organization_id) {
            Some(tenant) => tenant.log(entry),
            None => Err(StoreError::Other("no such organization".into())),
        };
        self.write(record).await?
    }

    async fn record_denial(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        let record = |state: &mut State| match state.tenants.get_mut(&entry.organization_id) {
            Some(tenant) => tenant.log_denial(entry),
            None => Err(StoreError::Other("no such organization".into())),
        };
        self.write(record).await?
    }

    async fn end_denials(&self) -> Result<u64, StoreError> {
        let end = |state: &mut State| state.tenants.values_mut().map(Tenant::end_denials).sum();
        self.write(end).await
    }
}

#[async_trait]
impl AuditLog for MemoryStore {
    async fn list(
        &self,
        organization_id: OrganizationId,
        query: &AuditQuery,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        let matches = |entry: &AuditEntry| {
            query.action.is_none_or(|action| entry.action == action)
                && query
                    .actor_id
                    .is_none_or(|actor_id| entry.actor.id() == actor_id)
                && query
                    .conversation_id
                    .is_none_or(|id| entry.conversation_id == Some(id))
                && query.from.is_none_or(|from| entry.occurred_at >= from)
                && query.to.is_none_or(|to| entry.occurred_at < to)
        };
        self.read(organization_id, |tenant| {
            taken_before(tenant, query.before)
                .filter(|stored| matches(&stored.entry))
                .map(|stored| stored.record.clone())
                .take(query.limit as usize)
                .collect()
        })
    }

    async fn find(
        &self,
        organization_id: OrganizationId,
        id: AuditEntryId,
    ) -> Result<Option<AuditRecord>, StoreError> {
        self.read(organization_id, |tenant| {
            let mut entries = tenant.entries.iter();
            let found = entries.find(|stored| stored.record.id == id);
            found.map(|stored| stored.record.clone())
        })
    }

    async fn privileged_readings(
        &self,
        key: ConversationKey,
        before: Option<AuditEntryId>,
        limit: u32,
    ) -> Result<Vec<PrivilegedReadingRecord>, StoreError> {
        self.read(key.organization_id, |tenant| {
            taken_before(tenant, before)
                .filter(|stored| stored.visit.is_none())
                .map(|stored| &stored.entry)
                .filter(|entry| entry.conversation_id == Some(key.conversation_id))
                .filter_map(|entry| {
                    let reading = entry.privileged_reading()?;
                    let reader = tenant.organization.user_ref(entry.actor.id());
                    let mut newest_first = tenant.entries.iter().rev();
                    let last = newest_first.find(|stored| stored.visit == Some(entry.id));
                    let last = last.map_or(entry.occurred_at, |last| last.entry.occurred_at);
                    Some(PrivilegedReadingRecord {
                        id: entry.id,
                        reader,
                        reading,
                        read_at: entry.occurred_at,
                        last_read_at: last.max(entry.occurred_at),
                    })
                })
                .take(limit as usize)
                .collect()
        })
    }
}

impl Tenant {
    /// The visit that an entry continues which is taken now.
    pub(super) fn continued_visit(
        &self,
        entry: &AuditEntry,
        now: DateTime<Utc>,
    ) -> Option<AuditEntryId> {
        let mut newest_first = self.entries.iter().rev();
        let last = newest_first.find(|stored| {
            stored.entry.conversation_id == entry.conversation_id
                && stored.entry.actor.id() == entry.actor.id()
                && stored.entry.privileged_reading() == Some(PrivilegedReading::Open)
        });
        let last = last.map(|stored| LastOpening {
            visit: stored.visit.unwrap_or(stored.entry.id),
            taken_at: stored.taken_at,
        });
        continued_visit(entry.privileged_reading()?, last, now)
    }
}

/// The entries that were taken before this one, or all of them, the last one first.
fn taken_before(tenant: &Tenant, before: Option<AuditEntryId>) -> impl Iterator<Item = &Stored> {
    let end = match before {
        Some(before) => tenant
            .entries
            .iter()
            .position(|stored| stored.record.id == before)
            .unwrap_or(0),
        None => tenant.entries.len(),
    };
    tenant.entries.iter().take(end).rev()
}

#[async_trait]
impl AuditOutbox for MemoryStore {
    async fn undelivered(&self, limit: u32) -> Result<Vec<AuditRecord>, StoreError> {
        let state = self.state()?;
        Ok(waiting(&state)
            .map(|stored| stored.record.clone())
            .take(limit as usize)
            .collect())
    }

    async fn mark_delivered(
        &self,
        entries: &[(OrganizationId, AuditEntryId)],
        _at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mark = |state: &mut State| {
            for (organization_id, id) in entries {
                let tenant = state.tenants.get_mut(organization_id);
                let stored = tenant.and_then(|tenant| {
                    tenant
                        .entries
                        .iter_mut()
                        .find(|stored| stored.entry.id == *id)
                });
                if let Some(stored) = stored {
                    stored.is_delivered = true;
                }
            }
        };
        self.write(mark).await
    }

    async fn last_delivered_before(
        &self,
        organization_id: OrganizationId,
        id: AuditEntryId,
    ) -> Result<Option<AuditRecord>, StoreError> {
        let state = self.state()?;
        let tenant = state.tenants.get(&organization_id);
        let mut before = tenant
            .into_iter()
            .flat_map(|tenant| taken_before(tenant, Some(id)));
        let delivered = before.find(|stored| stored.is_delivered);
        Ok(delivered.map(|stored| stored.record.clone()))
    }

    async fn set_aside(
        &self,
        organization_id: OrganizationId,
        id: AuditEntryId,
        _reason: &str,
        _at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let set_aside = |state: &mut State| {
            let tenant = state.tenants.get_mut(&organization_id);
            let mut entries = tenant.into_iter().flat_map(|tenant| &mut tenant.entries);
            if let Some(stored) = entries.find(|stored| stored.entry.id == id) {
                stored.is_set_aside = true;
            }
        };
        self.write(set_aside).await
    }

    async fn retry_set_aside(
        &self,
        after: Option<OutboxPosition>,
        limit: u32,
    ) -> Result<RetriedEntries, StoreError> {
        let retry = |state: &mut State| {
            let mut retried = RetriedEntries::default();
            let all = state.tenants.iter_mut().flat_map(|(id, tenant)| {
                let entries = tenant.entries.iter_mut().zip(1..);
                entries.map(|(stored, position)| {
                    (
                        stored,
                        OutboxPosition {
                            organization_id: *id,
                            position,
                        },
                    )
                })
            });
            let set_aside = all
                .filter(|(stored, _)| stored.is_set_aside && !stored.is_delivered)
                .filter(|(_, position)| after.is_none_or(|after| *position > after));
            for (stored, position) in set_aside.take(limit as usize) {
                stored.is_set_aside = false;
                retried.entries += 1;
                retried.last = Some(position);
            }
            retried
        };
        self.write(retry).await
    }

    async fn release(&self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn backlog(&self) -> Result<AuditBacklog, StoreError> {
        let state = self.state()?;
        Ok(AuditBacklog {
            entries: waiting(&state).count() as u64,
            oldest: waiting(&state).map(|stored| stored.entry.occurred_at).min(),
            set_aside: undelivered(&state)
                .filter(|stored| stored.is_set_aside)
                .count() as u64,
        })
    }

    async fn delivered_or_not(
        &self,
        after: Option<OutboxPosition>,
        limit: u32,
    ) -> Result<Vec<OutboxEntry>, StoreError> {
        let state = self.state()?;
        let all = state.tenants.iter().flat_map(|(organization_id, tenant)| {
            tenant
                .entries
                .iter()
                .zip(1..)
                .map(|(stored, position)| OutboxEntry {
                    position: OutboxPosition {
                        organization_id: *organization_id,
                        position,
                    },
                    record: stored.record.clone(),
                    delivered: stored.is_delivered,
                })
        });
        let following = all.filter(|entry| after.is_none_or(|after| entry.position > after));
        Ok(following.take(limit as usize).collect())
    }
}

fn waiting(state: &State) -> impl Iterator<Item = &Stored> {
    undelivered(state).filter(|stored| !stored.is_set_aside)
}

fn undelivered(state: &State) -> impl Iterator<Item = &Stored> {
    state
        .tenants
        .values()
        .flat_map(|tenant| &tenant.entries)
        .filter(|stored| !stored.is_delivered)
}
