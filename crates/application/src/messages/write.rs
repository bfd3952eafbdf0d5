//! What prompting and regenerating have in common: an answer that begins.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use parlor_domain::{
    ids::{ConversationId, MessageId},
    message::{AnswerStatus, Message, MessageKind},
    message_tree::{CannotAppend, Slot},
    text::Content,
};

use crate::{
    access_gate::AccessError,
    answering::AnswerUpdates,
    idempotency::IdempotencyError,
    ports::{MessageView, ModelCatalog, StoreError},
};

/// A prompt that is stored, and the answer to it that is being written.
pub struct Prompted {
    /// The prompt that is answered.
    pub prompt: MessageView,
    /// The answer, as empty as it began; for a replay as it is now.
    pub answer: MessageView,
    /// What is written, as it comes.
    pub updates: AnswerUpdates,
}

/// Why no answer began.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Not allowed, or the earlier answer is not to be seen any more.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The conversation has no such message.
    #[error("the message is not one of the conversation")]
    UnknownMessage,
    /// Only an answer can be asked for again or stopped.
    #[error("the message is not an answer")]
    NotAnAnswer,
    /// No such model is configured.
    #[error("unknown model")]
    UnknownModel,
    /// Nothing can be appended there now.
    #[error(transparent)]
    CannotAppend(#[from] CannotAppend),
    /// The idempotency key does not fit.
    #[error(transparent)]
    Idempotency(#[from] IdempotencyError),
    /// The first request with this key is still being answered.
    #[error("the first request with this key is still being answered")]
    StillRunning,
    /// The service is stopping.
    #[error("the service is stopping")]
    ShuttingDown,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The id of the model to ask: the named one, or the default.
pub(super) fn choose_model(
    catalog: &Arc<dyn ModelCatalog>,
    named: Option<String>,
) -> Result<String, WriteError> {
    let models = catalog.models();
    let chosen = match named {
        Some(named) => models.into_iter().find(|model| model.id == named),
        None => models.into_iter().find(|model| model.is_default),
    };
    chosen.map(|model| model.id).ok_or(WriteError::UnknownModel)
}

/// An answer in which nothing is written yet.
pub(super) fn empty_answer(
    id: MessageId,
    conversation_id: ConversationId,
    slot: Slot,
    model: String,
    now: DateTime<Utc>,
) -> Message {
    Message {
        id,
        conversation_id,
        parent_id: slot.parent_id,
        position: slot.position,
        depth: slot.depth,
        content: Content::default(),
        created_at: now,
        kind: MessageKind::Answer {
            model,
            status: AnswerStatus::Writing,
            usage: None,
        },
    }
}
