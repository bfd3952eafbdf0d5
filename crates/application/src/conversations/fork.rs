//! Fork: a private copy of what one may read.

use std::{num::NonZeroU32, sync::Arc};

use chrono::{DateTime, Utc};
use parlor_domain::{
    access::Action,
    audit::{ActionName, Fact},
    conversation::PrivateConversationsDisabled,
    ids::{ConversationId, MessageId},
    message_tree::MessageTree,
};

use super::create::own_view;
use crate::{
    access_gate::{AccessError, AccessGate, ConversationView, OpenConversation, Part, StepError},
    caller::Caller,
    idempotency::{IdempotencyError, IdempotencyKey, earlier_outcome, keep_outcome},
    ports::StoreError,
    user_limit::UserLimit,
};

/// Copies a conversation, or one path of it, under new ids into a private one of the caller. Needs view access and `run_ai`.
///
/// A user's forks run one after the other: each is a long write, and the writes of others come between two of them.
pub struct ForkConversation {
    gate: Arc<AccessGate>,
    turns: Arc<UserLimit>,
}

/// What to copy.
#[derive(Debug, Clone)]
pub struct ForkRequest {
    /// The original.
    pub conversation_id: ConversationId,
    /// Only the path to this message.
    pub leaf: Option<MessageId>,
    /// The client's key for this request.
    pub idempotency_key: Option<IdempotencyKey>,
}

/// Why nothing was copied.
#[derive(Debug, thiserror::Error)]
pub enum ForkError {
    /// Not allowed, or the earlier answer is not to be seen any more.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// There is no such message in the conversation.
    #[error("the leaf is not a message of the conversation")]
    UnknownLeaf,
    /// A copy is private, and nothing can be private in this organization.
    #[error(transparent)]
    PrivateConversationsDisabled(#[from] PrivateConversationsDisabled),
    /// The idempotency key does not fit.
    #[error(transparent)]
    Idempotency(#[from] IdempotencyError),
    /// The store failed, or keeps messages that make no tree.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl StepError for ForkError {
    fn is_store_failure(&self) -> bool {
        match self {
            Self::Access(error) => error.is_store_failure(),
            Self::Idempotency(error) => matches!(error, IdempotencyError::Store(_)),
            Self::Store(_) => true,
            Self::UnknownLeaf | Self::PrivateConversationsDisabled(_) => false,
        }
    }
}

impl ForkConversation {
    /// The use case behind this gate.
    pub fn new(gate: Arc<AccessGate>) -> Self {
        Self {
            gate,
            turns: UserLimit::per_user(NonZeroU32::MIN),
        }
    }

    /// Makes the copy, or finds the one that an earlier request with the same key made.
    pub async fn execute(
        &self,
        caller: &Caller,
        request: ForkRequest,
    ) -> Result<ConversationView, ForkError> {
        let _turn = self.turns.turn(caller.user_id()).await;
        let now = self.gate.clock.now();
        let key = caller.key_of(request.conversation_id);
        let mut uow = self.gate.units.begin_on(caller.user_id(), key).await?;
        if let Some(earlier) =
            earlier_outcome(uow.as_mut(), caller, request.idempotency_key.as_ref(), now).await?
        {
            drop(uow);
            return Ok(self
                .gate
                .read(
                    caller,
                    earlier.conversation_id,
                    Action::Read,
                    Part::Conversation,
                )
                .await?);
        }
        let id = request.conversation_id;
        let copy = |open| self.copy(caller, open, request, now);
        self.gate.step_in(uow, caller, id, Action::Fork, copy).await
    }

    async fn copy(
        &self,
        caller: &Caller,
        open: OpenConversation,
        request: ForkRequest,
        now: DateTime<Utc>,
    ) -> Result<ConversationView, ForkError> {
        let OpenConversation {
            mut uow,
            conversation: original,
            access,
            settings,
            viewpoint,
        } = open;
        let copy = original.fork(
            self.gate.ids.conversation(),
            caller.user_id(),
            now,
            settings,
        )?;
        let messages = uow.messages().all(original.id).await?;
        let tree = MessageTree::from_messages(original.id, messages)
            .map_err(|error| StoreError::Other(error.into()))?;
        let copied = tree
            .copy(copy.id, request.leaf, || self.gate.ids.message())
            .ok_or(ForkError::UnknownLeaf)?;
        uow.conversations().insert(&copy).await?;
        let messages: Vec<_> = copied.messages().cloned().collect();
        uow.messages().insert(&messages).await?;
        keep_outcome(
            uow.as_mut(),
            caller,
            request.idempotency_key,
            copy.id,
            None,
            now,
        )
        .await?;
        let entry = self
            .gate
            .entry(caller, ActionName::ConversationFork, now)
            .about(original.id)
            .with("forkId", Fact::Id(copy.id.as_uuid()))
            .with("messages", Fact::Count(messages.len() as u64))
            .under(&access)
            .at_version(original.version);
        uow.commit(entry.into()).await?;
        // The copy tells what it is one of: the caller could see that inside the same transaction.
        Ok(own_view(caller, viewpoint.principal, copy))
    }
}

#[cfg(test)]
mod tests;
