//! A copy of a conversation while it is made.

use async_trait::async_trait;
use parlor_domain::{ids::ConversationId, message_copy::MessageCopy};

use super::{StoreError, UnitOfWork};

/// A copy of a conversation, made in parts. Dropping it removes what it has so far.
///
/// An implementor MUST
/// - show nothing of the copy to anybody before the unit of work of [`ConversationCopy::finish`] is committed;
/// - let other units of work, of the same organization and of others, begin and commit between two calls;
/// - leave nothing behind, or remove it later, where the copy is not committed, also when the process is killed;
/// - answer [`StoreError::Conflict`], from this call or a later one, where a message to copy does not exist (any more).
#[async_trait]
pub trait ConversationCopy: Send {
    /// Adds copies of messages, each as the original is now, parents before children.
    async fn add(&mut self, messages: &[MessageCopy]) -> Result<(), StoreError>;

    /// The unit of work whose commit makes the copy visible. It has added the conversation already.
    async fn finish(self: Box<Self>) -> Result<Box<dyn UnitOfWork>, StoreError>;
}

/// Copies messages, given in the order of their originals, from one conversation to another inside a unit of work.
pub async fn copy_messages(
    unit: &mut dyn UnitOfWork,
    original: ConversationId,
    copy: ConversationId,
    messages: &[MessageCopy],
) -> Result<(), StoreError> {
    let ids: Vec<_> = messages.iter().map(|it| it.original_id).collect();
    let originals = unit.messages().find_many(original, &ids).await?;
    if originals.len() != messages.len() {
        return Err(StoreError::Conflict);
    }
    let copied: Vec<_> = originals
        .into_iter()
        .zip(messages)
        .map(|(message, place)| message.copied(copy, *place))
        .collect();
    unit.messages().insert(&copied).await
}
