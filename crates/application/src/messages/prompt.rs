//! Prompt a model.

use std::sync::Arc;

use parlor_domain::{
    access::Action,
    audit::{ActionName, Fact},
    ids::ConversationId,
    message::{Message, MessageKind},
    message_tree::{Place, slot_after},
    text::Content,
};

use super::write::{Prompted, WriteError, choose_model, empty_answer};
use crate::{
    access_gate::{AccessGate, OpenConversation},
    answering::AnswerDesk,
    caller::Caller,
    idempotency::{IdempotencyKey, earlier_outcome, keep_outcome},
    ports::{MessageRepository, ModelCatalog, StoreError},
};

/// Sends a prompt and begins the answer to it. Needs collaborate access and `run_ai`.
///
/// One transaction stores the prompt and an empty answer; the answer is then written on the service's own account (see
/// [`AnswerDesk`]), whether or not the caller stays.
pub struct PromptConversation {
    gate: Arc<AccessGate>,
    catalog: Arc<dyn ModelCatalog>,
    desk: Arc<AnswerDesk>,
}

/// What to ask, and where.
#[derive(Debug, Clone)]
pub struct PromptRequest {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// What to ask.
    pub content: Content,
    /// What it follows.
    pub place: Place,
    /// The model to ask; without one the default.
    pub model: Option<String>,
    /// The client's key for this request.
    pub idempotency_key: Option<IdempotencyKey>,
}

impl PromptConversation {
    /// The use case behind this gate.
    pub const fn new(
        gate: Arc<AccessGate>,
        catalog: Arc<dyn ModelCatalog>,
        desk: Arc<AnswerDesk>,
    ) -> Self {
        Self {
            gate,
            catalog,
            desk,
        }
    }

    /// Stores the prompt and begins the answer, or finds what an earlier request with the same key began.
    ///
    /// Runs to its end even if the caller goes away: an answer that is stored as begun must find its writer.
    pub async fn execute(
        self: &Arc<Self>,
        caller: Caller,
        request: PromptRequest,
    ) -> Result<Prompted, WriteError> {
        let this = Arc::clone(self);
        let beginning = async move { this.begin(&caller, request).await };
        self.desk.take(beginning).await
    }

    async fn begin(&self, caller: &Caller, request: PromptRequest) -> Result<Prompted, WriteError> {
        let now = self.gate.clock.now();
        let mut uow = self.gate.units.begin(caller.organization_id()).await?;
        if let Some(earlier) =
            earlier_outcome(uow.as_mut(), caller, request.idempotency_key.as_ref(), now).await?
        {
            drop(uow);
            return self.desk.replay(&self.gate, caller, earlier).await;
        }
        let OpenConversation {
            mut uow,
            mut conversation,
            access,
        } = self
            .gate
            .open_in(uow, caller, request.conversation_id, Action::Prompt)
            .await?;
        let model = choose_model(&self.catalog, request.model)?;

        let parent = find_parent(uow.messages(), conversation.id, request.place).await?;
        let newest = uow.messages().find_newest(conversation.id).await?;
        let slot = slot_after(parent.as_ref(), newest.map_or(0, |newest| newest.position))?;
        let prompt = Message {
            id: self.gate.ids.message(),
            conversation_id: conversation.id,
            parent_id: slot.parent_id,
            position: slot.position,
            depth: slot.depth,
            content: request.content,
            created_at: now,
            kind: MessageKind::Prompt {
                author_id: caller.user_id(),
            },
        };
        let slot = slot_after(Some(&prompt), prompt.position)?;
        let answer = empty_answer(self.gate.ids.message(), conversation.id, slot, model, now);
        conversation.note_prompt(prompt.content.as_str(), now);

        let pair = [prompt, answer];
        uow.messages().insert(&pair).await?;
        let [prompt, answer] = pair;
        uow.conversations().update(&conversation).await?;
        keep_outcome(
            uow.as_mut(),
            caller,
            request.idempotency_key,
            conversation.id,
            Some(answer.id),
            now,
        )
        .await?;
        let entry = self
            .gate
            .entry(caller, ActionName::ConversationPrompt, now)
            .about(conversation.id)
            .with("act", Fact::Word("prompt"))
            .with("messageId", Fact::Id(prompt.id.as_uuid()))
            .with("answerId", Fact::Id(answer.id.as_uuid()))
            .under(&access)
            .at_version(conversation.version);
        uow.commit(entry.into()).await?;
        self.desk.begin(caller, prompt.id, &answer).await
    }
}

async fn find_parent(
    messages: &mut dyn MessageRepository,
    conversation_id: ConversationId,
    place: Place,
) -> Result<Option<Message>, WriteError> {
    let parent: Result<_, StoreError> = match place {
        Place::First => return Ok(None),
        Place::NewestLeaf => return Ok(messages.find_newest(conversation_id).await?),
        Place::After(id) => messages.find(conversation_id, id).await,
    };
    parent?.ok_or(WriteError::UnknownMessage).map(Some)
}

#[cfg(test)]
mod tests;
