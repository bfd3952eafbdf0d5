//! Writing outside of units of work, and looking after the store.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use parlor_application::{
    changes::ChangeBoard,
    ports::{
        Allowance, AnswerEnding, AnswerJournal, AnswerText, AuditBacklog, AuditOutbox, AuditRecord,
        AuditRecorder, ConversationChanges, ConversationKey, DirectorySeed, Identity,
        IndexingProgress, JournalOutcome, MigrationError, NotReady, OutboxEntry, OutboxPosition,
        PromptAllowance, RetriedEntries, SearchIndexer, StoreAdmin, StoreError,
    },
};
use parlor_domain::{
    audit::{AuditEntries, AuditEntry},
    ids::{AuditEntryId, MessageId, OrganizationId},
};
use tokio_util::sync::CancellationToken;

use super::{InstrumentedStore, instrument};

instrument! { AnswerJournal {
    "grow": grow(key: ConversationKey, id: MessageId, text: &AnswerText) -> JournalOutcome;
    "finish": finish(key: ConversationKey, id: MessageId, ending: &AnswerEnding) -> JournalOutcome;
    "keep_writing": keep_writing(key: ConversationKey, id: MessageId) -> JournalOutcome;
    "interrupt": interrupt_abandoned(silence: Duration) -> u64;
} }

#[async_trait]
impl AuditRecorder for InstrumentedStore {
    async fn record(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        self.calls.note("record")?;
        self.memory.record(entry).await?;
        self.calls.note_recorded(entry);
        Ok(())
    }

    async fn record_denial(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        self.calls.note("record_denial")?;
        self.memory.record_denial(entry).await?;
        self.calls.note_recorded(entry);
        Ok(())
    }

    async fn end_denials(&self) -> Result<u64, StoreError> {
        self.calls.note("end_denials")?;
        self.memory.end_denials().await
    }
}

instrument! { PromptAllowance {
    "take": take(user: Identity, per_minute: NonZeroU32) -> Allowance;
} }

instrument! { AuditOutbox {
    "undelivered": undelivered(limit: u32) -> Vec<AuditRecord>;
    "mark_delivered": mark_delivered(entries: &[(OrganizationId, AuditEntryId)], at: DateTime<Utc>) -> ();
    "last_delivered_before": last_delivered_before(organization_id: OrganizationId, id: AuditEntryId) -> Option<AuditRecord>;
    "set_aside": set_aside(organization_id: OrganizationId, id: AuditEntryId, reason: &str, at: DateTime<Utc>) -> ();
    "retry_set_aside": retry_set_aside(after: Option<OutboxPosition>, limit: u32) -> RetriedEntries;
    "release": release() -> ();
    "backlog": backlog() -> AuditBacklog;
    "delivered_or_not": delivered_or_not(after: Option<OutboxPosition>, limit: u32) -> Vec<OutboxEntry>;
} }

instrument! { SearchIndexer {
    "is_indexed": is_complete() -> bool;
    "index_more": index_more() -> IndexingProgress;
    "index_audiences": index_audiences() -> IndexingProgress;
} }

#[async_trait]
impl ConversationChanges for InstrumentedStore {
    fn board(&self) -> Arc<ChangeBoard> {
        self.memory.board()
    }

    async fn directory_versions(
        &self,
        organizations: &[OrganizationId],
    ) -> Result<Vec<(OrganizationId, u64)>, StoreError> {
        self.calls.note("directory_versions")?;
        self.memory.directory_versions(organizations).await
    }

    async fn pass_on(&self, stop: CancellationToken) {
        self.memory.pass_on(stop).await;
    }
}

#[async_trait]
impl StoreAdmin for InstrumentedStore {
    async fn migrate(&self) -> Result<(), MigrationError> {
        let noted = self.calls.note("migrate");
        noted.map_err(|error| MigrationError::Other(Box::new(error)))?;
        self.memory.migrate().await
    }

    async fn readiness(&self) -> Result<(), NotReady> {
        let noted = self.calls.note("readiness");
        noted.map_err(NotReady::Unavailable)?;
        self.memory.readiness().await
    }

    async fn identity_mode(&self) -> Result<Option<String>, StoreError> {
        self.calls.note("identity_mode")?;
        self.memory.identity_mode().await
    }

    async fn fill(
        &self,
        mode: &str,
        seed: &DirectorySeed,
        audit: &[AuditEntries],
    ) -> Result<bool, StoreError> {
        self.calls.note("fill")?;
        self.memory.fill(mode, seed, audit).await
    }

    async fn expire_idempotency_keys(&self, older_than: DateTime<Utc>) -> Result<u64, StoreError> {
        self.calls.note("expire_keys")?;
        self.memory.expire_idempotency_keys(older_than).await
    }

    async fn expire_sessions(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        self.calls.note("expire_sessions")?;
        self.memory.expire_sessions(now).await
    }

    async fn remove_leftovers(&self, silence: Duration) -> Result<u64, StoreError> {
        self.calls.note("remove_leftovers")?;
        self.memory.remove_leftovers(silence).await
    }

    async fn close(&self) {
        self.memory.close().await;
    }
}
