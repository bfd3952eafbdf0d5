//! Copies of messages for another conversation.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    ids::{ConversationId, MessageId},
    message::{AnswerStatus, Message, MessageKind},
};

/// A message to copy, without its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Original {
    /// Its id.
    pub id: MessageId,
    /// What it follows.
    pub parent_id: Option<MessageId>,
}

/// Which message is copied, and where its copy goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageCopy {
    /// The message that is copied.
    pub original_id: MessageId,
    /// The id of the copy.
    pub id: MessageId,
    /// What the copy follows.
    pub parent_id: Option<MessageId>,
    /// The place of the copy in the order of all messages, from 1.
    pub position: u32,
}

/// Why nothing is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CannotCopy {
    /// The message whose path was asked for does not exist.
    #[error("the message whose path is to be copied does not exist")]
    UnknownLeaf,
    /// A message follows one that does not come before it.
    #[error("message {0} follows a message that does not come before it")]
    Orphan(MessageId),
}

/// Plans the copies, under new ids, of all messages or only of the path to `leaf`. `originals` are in their order.
pub fn plan_copies(
    originals: &[Original],
    leaf: Option<MessageId>,
    mut new_id: impl FnMut() -> MessageId,
) -> Result<Vec<MessageCopy>, CannotCopy> {
    let mut parents = BTreeMap::new();
    for original in originals {
        let is_before = |parent_id: MessageId| parents.contains_key(&parent_id);
        if !original.parent_id.is_none_or(is_before) {
            return Err(CannotCopy::Orphan(original.id));
        }
        parents.insert(original.id, original.parent_id);
    }
    let path = leaf.map(|leaf| path_to(&parents, leaf)).transpose()?;
    let is_copied = |id: &MessageId| path.as_ref().is_none_or(|path| path.contains(id));
    let copied = originals.iter().filter(|original| is_copied(&original.id));
    let mut ids = BTreeMap::new();
    Ok(copied
        .zip(1..)
        .map(|(original, position)| {
            let id = new_id();
            ids.insert(original.id, id);
            let parent_id = original.parent_id.and_then(|it| ids.get(&it).copied());
            MessageCopy {
                original_id: original.id,
                id,
                parent_id,
                position,
            }
        })
        .collect())
}

fn path_to(
    parents: &BTreeMap<MessageId, Option<MessageId>>,
    leaf: MessageId,
) -> Result<BTreeSet<MessageId>, CannotCopy> {
    let mut path = BTreeSet::new();
    let mut next = Some(leaf);
    while let Some(id) = next {
        path.insert(id);
        next = *parents.get(&id).ok_or(CannotCopy::UnknownLeaf)?;
    }
    Ok(path)
}

impl Message {
    /// The copy of this message for another conversation.
    ///
    /// Author and time stay. An answer that is being written is copied as stopped, because the copy does not grow.
    #[must_use]
    pub fn copied(self, conversation_id: ConversationId, copy: MessageCopy) -> Self {
        let mut copied = Self {
            id: copy.id,
            conversation_id,
            parent_id: copy.parent_id,
            position: copy.position,
            ..self
        };
        if let MessageKind::Answer {
            status: status @ AnswerStatus::Writing,
            ..
        } = &mut copied.kind
        {
            *status = AnswerStatus::Stopped;
        }
        copied
    }
}
