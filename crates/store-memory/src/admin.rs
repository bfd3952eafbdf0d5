//! The store as a whole: filling and upkeep.

use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use parlor_application::ports::{
    DirectorySeed, IndexingProgress, MigrationError, NotReady, SearchIndexer, StoreAdmin,
    StoreError, StorePosition, StorePositions,
};
use parlor_domain::audit::AuditEntries;

use super::{MemoryStore, State, Tenant};

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

    async fn index_audiences(&self) -> Result<IndexingProgress, StoreError> {
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
                let mut tenant = Tenant::new(seed.clone());
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
                let before = tenant.organization.idempotency.len();
                tenant
                    .organization
                    .idempotency
                    .retain(|_, record| record.created_at >= older_than);
                (before - tenant.organization.idempotency.len()) as u64
            });
            expired.sum()
        };
        self.write(expire).await
    }

    async fn expire_sessions(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        let expire = |state: &mut State| {
            let expired = state.tenants.values_mut().map(|tenant| {
                let before = tenant.organization.sessions.len();
                tenant
                    .organization
                    .sessions
                    .retain(|_, session| session.expires_at > now);
                (before - tenant.organization.sessions.len()) as u64
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
