//! Read the map of a conversation.

use std::sync::Arc;

use parlor_domain::{access::Action, ids::ConversationId};

use crate::{
    access_gate::{AccessError, AccessGate, Part},
    caller::Caller,
    paging::{Page, PageSize},
    ports::{ConversationKey, MessageNode, MessageReader},
};

/// Lists all messages of a conversation, shortened, in the order in which they came.
pub struct ReadTree {
    gate: Arc<AccessGate>,
    messages: Arc<dyn MessageReader>,
}

impl ReadTree {
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
        self.gate.read(caller, id, Action::Read, Part::Tree).await?;
        let key = ConversationKey {
            organization_id: caller.organization_id(),
            conversation_id: id,
        };
        let nodes = self.messages.tree(key, after, size.and_one()).await?;
        Ok(Page::cut(nodes, size, |last| last.position))
    }
}
