//! Fork: a private copy of what the caller can read.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use parlor_domain::{
    access::Action,
    audit::{ActionName, Fact},
    conversation::{Conversation, PrivateConversationsDisabled},
    ids::{ConversationId, MessageId},
    message_copy::{CannotCopy, MessageCopy, Original, plan_copies},
};

use super::create::own_view;
use crate::{
    access_gate::{AccessError, AccessGate, ConversationView, OpenConversation, Part, StepError},
    caller::Caller,
    idempotency::{IdempotencyError, IdempotencyKey, earlier_outcome, keep_outcome},
    ports::{
        IdempotentOutcome, MessageOutline, MessageReader, StoreError, StorePosition, UnitOfWork,
    },
    user_queue::{QueueFull, UserQueue},
};

/// Copies a conversation, or one path of it, under new ids into a private one of the caller. Needs view access and `run_ai`.
///
/// A user's forks run one after the other. A copy is made in parts, so that its memory does not grow with the conversation and
/// others can write between two parts. The copy has the messages that existed when the fork began; an answer that was being
/// written is as its part found it. Nobody sees the copy before it is complete. The last transaction asks again whether the
/// caller can fork the original, and makes the copy visible together with its audit entry.
pub struct ForkConversation {
    gate: Arc<AccessGate>,
    messages: Arc<dyn MessageReader>,
    queue: Arc<UserQueue>,
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
    /// The user's earlier forks are not finished.
    #[error(transparent)]
    TooMany(#[from] QueueFull),
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

impl From<CannotCopy> for ForkError {
    fn from(error: CannotCopy) -> Self {
        match error {
            CannotCopy::UnknownLeaf => Self::UnknownLeaf,
            CannotCopy::Orphan(_) => StoreError::Other(error.into()).into(),
        }
    }
}

impl StepError for ForkError {
    fn is_store_failure(&self) -> bool {
        match self {
            Self::Access(error) => error.is_store_failure(),
            Self::Idempotency(error) => matches!(error, IdempotencyError::Store(_)),
            Self::Store(_) => true,
            Self::TooMany(_) | Self::UnknownLeaf | Self::PrivateConversationsDisabled(_) => false,
        }
    }
}

/// What a fork has found out before it copies.
struct Plan {
    request: ForkRequest,
    now: DateTime<Utc>,
    copy: Conversation,
    outline: Vec<MessageOutline>,
    messages: Vec<MessageCopy>,
}

impl ForkConversation {
    /// How many forks of one user wait for the user's earlier ones.
    pub const MAX_WAITING: usize = 8;
    /// How long a fork waits for the user's earlier ones.
    pub const MAX_WAIT: Duration = Duration::from_secs(10);

    /// The use case behind this gate, with this queue of forks.
    pub const fn new(
        gate: Arc<AccessGate>,
        messages: Arc<dyn MessageReader>,
        queue: Arc<UserQueue>,
    ) -> Self {
        Self {
            gate,
            messages,
            queue,
        }
    }

    /// The queue that a service has.
    pub fn queue() -> Arc<UserQueue> {
        UserQueue::new(Self::MAX_WAITING, Self::MAX_WAIT)
    }

    /// Makes the copy, or finds the one that an earlier request with the same key made.
    pub async fn execute(
        &self,
        caller: &Caller,
        request: ForkRequest,
    ) -> Result<ConversationView, ForkError> {
        let _turn = self.queue.turn(caller.user_id()).await?;
        let has_key = request.idempotency_key.is_some();
        match self.fork_once(caller, request.clone()).await {
            // A request with the same key was faster. It is committed, so this one finds what it stored.
            Err(ForkError::Store(StoreError::Conflict)) if has_key => {
                self.fork_once(caller, request).await
            }
            outcome => outcome,
        }
    }

    async fn fork_once(
        &self,
        caller: &Caller,
        request: ForkRequest,
    ) -> Result<ConversationView, ForkError> {
        let now = self.gate.clock.now();
        let original = request.conversation_id;
        let key = caller.key_of(original);
        let mut uow = self.gate.units.begin_on(caller.user_id(), key).await?;
        let idempotency_key = request.idempotency_key.as_ref();
        let earlier = earlier_outcome(uow.as_mut(), caller, idempotency_key, now).await?;
        if let Some(earlier) = earlier {
            drop(uow);
            return self.earlier_copy(caller, earlier).await;
        }
        let plan = |open| self.plan(caller, open, request, now);
        let gate = &self.gate;
        let plan = gate.step_in(uow, caller, original, Action::Fork, plan);
        let plan = plan.await?;
        match self.copy(&plan).await {
            Ok(uow) => self.finish(caller, plan, uow).await,
            Err(StoreError::Conflict) => {
                // The original may be deleted, or invisible now: that is answered like everywhere.
                let nothing = |_| async { Ok::<_, ForkError>(()) };
                gate.step(caller, original, Action::Fork, nothing).await?;
                Err(StoreError::Conflict.into())
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn plan(
        &self,
        caller: &Caller,
        open: OpenConversation,
        request: ForkRequest,
        now: DateTime<Utc>,
    ) -> Result<Plan, ForkError> {
        let copy = new_copy(caller, &open, self.gate.ids.conversation(), now)?;
        // Nothing is locked any more.
        drop(open);
        let key = caller.key_of(request.conversation_id);
        // The newest state: a copy lacks nothing that an answered request stored.
        let outline = self.messages.outline(key, StorePosition::NEWEST).await?;
        let messages = plan_copies(&originals(&outline), request.leaf, || {
            self.gate.ids.message()
        })?;
        Ok(Plan {
            request,
            now,
            copy,
            outline,
            messages,
        })
    }

    async fn copy(&self, plan: &Plan) -> Result<Box<dyn UnitOfWork>, StoreError> {
        let original = plan.request.conversation_id;
        let mut copy = self.gate.units.begin_copy(original, &plan.copy).await?;
        for part in parts(&plan.outline, &plan.messages) {
            copy.add(part).await?;
        }
        copy.finish().await
    }

    async fn finish(
        &self,
        caller: &Caller,
        plan: Plan,
        mut uow: Box<dyn UnitOfWork>,
    ) -> Result<ConversationView, ForkError> {
        let idempotency_key = plan.request.idempotency_key.as_ref();
        // Another instance may have answered the same request meanwhile.
        let earlier = earlier_outcome(uow.as_mut(), caller, idempotency_key, plan.now).await?;
        if let Some(earlier) = earlier {
            drop(uow);
            return self.earlier_copy(caller, earlier).await;
        }
        let original = plan.request.conversation_id;
        let commit = |open| self.commit(caller, open, plan);
        let gate = &self.gate;
        gate.step_in(uow, caller, original, Action::Fork, commit)
            .await
    }

    async fn commit(
        &self,
        caller: &Caller,
        opened: OpenConversation,
        plan: Plan,
    ) -> Result<ConversationView, ForkError> {
        let Plan {
            request,
            now,
            copy,
            messages,
            ..
        } = plan;
        let idempotency_key = request.idempotency_key;
        // The setting may have been changed meanwhile.
        new_copy(caller, &opened, copy.id, now)?;
        let OpenConversation {
            mut uow,
            conversation: original,
            access,
            viewpoint,
            ..
        } = opened;
        keep_outcome(uow.as_mut(), caller, idempotency_key, copy.id, None, now).await?;
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

    /// What an earlier request with the same key made.
    async fn earlier_copy(
        &self,
        caller: &Caller,
        earlier: IdempotentOutcome,
    ) -> Result<ConversationView, ForkError> {
        let id = earlier.conversation_id;
        let read = self.gate.read(caller, id, Action::Read, Part::Conversation);
        Ok(read.await?)
    }
}

fn new_copy(
    caller: &Caller,
    opened: &OpenConversation,
    id: ConversationId,
    now: DateTime<Utc>,
) -> Result<Conversation, PrivateConversationsDisabled> {
    let original = &opened.conversation;
    original.fork(id, caller.user_id(), now, opened.settings)
}

fn originals(outline: &[MessageOutline]) -> Vec<Original> {
    let originals = outline.iter().map(|message| Original {
        id: message.id,
        parent_id: message.parent_id,
    });
    originals.collect()
}

/// The most messages that are copied together.
const PART_MESSAGES: usize = 32;
/// After so much text (UTF-8), a part ends.
const PART_BYTES: u64 = 128 * 1024;

/// The copies in parts that are each small enough for one short transaction.
fn parts<'a>(
    outline: &[MessageOutline],
    messages: &'a [MessageCopy],
) -> impl Iterator<Item = &'a [MessageCopy]> {
    let lengths = outline.iter().map(|it| (it.id, u64::from(it.bytes)));
    let lengths: BTreeMap<MessageId, u64> = lengths.collect();
    let mut rest = messages;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fits = |message: &&MessageCopy| {
            let has_room = bytes < PART_BYTES;
            bytes += lengths.get(&message.original_id).copied().unwrap_or(0);
            has_room
        };
        let count = rest.iter().take(PART_MESSAGES).take_while(fits).count();
        let (part, others) = rest.split_at_checked(count)?;
        rest = others;
        (!part.is_empty()).then_some(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::message_id;

    #[test]
    fn no_part_is_long_and_none_is_missing() {
        for (count, bytes, expected) in [
            (0, 0, vec![]),
            (32, 10, vec![32]),
            (66, 10, vec![32, 32, 2]),
            (5, 100_000, vec![2, 2, 1]),
            (3, 1_000_000, vec![1, 1, 1]),
        ] {
            let outline: Vec<_> = (1..=count)
                .map(|number| MessageOutline {
                    id: message_id(number),
                    parent_id: None,
                    position: number,
                    bytes,
                })
                .collect();
            let mut number = 1_000;
            let copies = plan_copies(&originals(&outline), None, || {
                number += 1;
                message_id(number)
            });
            let copies = copies.unwrap();
            let parts: Vec<_> = parts(&outline, &copies).collect();
            let lengths: Vec<_> = parts.iter().map(|part| part.len()).collect();
            assert_eq!(lengths, expected);
            assert_eq!(parts.concat(), copies);
        }
    }
}
