//! Export a conversation.

use std::sync::Arc;

use parlor_domain::{
    access::Action,
    audit::{ActionName, Fact},
    ids::ConversationId,
};

use crate::{
    access_gate::{AccessError, AccessGate, ConversationView},
    caller::Caller,
    ports::{ConversationKey, MessageReader, MessageView},
};

/// Reads a whole conversation, its branches too, for taking it away. Every export is audited.
pub struct ExportConversation {
    gate: Arc<AccessGate>,
    messages: Arc<dyn MessageReader>,
}

/// The form that the caller takes it away in; told to the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// One JSON document.
    Json,
    /// Markdown for people.
    Markdown,
}

impl ExportFormat {
    /// The stable word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Markdown => "markdown",
        }
    }
}

/// Everything that one may take away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedConversation {
    /// The conversation.
    pub conversation: ConversationView,
    /// All messages, in the order in which they came.
    pub messages: Vec<MessageView>,
}

impl ExportConversation {
    /// The use case behind this gate.
    pub const fn new(gate: Arc<AccessGate>, messages: Arc<dyn MessageReader>) -> Self {
        Self { gate, messages }
    }

    /// Reads everything, then records that it was exported, then answers.
    pub async fn execute(
        &self,
        caller: &Caller,
        id: ConversationId,
        format: ExportFormat,
    ) -> Result<ExportedConversation, AccessError> {
        let conversation = self.gate.authorize(caller, id, Action::Read).await?;
        let key = ConversationKey {
            organization_id: caller.organization_id(),
            conversation_id: id,
        };
        let messages = self.messages.all(key).await?;
        let entry = self
            .gate
            .entry(
                caller,
                ActionName::ConversationExport,
                self.gate.clock.now(),
            )
            .about(id)
            .with("format", Fact::Word(format.as_str()))
            .with("messages", Fact::Count(messages.len() as u64))
            .under(&conversation.access)
            .at_version(conversation.summary.version);
        self.gate.recorder.record(&entry).await?;
        Ok(ExportedConversation {
            conversation,
            messages,
        })
    }
}
