//! The messages of one conversation as a tree: asking again or editing a prompt makes a sibling, and everything that
//! was there stays.

use std::collections::BTreeMap;

use crate::{
    ids::{ConversationId, MessageId},
    message::Message,
};

/// All messages of one conversation, in the order in which they came.
///
/// Holds by construction: every parent is there and came before its child, so there is no cycle and no orphan; positions
/// grow; depths count the messages before; the number of messages is bounded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageTree {
    conversation_id: ConversationId,
    messages: BTreeMap<u32, Message>,
    positions: BTreeMap<MessageId, u32>,
}

/// Why messages make no tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTree {
    /// A message of another conversation.
    #[error("message {0} belongs to another conversation")]
    ForeignMessage(MessageId),
    /// The same id or position twice.
    #[error("message {0} is there twice, or shares its position")]
    Duplicate(MessageId),
    /// The parent is not there, or came later.
    #[error("message {0} follows a message that does not come before it")]
    Orphan(MessageId),
    /// The depth is not the parent's plus one.
    #[error("message {0} has a depth that is not its parent's and one")]
    WrongDepth(MessageId),
    /// More than [`MessageTree::MAX_MESSAGES`].
    #[error("a conversation has at most {} messages", MessageTree::MAX_MESSAGES)]
    TooManyMessages,
}

/// Where the next message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// After the newest leaf; the first message of an empty conversation.
    NewestLeaf,
    /// A new first message, beside the others.
    First,
    /// After this message, beside what follows it already.
    After(MessageId),
}

/// Why nothing can be appended there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CannotAppend {
    /// The parent's answer is not finished, so what would follow it is not settled.
    #[error("the answer to continue from is still being written")]
    StillWriting,
    /// The conversation is full.
    #[error("a conversation has at most {} messages", MessageTree::MAX_MESSAGES)]
    TooManyMessages,
}

/// The parent, position and depth of a message that is about to be appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// What it follows.
    pub parent_id: Option<MessageId>,
    /// Its place in the order of all messages.
    pub position: u32,
    /// How many messages stand before it on its path.
    pub depth: u32,
}

/// The slot for the next message after `parent`, in a conversation whose newest message has position `last_position`
/// (0 when it is empty).
pub fn slot_after(parent: Option<&Message>, last_position: u32) -> Result<Slot, CannotAppend> {
    if last_position >= MessageTree::MAX_MESSAGES {
        return Err(CannotAppend::TooManyMessages);
    }
    if parent.is_some_and(|parent| parent.status().is_writing()) {
        return Err(CannotAppend::StillWriting);
    }
    Ok(Slot {
        parent_id: parent.map(|parent| parent.id),
        position: last_position + 1,
        depth: parent.map_or(0, |parent| parent.depth + 1),
    })
}

/// The slot for another message beside `sibling`, after the same message, in a conversation whose newest message has position
/// `last_position`. What both follow is finished: something follows it already.
pub fn slot_beside(sibling: &Message, last_position: u32) -> Result<Slot, CannotAppend> {
    Ok(Slot {
        parent_id: sibling.parent_id,
        depth: sibling.depth,
        ..slot_after(None, last_position)?
    })
}

impl MessageTree {
    /// The most messages of one conversation, all branches together: enough for years of talk, and little enough to
    /// read whole for a fork or an export.
    pub const MAX_MESSAGES: u32 = 10_000;

    /// A tree without messages.
    pub const fn empty(conversation_id: ConversationId) -> Self {
        Self {
            conversation_id,
            messages: BTreeMap::new(),
            positions: BTreeMap::new(),
        }
    }

    /// The tree of these messages, given in any order.
    pub fn from_messages(
        conversation_id: ConversationId,
        messages: impl IntoIterator<Item = Message>,
    ) -> Result<Self, InvalidTree> {
        let mut ordered: Vec<_> = messages.into_iter().collect();
        ordered.sort_by_key(|message| message.position);
        let mut tree = Self::empty(conversation_id);
        for message in ordered {
            tree.append(message)?;
        }
        Ok(tree)
    }

    /// Appends a message; its parent must be there.
    pub fn append(&mut self, message: Message) -> Result<(), InvalidTree> {
        if message.conversation_id != self.conversation_id {
            return Err(InvalidTree::ForeignMessage(message.id));
        }
        if self.messages.len() >= Self::MAX_MESSAGES as usize {
            return Err(InvalidTree::TooManyMessages);
        }
        let depth = match message.parent_id {
            None => 0,
            Some(parent_id) => match self.find(parent_id) {
                Some(parent) if parent.position < message.position => parent.depth + 1,
                _ => return Err(InvalidTree::Orphan(message.id)),
            },
        };
        if message.depth != depth {
            return Err(InvalidTree::WrongDepth(message.id));
        }
        if self.positions.contains_key(&message.id) || self.messages.contains_key(&message.position)
        {
            return Err(InvalidTree::Duplicate(message.id));
        }
        self.positions.insert(message.id, message.position);
        self.messages.insert(message.position, message);
        Ok(())
    }

    /// All messages, oldest first.
    pub fn messages(&self) -> impl Iterator<Item = &Message> {
        self.messages.values()
    }

    /// The message with this id.
    pub fn find(&self, id: MessageId) -> Option<&Message> {
        self.positions
            .get(&id)
            .and_then(|position| self.messages.get(position))
    }

    /// The leaf that came last. It is the newest message of all: what follows a message comes after it.
    pub fn newest_leaf(&self) -> Option<&Message> {
        self.messages.values().next_back()
    }

    /// The messages from the first one to `leaf`, oldest first; empty if `leaf` is not there.
    pub fn path_to(&self, leaf: MessageId) -> Vec<&Message> {
        let upwards = std::iter::successors(self.find(leaf), |message| {
            message.parent_id.and_then(|parent_id| self.find(parent_id))
        });
        let mut path: Vec<_> = upwards.collect();
        path.reverse();
        path
    }

    /// The messages that follow the same message as this one, itself among them, in the order in which they came.
    pub fn siblings(&self, id: MessageId) -> Vec<MessageId> {
        self.find(id).map_or_else(Vec::new, |message| {
            self.messages()
                .filter(|other| other.parent_id == message.parent_id)
                .map(|other| other.id)
                .collect()
        })
    }

    /// The slot that `place` means now, or `None` if it names a message that is not there.
    pub fn slot(&self, place: Place) -> Option<Result<Slot, CannotAppend>> {
        let parent = match place {
            Place::NewestLeaf => self.newest_leaf(),
            Place::First => None,
            Place::After(id) => Some(self.find(id)?),
        };
        let last_position = self.newest_leaf().map_or(0, |newest| newest.position);
        Some(slot_after(parent, last_position))
    }
}
