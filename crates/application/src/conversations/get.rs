//! Read one conversation.

use std::sync::Arc;

use parlor_domain::{access::Action, ids::ConversationId};

use crate::{
    access_gate::{AccessError, AccessGate, ConversationView, Part},
    caller::{Caller, Visitor},
};

/// Reads one conversation, without its messages.
pub struct GetConversation {
    gate: Arc<AccessGate>,
}

impl GetConversation {
    /// The use case behind this gate.
    pub const fn new(gate: Arc<AccessGate>) -> Self {
        Self { gate }
    }

    /// The conversation with what the caller may do with it.
    pub async fn execute(
        &self,
        caller: &Caller,
        id: ConversationId,
    ) -> Result<ConversationView, AccessError> {
        self.gate
            .read(caller, id, Action::Read, Part::Conversation)
            .await
    }

    /// The same for a page that asks before an action. Who may not do that is refused.
    pub async fn execute_before(
        &self,
        caller: &Caller,
        id: ConversationId,
        next: Action,
    ) -> Result<ConversationView, AccessError> {
        let shown = (Action::Read, Part::Conversation);
        self.gate.read_before(caller, id, next, shown).await
    }

    /// The same for a visitor.
    pub async fn execute_as(
        &self,
        visitor: Visitor,
        id: ConversationId,
    ) -> Result<ConversationView, AccessError> {
        let (_, view) = self
            .gate
            .read_as(visitor, id, Action::Read, Part::Conversation)
            .await?;
        Ok(view)
    }
}
