//! Helpers for tests of the use cases and of the layers above.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    missing_docs,
    reason = "a test fails by panicking, and a sample's name says what it is"
)]

mod messages;
mod model;
mod people;
mod samples;

use async_trait::async_trait;
use parlor_domain::{
    audit::AuditEntries,
    conversation::Conversation,
    ids::{ConversationId, UserId},
    message_copy::MessageCopy,
};

use crate::ports::{
    ConversationCopy, ConversationRepository, DirectoryRepository, IdempotencyRepository,
    MessageRepository, MockConversationRepository, MockDirectoryRepository,
    MockIdempotencyRepository, MockMessageRepository, MockSessionRepository, Opening,
    SessionRepository, StoreError, UnitOfWork, copy_messages,
};

pub use self::{messages::*, model::*, people::*, samples::*};

/// Is told how a unit of work ends: with the entries of its commit, which it may refuse, or with none when it is dropped.
pub type UnitOfWorkEnding =
    Box<dyn FnOnce(Option<AuditEntries>) -> Result<(), StoreError> + Send + 'static>;

/// Answers what a change of a conversation begins with.
pub type UnitOfWorkOpening =
    Box<dyn FnMut(UserId, ConversationId) -> Result<Option<Opening>, StoreError> + Send + 'static>;

/// A unit of work on mocks. (mockall cannot make it: its methods lend what they own.)
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
    /// Sessions.
    pub sessions: MockSessionRepository,
    /// What it answers when a conversation is opened; without one, nobody is known.
    pub opening: Option<UnitOfWorkOpening>,
    /// What it does at its end; without one, committing succeeds.
    pub ending: Option<UnitOfWorkEnding>,
}

impl MockUnitOfWork {
    fn end(&mut self, audit: Option<AuditEntries>) -> Result<(), StoreError> {
        self.ending.take().map_or(Ok(()), |ending| ending(audit))
    }
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

    fn sessions(&mut self) -> &mut dyn SessionRepository {
        &mut self.sessions
    }

    async fn open(
        &mut self,
        user_id: UserId,
        id: ConversationId,
    ) -> Result<Option<Opening>, StoreError> {
        self.opening
            .as_mut()
            .map_or(Ok(None), |opening| opening(user_id, id))
    }

    async fn commit(mut self: Box<Self>, audit: AuditEntries) -> Result<(), StoreError> {
        self.end(Some(audit))
    }
}

impl Drop for MockUnitOfWork {
    fn drop(&mut self) {
        // Rolling back cannot fail.
        let _ = self.end(None);
    }
}

/// A copy that is made in one unit of work.
pub struct CopyInOneUnit {
    unit: Box<dyn UnitOfWork>,
    original: ConversationId,
    copy: Conversation,
    is_inserted: bool,
}

impl CopyInOneUnit {
    /// A copy of the conversation `original` in this unit of work.
    pub const fn new(
        unit: Box<dyn UnitOfWork>,
        original: ConversationId,
        copy: Conversation,
    ) -> Self {
        Self {
            unit,
            original,
            copy,
            is_inserted: false,
        }
    }

    async fn insert_conversation(&mut self) -> Result<(), StoreError> {
        if !self.is_inserted {
            self.unit.conversations().insert(&self.copy).await?;
            self.is_inserted = true;
        }
        Ok(())
    }
}

#[async_trait]
impl ConversationCopy for CopyInOneUnit {
    async fn add(&mut self, messages: &[MessageCopy]) -> Result<(), StoreError> {
        self.insert_conversation().await?;
        copy_messages(self.unit.as_mut(), self.original, self.copy.id, messages).await
    }

    async fn finish(mut self: Box<Self>) -> Result<Box<dyn UnitOfWork>, StoreError> {
        self.insert_conversation().await?;
        Ok(self.unit)
    }
}
