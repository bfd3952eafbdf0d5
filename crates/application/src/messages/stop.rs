//! Stop an answer that is being written.

use std::sync::Arc;

use parlor_domain::{
    access::Action,
    audit::{ActionName, Fact},
    ids::{ConversationId, MessageId},
    message::Role,
};

use super::write::WriteError;
use crate::{
    access_gate::{AccessGate, OpenConversation, Part, Shown},
    answering::AnswerDesk,
    caller::Caller,
    ports::{MessageReader, MessageView},
};

/// Stops an answer; what was written stays. Needs what prompting needs.
pub struct StopAnswer {
    gate: Arc<AccessGate>,
    messages: Arc<dyn MessageReader>,
    desk: Arc<AnswerDesk>,
}

impl StopAnswer {
    /// The use case behind this gate.
    pub const fn new(
        gate: Arc<AccessGate>,
        messages: Arc<dyn MessageReader>,
        desk: Arc<AnswerDesk>,
    ) -> Self {
        Self {
            gate,
            messages,
            desk,
        }
    }

    /// Stops it and answers it as it is then. An answer that has ended already stays as it is, which is not audited, unless
    /// showing it rests on privilege alone.
    pub async fn execute(
        &self,
        caller: &Caller,
        conversation_id: ConversationId,
        id: MessageId,
    ) -> Result<MessageView, WriteError> {
        let stop = |open| self.stop(caller, open, id);
        let action = Action::Stop;
        self.gate.step(caller, conversation_id, action, stop).await
    }

    async fn stop(
        &self,
        caller: &Caller,
        open: OpenConversation,
        id: MessageId,
    ) -> Result<MessageView, WriteError> {
        let now = self.gate.clock.now();
        let OpenConversation {
            mut uow,
            conversation,
            access,
            ..
        } = open;
        let conversation_id = conversation.id;
        if uow.messages().stop(conversation_id, id).await? {
            let entry = self
                .gate
                .entry(caller, ActionName::ConversationPrompt, now)
                .about(conversation_id)
                .with("act", Fact::Word("stop"))
                .with("answerId", Fact::Id(id.as_uuid()))
                .under(&access)
                .at_version(conversation.version);
            uow.commit(entry.into()).await?;
            self.desk.stop(id);
            return self.find(caller, conversation_id, id).await;
        }
        drop(uow);
        let ended = self.find(caller, conversation_id, id).await?;
        if ended.message.role() != Role::Assistant {
            return Err(WriteError::NotAnAnswer);
        }
        let shown = Shown {
            id: conversation_id,
            version: conversation.version,
            action: Action::Read,
            part: Part::Messages,
        };
        self.gate.record_reading(caller, &access, shown).await?;
        Ok(ended)
    }

    async fn find(
        &self,
        caller: &Caller,
        conversation_id: ConversationId,
        id: MessageId,
    ) -> Result<MessageView, WriteError> {
        let key = caller.key_of(conversation_id);
        let found = self.messages.find(key, id).await?;
        found.ok_or(WriteError::UnknownMessage)
    }
}
