//! Helpers for tests of the use cases and of the layers above.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use parlor_domain::audit::{AuditEntries, AuditEntry};

use crate::ports::{
    ConversationRepository, DirectoryRepository, IdempotencyRepository, MessageRepository,
    MockConversationRepository, MockDirectoryRepository, MockIdempotencyRepository,
    MockMessageRepository, StoreError, UnitOfWork,
};

/// A unit of work on mocks. (mockall cannot make it: its methods lend what they own.)
///
/// What it commits can be seen through [`MockUnitOfWork::committed`], which is shared with clones of the handle.
#[derive(Default)]
pub struct MockUnitOfWork {
    /// People and settings.
    pub directory: MockDirectoryRepository,
    /// Conversations.
    pub conversations: MockConversationRepository,
    /// Messages.
    pub messages: MockMessageRepository,
    /// Idempotency keys.
    pub idempotency: MockIdempotencyRepository,
    /// The entries of the commit; empty as long as there was none.
    pub committed: Arc<Mutex<Vec<AuditEntry>>>,
    /// What committing fails with.
    pub commit_error: Option<StoreError>,
}

#[async_trait]
impl UnitOfWork for MockUnitOfWork {
    fn directory(&mut self) -> &mut dyn DirectoryRepository {
        &mut self.directory
    }

    fn conversations(&mut self) -> &mut dyn ConversationRepository {
        &mut self.conversations
    }

    fn messages(&mut self) -> &mut dyn MessageRepository {
        &mut self.messages
    }

    fn idempotency(&mut self) -> &mut dyn IdempotencyRepository {
        &mut self.idempotency
    }

    async fn commit(self: Box<Self>, audit: AuditEntries) -> Result<(), StoreError> {
        if let Some(error) = self.commit_error {
            return Err(error);
        }
        let mut committed = self
            .committed
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        committed.extend(audit.iter().cloned());
        Ok(())
    }
}
