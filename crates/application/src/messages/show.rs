//! Show a conversation: what stands above it, and a part of one of its paths.

use std::sync::Arc;

use parlor_domain::{
    access::Action,
    ids::{ConversationId, MessageId},
};

use crate::{
    access_gate::{AccessError, AccessGate, ConversationView, Part},
    caller::Caller,
    paging::PageSize,
    ports::{
        ConversationKey, Keep, MessagePath, MessageReader, MessageView, PathPart, StoreError,
        StorePosition,
    },
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
    /// At most so many, the last ones; fewer where they are long ([`PathPart::PAGE_BYTES`]).
    pub limit: u32,
}

/// What is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownConversation {
    /// The conversation, with what the caller may do with it.
    pub conversation: ConversationView,
    /// The last message of the path; none in a conversation without messages.
    pub leaf: Option<MessageId>,
    /// The newest of what follows the last message, or that message itself; told where the path was named by its end.
    pub newest_below: Option<MessageId>,
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
        self.execute_before(caller, id, request, Action::Read).await
    }

    /// The same for the form of an action. Who may not do that is refused.
    pub async fn execute_before(
        &self,
        caller: &Caller,
        id: ConversationId,
        request: ShowRequest,
        next: Action,
    ) -> Result<ShownConversation, AccessError> {
        let shown = (Action::Read, Part::Messages);
        let conversation = self.gate.read_before(caller, id, next, shown).await?;
        let key = caller.key_of(id);
        let at_least = caller.newest_seen();
        let newest_below = match request.path {
            ShownPath::Newest => None,
            ShownPath::To(id) | ShownPath::Through(id) => {
                let newest = self.messages.newest_below(key, id, at_least).await?;
                Some(newest.ok_or(AccessError::NotFound)?)
            }
        };
        let leaf = match request.path {
            ShownPath::Newest => None,
            ShownPath::To(id) => Some(id),
            ShownPath::Through(_) => newest_below,
        };
        let path = self.part(key, leaf, request, at_least).await?;
        let path = path.ok_or(AccessError::NotFound)?;
        Ok(ShownConversation {
            conversation,
            leaf: path.leaf,
            newest_below,
            messages: path.messages,
        })
    }

    async fn part(
        &self,
        key: ConversationKey,
        leaf: Option<MessageId>,
        request: ShowRequest,
        at_least: StorePosition,
    ) -> Result<Option<MessagePath>, StoreError> {
        let limit = request.limit.clamp(1, Self::MAX_MESSAGES);
        let path = |leaf, from_depth, limit| {
            let part = PathPart {
                keep: Keep::Newest,
                ..PathPart::page(from_depth, limit)
            };
            self.messages.path(key, leaf, part, at_least)
        };
        if let Some(before) = request.before_depth {
            let from = before.saturating_sub(limit);
            return path(leaf, from, before - from).await;
        }
        // Nearly every path is read whole by this, and no other statement is needed.
        let Some(whole) = path(leaf, 0, limit).await? else {
            return Ok(None);
        };
        let Some(leaf) = whole.leaf.filter(|_| whole.next_depth().is_some()) else {
            return Ok(Some(whole));
        };
        let from = (whole.leaf_depth + 1).saturating_sub(limit);
        path(Some(leaf), from, limit).await
    }
}
