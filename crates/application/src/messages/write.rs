//! What prompting and regenerating have in common: an answer that begins.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use parlor_domain::{
    access::Access,
    audit::{ActionName, AuditEntry, Fact},
    conversation::{PrivateConversationsDisabled, Version},
    ids::{ConversationId, MessageId},
    message::{AnswerStatus, Message, MessageKind},
    message_tree::{CannotAppend, Slot, slot_after},
    text::Content,
};

use crate::{
    access_gate::{AccessError, AccessGate, StepError},
    answering::AnswerUpdates,
    caller::Caller,
    idempotency::{IdempotencyError, IdempotencyKey, earlier_outcome},
    ports::{
        Allowance, IdempotentOutcome, MessageView, ModelCatalog, PromptAllowance, StoreError,
        UnitOfWork,
    },
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
    /// The first request with this key is stored, and this answer to it is still being written.
    #[error("the first request with this key is still being answered")]
    StillRunning(MessageId),
    /// The conversation was to be private.
    #[error(transparent)]
    PrivateConversationsDisabled(#[from] PrivateConversationsDisabled),
    /// The user asks more of the models than it may.
    #[error("a user may prompt {per_minute} times a minute")]
    TooManyPrompts {
        /// How often it may.
        per_minute: NonZeroU32,
        /// When it may again.
        retry_after: Duration,
    },
    /// The service is stopping.
    #[error("the service is stopping")]
    ShuttingDown,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl StepError for WriteError {
    fn is_store_failure(&self) -> bool {
        match self {
            Self::Access(error) => error.is_store_failure(),
            Self::Idempotency(error) => matches!(error, IdempotencyError::Store(_)),
            Self::Store(_) => true,
            Self::UnknownMessage
            | Self::NotAnAnswer
            | Self::UnknownModel
            | Self::CannotAppend(_)
            | Self::StillRunning(_)
            | Self::PrivateConversationsDisabled(_)
            | Self::TooManyPrompts { .. }
            | Self::ShuttingDown => false,
        }
    }
}

/// How often one user may ask for an answer, over all instances.
#[derive(Clone)]
pub struct PromptLimit {
    /// Counts.
    pub allowance: Arc<dyn PromptAllowance>,
    /// How often in a minute.
    pub per_minute: NonZeroU32,
}

impl PromptLimit {
    async fn take(&self, caller: &Caller) -> Result<(), WriteError> {
        match self
            .allowance
            .take(caller.identity(), self.per_minute)
            .await?
        {
            Allowance::Taken => Ok(()),
            Allowance::Exhausted { retry_after } => Err(WriteError::TooManyPrompts {
                per_minute: self.per_minute,
                retry_after,
            }),
        }
    }
}

/// How a request for an answer goes on.
pub(super) enum Admitted {
    /// In this transaction (on the conversation, if there is one already), for which an allowance was taken.
    New(Box<dyn UnitOfWork>),
    /// With what an earlier request with the same key began. No transaction is open.
    Earlier(IdempotentOutcome),
}

/// Takes an allowance and begins the transaction, unless an earlier request with the same key did. Without a conversation, the
/// transaction is to create one.
///
/// Whether one did is looked at before the allowance, so that a replay takes none and is never refused for want of one; and again
/// inside the transaction, where it counts.
pub(super) async fn admit(
    gate: &AccessGate,
    limit: &PromptLimit,
    caller: &Caller,
    conversation_id: Option<ConversationId>,
    key: Option<&IdempotencyKey>,
    now: DateTime<Utc>,
) -> Result<Admitted, WriteError> {
    if key.is_some() {
        let mut uow = gate.units.begin(caller.organization_id()).await?;
        if let Some(earlier) = earlier_outcome(uow.as_mut(), caller, key, now).await? {
            return Ok(Admitted::Earlier(earlier));
        }
    }
    limit.take(caller).await?;
    let mut uow = match conversation_id.map(|id| caller.key_of(id)) {
        Some(conversation) => gate.units.begin_on(caller.user_id(), conversation).await?,
        None => gate.units.begin(caller.organization_id()).await?,
    };
    match earlier_outcome(uow.as_mut(), caller, key, now).await? {
        Some(earlier) => Ok(Admitted::Earlier(earlier)),
        None => Ok(Admitted::New(uow)),
    }
}

/// The id of the model to ask: the named one; without a name, the one that was asked before; where that is not configured
/// any more, the default.
pub(super) fn choose_model(
    catalog: &Arc<dyn ModelCatalog>,
    named: Option<&str>,
    before: Option<&str>,
) -> Result<String, WriteError> {
    let models = catalog.models();
    let with_id = |id: Option<&str>| models.iter().find(|model| Some(model.id.as_str()) == id);
    let chosen = if named.is_some() {
        with_id(named)
    } else {
        with_id(before).or_else(|| models.iter().find(|model| model.is_default))
    };
    let chosen = chosen.ok_or(WriteError::UnknownModel)?;
    Ok(chosen.id.clone())
}

/// A prompt of this caller and the empty answer to it, with new ids.
pub(super) fn prompt_and_answer(
    gate: &AccessGate,
    caller: &Caller,
    (conversation_id, slot): (ConversationId, Slot),
    content: Content,
    model: String,
    now: DateTime<Utc>,
) -> Result<[Message; 2], CannotAppend> {
    let prompt = Message {
        id: gate.ids.message(),
        conversation_id,
        parent_id: slot.parent_id,
        position: slot.position,
        depth: slot.depth,
        content,
        created_at: now,
        kind: MessageKind::Prompt {
            author_id: caller.user_id(),
        },
    };
    let slot = slot_after(Some(&prompt), prompt.position)?;
    let answer = empty_answer(gate.ids.message(), conversation_id, slot, model, now);
    Ok([prompt, answer])
}

/// The entry of a prompt, and of the answer to it that begins.
pub(super) fn prompt_entry(
    gate: &AccessGate,
    caller: &Caller,
    [prompt, answer]: &[Message; 2],
    (access, version): (&Access, Version),
    now: DateTime<Utc>,
) -> AuditEntry {
    gate.entry(caller, ActionName::ConversationPrompt, now)
        .about(prompt.conversation_id)
        .with("act", Fact::Word("prompt"))
        .with("messageId", Fact::Id(prompt.id.as_uuid()))
        .with("answerId", Fact::Id(answer.id.as_uuid()))
        .under(access)
        .at_version(version)
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
            reasoning: None,
            left_out: None,
        },
    }
}
