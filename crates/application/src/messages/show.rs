//! Show a conversation: what stands above it, and a part of one of its paths.

use std::{collections::HashSet, sync::Arc};

use parlor_domain::{
    access::Action,
    ids::{ConversationId, MessageId},
    message_tree::MessageTree,
};

use crate::{
    access_gate::{AccessError, AccessGate, ConversationView, Part},
    caller::Caller,
    paging::PageSize,
    ports::{ConversationKey, MessageReader, MessageView},
};

/// Reads a conversation and the end of one of its paths, as somebody reads who opens it: one reading for the audit log.
///
/// [`super::ListMessages`] pages a path from its beginning; this shows where it has come to.
pub struct ShowConversation {
    gate: Arc<AccessGate>,
    messages: Arc<dyn MessageReader>,
}

/// Which path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ShownPath {
    /// To the newest message of all.
    #[default]
    Newest,
    /// To this message, whatever follows it.
    To(MessageId),
    /// Through this message, and on to the newest of what follows it.
    Through(MessageId),
}

/// What to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShowRequest {
    /// The path.
    pub path: ShownPath,
    /// Only messages above this depth; without it, up to the path's end.
    pub before_depth: Option<u32>,
    /// At most so many, the last ones.
    pub limit: u32,
}

/// What is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownConversation {
    /// The conversation, with what the caller may do with it.
    pub conversation: ConversationView,
    /// The last message of the path; none in a conversation without messages.
    pub leaf: Option<MessageId>,
    /// The part of the path, oldest first. What stands before it is told by the depth of the first one.
    pub messages: Vec<MessageView>,
}

impl ShowConversation {
    /// The most messages that are read at once.
    pub const MAX_MESSAGES: u32 = 2 * PageSize::MAX;

    /// The use case behind this gate.
    pub const fn new(gate: Arc<AccessGate>, messages: Arc<dyn MessageReader>) -> Self {
        Self { gate, messages }
    }

    /// The conversation, and that part of the path.
    pub async fn execute(
        &self,
        caller: &Caller,
        id: ConversationId,
        request: ShowRequest,
    ) -> Result<ShownConversation, AccessError> {
        let conversation = self
            .gate
            .read(caller, id, Action::Read, Part::Messages)
            .await?;
        let (leaf, messages) = self.part(caller, caller.key_of(id), request).await?;
        Ok(ShownConversation {
            conversation,
            leaf,
            messages,
        })
    }

    async fn part(
        &self,
        caller: &Caller,
        key: ConversationKey,
        request: ShowRequest,
    ) -> Result<(Option<MessageId>, Vec<MessageView>), AccessError> {
        let at_least = caller.newest_seen();
        let limit = request.limit.clamp(1, Self::MAX_MESSAGES);
        let leaf = match request.path {
            ShownPath::Newest => None,
            ShownPath::To(id) => Some(id),
            ShownPath::Through(id) => Some(self.newest_below(caller, key, id).await?),
        };
        if let Some(before) = request.before_depth {
            let from = before.saturating_sub(limit);
            let path = self
                .messages
                .path(key, leaf, from, before - from, at_least)
                .await?;
            let path = path.ok_or(AccessError::NotFound)?;
            return Ok((path.leaf, path.messages));
        }
        // Nearly every path is read whole by this, and no other statement is needed.
        let path = self
            .messages
            .path(key, leaf, 0, limit + 1, at_least)
            .await?;
        let path = path.ok_or(AccessError::NotFound)?;
        let Some(leaf) = path.leaf.filter(|_| path.messages.len() > limit as usize) else {
            return Ok((path.leaf, path.messages));
        };
        let last = self.messages.find(key, leaf).await?;
        let depth = last.ok_or(AccessError::NotFound)?.message.depth;
        let from = (depth + 1).saturating_sub(limit);
        let path = self
            .messages
            .path(key, Some(leaf), from, limit, at_least)
            .await?;
        let path = path.ok_or(AccessError::NotFound)?;
        Ok((path.leaf, path.messages))
    }

    /// The newest of what follows a message, or the message itself where nothing does. It is a leaf: what follows a message comes
    /// after it.
    async fn newest_below(
        &self,
        caller: &Caller,
        key: ConversationKey,
        id: MessageId,
    ) -> Result<MessageId, AccessError> {
        let top = self.messages.find(key, id).await?;
        let top = top.ok_or(AccessError::NotFound)?;
        let (after, limit) = (top.message.position, MessageTree::MAX_MESSAGES);
        let later = self.messages.tree(key, after, limit, caller.newest_seen());
        let mut newest = id;
        let mut below = HashSet::from([id]);
        for node in later.await? {
            if node.parent_id.is_some_and(|parent| below.contains(&parent)) {
                below.insert(node.id);
                newest = node.id;
            }
        }
        Ok(newest)
    }
}

#[cfg(test)]
mod tests;
