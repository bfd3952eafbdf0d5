//! Reading messages, always inside their conversation.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use parlor_domain::{
    ids::{ConversationId, MessageId, OrganizationId, UserId},
    message::{Message, Role},
};

use super::{StoreError, StorePosition, UserRef};

/// Where messages are looked up: their conversation, which the caller has authorized.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConversationKey {
    /// The tenant.
    pub organization_id: OrganizationId,
    /// The conversation.
    pub conversation_id: ConversationId,
}

/// Reads the messages of a conversation that the caller is authorized to read, each call in one statement.
///
/// An implementor MUST
/// - look a message up by organization, conversation and id together: the id of a message of another conversation answers
///   `None`;
/// - answer from a state that has everything before `at_least`; without that argument, everything that was committed before
///   the call.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait MessageReader: Send + Sync {
    /// One message.
    async fn find(
        &self,
        key: ConversationKey,
        id: MessageId,
    ) -> Result<Option<MessageView>, StoreError>;

    /// The path from the first message to `leaf` (without one: to the newest leaf), oldest first: those with a depth of at
    /// least `from_depth`, at most `limit`. `None` if there is no such leaf; empty for a conversation without messages.
    async fn path(
        &self,
        key: ConversationKey,
        leaf: Option<MessageId>,
        from_depth: u32,
        limit: u32,
        at_least: StorePosition,
    ) -> Result<Option<MessagePath>, StoreError>;

    /// The newest of what follows a message, or the message itself where nothing does: the leaf at which one comes out who goes on
    /// with the newest from here. `None` if there is no such message.
    async fn newest_below(
        &self,
        key: ConversationKey,
        id: MessageId,
        at_least: StorePosition,
    ) -> Result<Option<MessageId>, StoreError>;

    /// All messages in the order in which they came, shortened: those with a position greater than `after`, at most `limit`.
    async fn tree(
        &self,
        key: ConversationKey,
        after: u32,
        limit: u32,
        at_least: StorePosition,
    ) -> Result<Vec<MessageNode>, StoreError>;

    /// For each place of a search, the finished messages from there on, in the order in which they came.
    async fn search_texts(
        &self,
        organization_id: OrganizationId,
        query: &SearchTextQuery,
    ) -> Result<Vec<SearchText>, StoreError>;

    /// All messages, whole, in the order in which they came.
    async fn all(
        &self,
        key: ConversationKey,
        at_least: StorePosition,
    ) -> Result<Vec<MessageView>, StoreError>;
}

/// Where something was found, in conversations that the caller is authorized to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchTextQuery {
    /// A conversation, once each, and the position of its first message to read.
    pub places: Vec<(ConversationId, u32)>,
    /// How many messages of each conversation.
    pub texts: u32,
    /// From a state that has everything before this position.
    pub at_least: StorePosition,
}

impl SearchTextQuery {
    /// So many characters of a message are read.
    pub const CHARACTERS: usize = 32_000;
}

/// A message in which something may have been found.
#[derive(Clone, PartialEq, Eq)]
pub struct SearchText {
    /// Its conversation.
    pub conversation_id: ConversationId,
    /// The message.
    pub message_id: MessageId,
    /// The beginning of what it says, at most [`SearchTextQuery::CHARACTERS`].
    pub content: String,
    /// Whether it says more.
    pub is_cut: bool,
}

impl std::fmt::Debug for SearchText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SearchText({} bytes)", self.content.len())
    }
}

/// A message with what one shows beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageView {
    /// The message.
    pub message: Message,
    /// Who wrote it, if a person did.
    pub author: Option<UserRef>,
    /// The messages that follow the same message, itself among them, in the order in which they came.
    pub siblings: Vec<MessageId>,
}

/// A part of the path to a leaf.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MessagePath {
    /// The leaf that the path leads to; none in a conversation without messages.
    pub leaf: Option<MessageId>,
    /// The part, oldest first.
    pub messages: Vec<MessageView>,
}

/// A message in the map of its conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageNode {
    /// The message.
    pub id: MessageId,
    /// What it follows.
    pub parent_id: Option<MessageId>,
    /// Who speaks.
    pub role: Role,
    /// Who wrote it, if a person did.
    pub author_id: Option<UserId>,
    /// When it came.
    pub created_at: DateTime<Utc>,
    /// Its first [`MessageNode::PREVIEW_CHARACTERS`] characters.
    pub preview: String,
    /// Its place in the order of all messages.
    pub position: u32,
}

impl MessageNode {
    /// The length of a preview, in Unicode scalar values.
    pub const PREVIEW_CHARACTERS: u32 = 120;
}
