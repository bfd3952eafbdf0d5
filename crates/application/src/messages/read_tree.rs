//! Read the map of a conversation.

use std::sync::Arc;

use parlor_domain::{access::Action, ids::ConversationId};

use crate::{
    access_gate::{AccessError, AccessGate, ConversationView, Part},
    caller::{Caller, Visitor},
    paging::{Page, PageSize},
    ports::{MessageNode, MessageReader},
};

/// Lists all messages of a conversation, shortened, in the order in which they came.
pub struct ReadTree {
    gate: Arc<AccessGate>,
    messages: Arc<dyn MessageReader>,
}

/// A part of a map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreePart {
    /// What it is the map of.
    pub conversation: ConversationView,
    /// The messages, in the order in which they came.
    pub nodes: Vec<MessageNode>,
    /// After which position the next part begins; none where this is the last.
    pub next: Option<u32>,
}

impl ReadTree {
    /// The most messages of one part of a map.
    pub const MAP_MESSAGES: u32 = 1_000;

    /// The use case behind this gate.
    pub const fn new(gate: Arc<AccessGate>, messages: Arc<dyn MessageReader>) -> Self {
        Self { gate, messages }
    }

    /// One page: what came after the message at position `after` (0: from the beginning).
    pub async fn execute(
        &self,
        caller: &Caller,
        id: ConversationId,
        after: u32,
        size: PageSize,
    ) -> Result<Page<MessageNode, u32>, AccessError> {
        let view = self.gate.read(caller, id, Action::Read, Part::Tree).await?;
        let (_, nodes) = self.nodes(caller, view, after, size.and_one()).await?;
        Ok(Page::cut(nodes, size, |last| last.position))
    }

    /// The same for a visitor.
    pub async fn execute_as(
        &self,
        visitor: Visitor,
        id: ConversationId,
        after: u32,
        size: PageSize,
    ) -> Result<Page<MessageNode, u32>, AccessError> {
        let gate = &self.gate;
        let (caller, view) = gate.read_as(visitor, id, Action::Read, Part::Tree).await?;
        let (_, nodes) = self.nodes(&caller, view, after, size.and_one()).await?;
        Ok(Page::cut(nodes, size, |last| last.position))
    }

    /// So much as one draws at once, with the conversation that it is of: at most [`ReadTree::MAP_MESSAGES`] that came after the
    /// message at position `after`, and the position after which the next part begins, if there is one.
    pub async fn map(
        &self,
        caller: &Caller,
        id: ConversationId,
        after: u32,
    ) -> Result<TreePart, AccessError> {
        let limit = Self::MAP_MESSAGES;
        let view = self.gate.read(caller, id, Action::Read, Part::Tree).await?;
        let (conversation, mut nodes) = self.nodes(caller, view, after, limit + 1).await?;
        let is_cut = nodes.len() > limit as usize;
        nodes.truncate(limit as usize);
        let last = nodes.last().filter(|_| is_cut);
        Ok(TreePart {
            conversation,
            next: last.map(|last| last.position),
            nodes,
        })
    }

    async fn nodes(
        &self,
        caller: &Caller,
        view: ConversationView,
        after: u32,
        limit: u32,
    ) -> Result<(ConversationView, Vec<MessageNode>), AccessError> {
        let id = view.summary.id;
        let key = caller.key_of(id);
        let nodes = self
            .messages
            .tree(key, after, limit, caller.newest_seen())
            .await?;
        Ok((view, nodes))
    }
}
