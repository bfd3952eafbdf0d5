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

    /// A part of the path from the first message to `leaf` (without one: to the newest leaf), oldest first. `None` if there is no
    /// such leaf; empty for a conversation without messages.
    async fn path(
        &self,
        key: ConversationKey,
        leaf: Option<MessageId>,
        part: PathPart,
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

    /// All messages in the order in which they came, without what they say. An implementor MUST NOT read their texts for it.
    async fn outline(
        &self,
        key: ConversationKey,
        at_least: StorePosition,
    ) -> Result<Vec<MessageOutline>, StoreError>;

    /// The messages with a position from `first` to `last`, whole, in the order in which they came.
    async fn span(
        &self,
        key: ConversationKey,
        first: u32,
        last: u32,
        at_least: StorePosition,
    ) -> Result<Vec<AuthoredMessage>, StoreError>;
}

/// Which part of a path to read: the messages with a depth from `from_depth` on, at most `limit`, and of these as many as
/// `max_bytes` of text have room for, but at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PathPart {
    /// The depth of the first message.
    pub from_depth: u32,
    /// The most messages.
    pub limit: u32,
    /// The most bytes of text and reasoning (UTF-8).
    pub max_bytes: u32,
    /// Which messages to keep where there is no room for all.
    pub keep: Keep,
}

/// Which messages of a part of a path to keep where there is no room for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Those that came first.
    Oldest,
    /// Those that came last.
    Newest,
}

impl PathPart {
    /// How much text a page of messages has at most, unless its only message has more.
    pub const PAGE_BYTES: u32 = 512 * 1024;

    /// A page, the oldest messages first.
    pub const fn page(from_depth: u32, limit: u32) -> Self {
        Self {
            from_depth,
            limit,
            max_bytes: Self::PAGE_BYTES,
            keep: Keep::Oldest,
        }
    }

    /// The whole path, however long it is.
    pub const ALL: Self = Self {
        from_depth: 0,
        limit: u32::MAX,
        max_bytes: u32::MAX,
        keep: Keep::Oldest,
    };
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
    /// The messages that follow the same message.
    pub siblings: Siblings,
}

/// The messages that follow the same message, in the order in which they came.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Siblings {
    /// Those around one of them, itself among them: all of them, or [`Siblings::MAX`].
    pub ids: Vec<MessageId>,
    /// How many there are.
    pub count: u32,
    /// How many of them came before that one.
    pub index: u32,
}

impl Siblings {
    /// The most that are named. An answer that named all of them for each of them would grow with the square of their number.
    pub const MAX: u32 = 50;

    /// The siblings around the one with this index, of `count` ones. `all` yields the ids from a place on.
    pub fn around<I: Iterator<Item = MessageId>>(
        index: u32,
        count: u32,
        all: impl FnOnce(u32) -> I,
    ) -> Self {
        let first = index
            .saturating_sub(Self::MAX / 2)
            .min(count.saturating_sub(Self::MAX));
        Self {
            ids: all(first).take(Self::MAX as usize).collect(),
            count,
            index,
        }
    }

    /// The siblings around one of them, out of those that are next to it on both sides: enough of them, if `near` has the 49
    /// that came before it and the 49 that came after it, as far as there are so many. `None` if it is not among them.
    pub fn among(id: MessageId, near: &[MessageId], index: u32, count: u32) -> Option<Self> {
        let own = near.iter().position(|other| *other == id)?;
        let before_near = (index as usize).checked_sub(own)?;
        Some(Self::around(index, count, |first| {
            let skipped = (first as usize).saturating_sub(before_near);
            near.iter().skip(skipped).copied()
        }))
    }

    /// The siblings around one of them, out of a list of all.
    pub fn of(id: MessageId, all: &[MessageId]) -> Self {
        let index = all.iter().position(|other| *other == id).unwrap_or(0);
        let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Self::around(number(index), number(all.len()), |first| {
            all.iter().skip(first as usize).copied()
        })
    }
}

/// A message, and who wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthoredMessage {
    /// The message.
    pub message: Message,
    /// Who wrote it, if a person did.
    pub author: Option<UserRef>,
}

/// A message without what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageOutline {
    /// The message.
    pub id: MessageId,
    /// What it follows.
    pub parent_id: Option<MessageId>,
    /// Its place in the order of all messages.
    pub position: u32,
    /// The length of its text and its reasoning together, in bytes (UTF-8).
    pub bytes: u32,
}

impl MessageOutline {
    /// The outline of a message.
    pub fn of(message: &Message) -> Self {
        Self {
            id: message.id,
            parent_id: message.parent_id,
            position: message.position,
            bytes: u32::try_from(message.bytes()).unwrap_or(u32::MAX),
        }
    }
}

/// A part of the path to a leaf.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MessagePath {
    /// The leaf that the path leads to; none in a conversation without messages.
    pub leaf: Option<MessageId>,
    /// How many messages come before that leaf on the path.
    pub leaf_depth: u32,
    /// The part, oldest first.
    pub messages: Vec<MessageView>,
}

impl MessagePath {
    /// The depth of the first message after this part; none where the part goes up to the leaf, or is empty.
    pub fn next_depth(&self) -> Option<u32> {
        let last = self.messages.last()?.message.depth;
        (last < self.leaf_depth).then_some(last + 1)
    }
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

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn ids(numbers: std::ops::Range<u32>) -> Vec<MessageId> {
        numbers
            .map(|number| MessageId::from_uuid(Uuid::from_u128(number.into())))
            .collect()
    }

    #[test]
    fn at_most_fifty_siblings_are_named_and_always_the_message_itself() {
        for (count, index, named) in [
            (1, 0, 0..1),
            (50, 0, 0..50),
            (50, 49, 0..50),
            (51, 0, 0..50),
            (51, 50, 1..51),
            (10_000, 24, 0..50),
            (10_000, 26, 1..51),
            (10_000, 5_000, 4_975..5_025),
            (10_000, 9_999, 9_950..10_000),
        ] {
            let all = ids(0..count);
            let siblings = Siblings::of(all[index as usize], &all);
            assert_eq!(siblings.ids, ids(named), "{index} of {count}");
            assert_eq!((siblings.count, siblings.index), (count, index));
            let near = ids(index.saturating_sub(49)..count.min(index + 50));
            let own = all[index as usize];
            assert_eq!(
                Siblings::among(own, &near, index, count),
                Some(siblings.clone())
            );
            assert!(siblings.ids.contains(&all[index as usize]));
        }
    }
}
