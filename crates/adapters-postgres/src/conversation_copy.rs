//! Copies of conversations. Each is one transaction, which locks no row that others write: not the original, and not the
//! directory, whose lock the last part takes. Others neither see it nor wait for it.

use async_trait::async_trait;
use parlor_application::ports::{ConversationCopy, StoreError, UnitOfWork, copy_messages};
use parlor_domain::{conversation::Conversation, ids::ConversationId, message_copy::MessageCopy};

use crate::unit_of_work::PostgresUnitOfWork;

/// A copy that is being made.
pub(crate) struct PostgresCopy {
    unit: Box<PostgresUnitOfWork>,
    original: ConversationId,
    copy: ConversationId,
}

impl PostgresCopy {
    /// Adds the conversation; its messages follow.
    pub(crate) async fn begin(
        mut unit: Box<PostgresUnitOfWork>,
        original: ConversationId,
        copy: &Conversation,
    ) -> Result<Self, StoreError> {
        unit.conversations().insert(copy).await?;
        Ok(Self {
            unit,
            original,
            copy: copy.id,
        })
    }
}

#[async_trait]
impl ConversationCopy for PostgresCopy {
    async fn add(&mut self, messages: &[MessageCopy]) -> Result<(), StoreError> {
        copy_messages(self.unit.as_mut(), self.original, self.copy, messages).await
    }

    async fn finish(mut self: Box<Self>) -> Result<Box<dyn UnitOfWork>, StoreError> {
        self.unit.share_directory().await?;
        Ok(self.unit)
    }
}
