//! Read the messages on one path.

use std::sync::Arc;

use parlor_domain::{
    access::Action,
    ids::{ConversationId, MessageId},
};

use crate::{
    access_gate::{AccessError, AccessGate, Part},
    caller::Caller,
    paging::{Page, PageSize},
    ports::{ConversationKey, MessageReader, MessageView},
};

/// Lists the messages from the first one to a leaf, oldest first.
pub struct ListMessages {
    gate: Arc<AccessGate>,
    messages: Arc<dyn MessageReader>,
}

/// Where the next page of a path begins. It names the leaf, so that a message that comes meanwhile does not bend the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PathCursor {
    /// The leaf of the first page.
    pub leaf: MessageId,
    /// The depth of the next page's first message.
    pub depth: u32,
}

/// Which page of which path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathRequest {
    /// The first page of the path to this leaf, or to the newest one.
    From(Option<MessageId>),
    /// A further page.
    After(PathCursor),
}

impl ListMessages {
    /// The use case behind this gate.
    pub const fn new(gate: Arc<AccessGate>, messages: Arc<dyn MessageReader>) -> Self {
        Self { gate, messages }
    }

    /// One page.
    pub async fn execute(
        &self,
        caller: &Caller,
        id: ConversationId,
        request: PathRequest,
        size: PageSize,
    ) -> Result<Page<MessageView, PathCursor>, AccessError> {
        self.gate
            .read(caller, id, Action::Read, Part::Messages)
            .await?;
        let key = ConversationKey {
            organization_id: caller.organization_id(),
            conversation_id: id,
        };
        let (leaf, from_depth) = match request {
            PathRequest::From(leaf) => (leaf, 0),
            PathRequest::After(cursor) => (Some(cursor.leaf), cursor.depth),
        };
        let path = self
            .messages
            .path(key, leaf, from_depth, size.and_one())
            .await?;
        let path = path.ok_or(AccessError::NotFound)?;
        let page = Page::cut(path.messages, size, |last| last.message.depth + 1);
        let next = page
            .next
            .zip(path.leaf)
            .map(|(depth, leaf)| PathCursor { leaf, depth });
        Ok(Page {
            items: page.items,
            next,
        })
    }
}
