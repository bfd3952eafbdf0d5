//! Read one conversation.

use std::sync::Arc;

use parlor_domain::{access::Action, ids::ConversationId};

use crate::{
    access_gate::{AccessError, AccessGate, ConversationView, Part},
    caller::Caller,
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
}
