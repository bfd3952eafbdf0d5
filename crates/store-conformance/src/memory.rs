//! The store in memory under the suite.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::TimeDelta;
use parlor_application::ports::{
    AccessReader, AnswerJournal, AuditLog, AuditOutbox, AuditRecorder, ConversationChanges,
    ConversationReader, Directory, EventReader, MessageReader, PromptAllowance, SearchIndexer,
    SessionReader, StoreAdmin, StorePositions, UnitOfWorkFactory,
};
use parlor_store_memory::MemoryStore;

use crate::{PassTime, Stores};

#[async_trait]
impl PassTime for MemoryStore {
    async fn pass_time(&self, time: TimeDelta) {
        Self::pass_time(self, time).await;
    }
}

impl Stores {
    /// The ports of a store in memory, or of a store that wraps one.
    pub fn of_memory<S>(store: Arc<S>, memory: Arc<MemoryStore>) -> Self
    where
        S: AccessReader
            + AnswerJournal
            + AuditLog
            + AuditOutbox
            + AuditRecorder
            + ConversationChanges
            + ConversationReader
            + Directory
            + EventReader
            + MessageReader
            + PromptAllowance
            + SearchIndexer
            + SessionReader
            + StoreAdmin
            + StorePositions
            + UnitOfWorkFactory
            + 'static,
    {
        Self {
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
            pass_time: memory,
            admin: store,
            keep: Arc::new(()),
        }
    }
}
