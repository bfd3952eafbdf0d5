//! Read the messages on one path.

use std::sync::Arc;

use parlor_domain::{
    access::Action,
    ids::{ConversationId, MessageId},
};

use crate::{
    access_gate::{AccessError, AccessGate, Part},
    caller::{Caller, Visitor},
    paging::{Page, PageSize},
    ports::{MessageReader, MessageView, PathPart},
};

/// Lists the messages from the first one to a leaf, oldest first. A page ends early where its messages are long
/// ([`PathPart::PAGE_BYTES`]).
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
        self.page(caller, id, request, size).await
    }

    /// One page, for a visitor.
    pub async fn execute_as(
        &self,
        visitor: Visitor,
        id: ConversationId,
        request: PathRequest,
        size: PageSize,
    ) -> Result<Page<MessageView, PathCursor>, AccessError> {
        let (caller, _) = self
            .gate
            .read_as(visitor, id, Action::Read, Part::Messages)
            .await?;
        self.page(&caller, id, request, size).await
    }

    async fn page(
        &self,
        caller: &Caller,
        id: ConversationId,
        request: PathRequest,
        size: PageSize,
    ) -> Result<Page<MessageView, PathCursor>, AccessError> {
        let key = caller.key_of(id);
        let (leaf, from_depth) = match request {
            PathRequest::From(leaf) => (leaf, 0),
            PathRequest::After(cursor) => (Some(cursor.leaf), cursor.depth),
        };
        let path = self
            .messages
            .path(
                key,
                leaf,
                PathPart::page(from_depth, size.get()),
                caller.newest_seen(),
            )
            .await?;
        let path = path.ok_or(AccessError::NotFound)?;
        let next = path.next_depth().zip(path.leaf);
        Ok(Page {
            next: next.map(|(depth, leaf)| PathCursor { leaf, depth }),
            items: path.messages,
        })
    }
}
