//! Prompt a model.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use parlor_domain::{
    access::{Access, Action},
    ids::ConversationId,
    message::{Message, MessageKind},
    message_tree::{Place, Slot, slot_after},
    text::Content,
};

use super::write::{
    Admitted, PromptLimit, Prompted, WriteError, admit, choose_model, prompt_and_answer,
    prompt_entry,
};
use crate::{
    access_gate::{AccessGate, OpenConversation},
    answering::AnswerDesk,
    caller::Caller,
    idempotency::{IdempotencyKey, keep_outcome},
    ports::{MessageRepository, ModelCatalog},
};

/// Sends a prompt and begins the answer to it. Needs collaborate access and `run_ai`.
///
/// One transaction stores the prompt and an empty answer; the answer is then written on the service's own account (see
/// [`AnswerDesk`]), whether or not the caller stays.
pub struct PromptConversation {
    gate: Arc<AccessGate>,
    catalog: Arc<dyn ModelCatalog>,
    desk: Arc<AnswerDesk>,
    limit: PromptLimit,
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
    /// The model to ask; without one, that of the newest answer before the prompt, or the default.
    pub model: Option<String>,
    /// The client's key for this request.
    pub idempotency_key: Option<IdempotencyKey>,
}

impl PromptConversation {
    /// The use case behind this gate, within this limit.
    pub const fn new(
        gate: Arc<AccessGate>,
        catalog: Arc<dyn ModelCatalog>,
        desk: Arc<AnswerDesk>,
        limit: PromptLimit,
    ) -> Self {
        Self {
            gate,
            catalog,
            desk,
            limit,
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
        let key = request.idempotency_key.as_ref();
        let admitted = admit(
            &self.gate,
            &self.limit,
            caller,
            Some(request.conversation_id),
            key,
            now,
        );
        let uow = match admitted.await? {
            Admitted::New(uow) => uow,
            Admitted::Earlier(earlier) => {
                return self.desk.replay(&self.gate, caller, earlier).await;
            }
        };
        let id = request.conversation_id;
        let prompt = |open| self.store(caller, open, request, now);
        let stored = self.gate.step_in(uow, caller, id, Action::Prompt, prompt);
        let (access, answer) = stored.await?;
        self.desk.begin(&self.gate, caller, &access, &answer).await
    }

    /// Stores the prompt and the empty answer to it.
    async fn store(
        &self,
        caller: &Caller,
        open: OpenConversation,
        request: PromptRequest,
        now: DateTime<Utc>,
    ) -> Result<(Access, Message), WriteError> {
        let OpenConversation {
            mut uow,
            mut conversation,
            access,
            ..
        } = open;
        let found = find_slot(uow.messages(), conversation.id, request.place).await?;
        let (parent, slot) = found;
        let before = model_before(uow.messages(), parent).await?;
        let model = choose_model(&self.catalog, request.model.as_deref(), before.as_deref())?;

        let pair = (conversation.id, slot);
        let pair = prompt_and_answer(&self.gate, caller, pair, request.content, model, now)?;
        let [prompt, answer] = &pair;
        conversation.note_prompt(prompt.content.as_str(), now);

        uow.messages().insert(&pair).await?;
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
        let under = (&access, conversation.version);
        let entry = prompt_entry(&self.gate, caller, &pair, under, now);
        uow.commit(entry.into()).await?;
        let [_, answer] = pair;
        Ok((access, answer))
    }
}

/// Where the prompt goes. What it follows is looked up only where that is not the newest message.
async fn find_slot(
    messages: &mut dyn MessageRepository,
    conversation_id: ConversationId,
    place: Place,
) -> Result<(Option<Message>, Slot), WriteError> {
    let newest = messages.find_newest(conversation_id).await?;
    let last_position = newest.as_ref().map_or(0, |newest| newest.position);
    let parent = match place {
        Place::First => None,
        Place::NewestLeaf => newest,
        Place::After(id) if newest.as_ref().is_some_and(|newest| newest.id == id) => newest,
        Place::After(id) => {
            let parent = messages.find(conversation_id, id).await?;
            Some(parent.ok_or(WriteError::UnknownMessage)?)
        }
    };
    let slot = slot_after(parent.as_ref(), last_position)?;
    Ok((parent, slot))
}

/// The model of the newest answer on the path to `parent`. That is mostly `parent` itself, so that nothing is looked up.
async fn model_before(
    messages: &mut dyn MessageRepository,
    mut parent: Option<Message>,
) -> Result<Option<String>, WriteError> {
    while let Some(message) = parent {
        if let MessageKind::Answer { model, .. } = message.kind {
            return Ok(Some(model));
        }
        parent = match message.parent_id {
            Some(id) => messages.find(message.conversation_id, id).await?,
            None => None,
        };
    }
    Ok(None)
}
