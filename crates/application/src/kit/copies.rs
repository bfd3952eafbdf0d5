//! Copies of conversations on the stage.

use async_trait::async_trait;
use parlor_domain::{conversation::Conversation, ids::ConversationId, message_copy::MessageCopy};

use crate::ports::{ConversationCopy, StoreError, UnitOfWork, copy_messages};

/// A copy that is made in one unit of work.
pub struct CopyInOneUnit {
    unit: Box<dyn UnitOfWork>,
    original: ConversationId,
    copy: Conversation,
    is_inserted: bool,
}

impl CopyInOneUnit {
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
