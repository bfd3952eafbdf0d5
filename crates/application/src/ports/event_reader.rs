//! Reading what happened in conversations, for those who follow them.

use async_trait::async_trait;
use parlor_domain::{ids::ConversationId, principal::Principal};

use super::{
    ConversationKey, ConversationSummary, FoundConversation, Identity, MessageView, StoreError,
};

/// Reads the events of conversations, and what decides who may be told of them, each call in one statement.
///
/// The events of a conversation have numbers that grow in the order of commit, without regard to who changed it: a message that
/// came has one, an answer that ended, and a change of title, grants or owner. How an answer grows has none.
///
/// An implementor MUST
/// - give a number in the transaction that makes the change, so that no event with a smaller number becomes visible after one with
///   a greater number;
/// - see every change that was committed before the call;
/// - never let anything of another organization into an answer.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait EventReader: Send + Sync {
    /// What decides whether this user may follow a conversation, **whether or not it may**: its rights, the conversation, and the
    /// number of its last event, all of one moment. `None` if the user is stopped or not of this organization.
    async fn look(
        &self,
        identity: Identity,
        id: ConversationId,
    ) -> Result<Option<Look>, StoreError>;

    /// The events with a number greater than `after`, in the order of their numbers, at most `limit`; nothing of a conversation
    /// that is not there. Messages are as they are now, and not as they were when the event happened.
    async fn after(
        &self,
        key: ConversationKey,
        after: u64,
        limit: u32,
    ) -> Result<Vec<StoredEvent>, StoreError>;

    /// The answers that are being written in a conversation, in the order in which they came.
    async fn writing(&self, key: ConversationKey) -> Result<Vec<MessageView>, StoreError>;

    /// Those of these conversations that are there in the principal's organization, **whether or not they are visible**, in no
    /// particular order: the caller asks [`ConversationSummary::access_of`] before it shows anything.
    async fn find_all(
        &self,
        principal: &Principal,
        ids: &[ConversationId],
    ) -> Result<Vec<ConversationSummary>, StoreError>;
}

/// What one user may be told of one conversation at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The user's rights.
    pub principal: Principal,
    /// The conversation, if it exists.
    pub found: Option<FoundConversation>,
    /// The number of its last event; 0 before the first one.
    pub last_event: u64,
}

/// An event with its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    /// Its place among the conversation's events, from 1.
    pub number: u64,
    /// What happened.
    pub kind: StoredEventKind,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoredEventKind {
    /// A message came.
    Created(MessageView),
    /// An answer is not being written any more.
    Ended(MessageView),
    /// The title, the grants or the owner were changed.
    Changed,
}
