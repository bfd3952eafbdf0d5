//! Ask for another answer beside one that is there.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use parlor_domain::{
    access::{Access, Action},
    audit::{ActionName, Fact},
    ids::{ConversationId, MessageId},
    message::{Message, Role},
    message_tree::slot_beside,
};

use super::write::{
    Admitted, PromptLimit, Prompted, WriteError, admit, choose_model, empty_answer,
};
use crate::{
    access_gate::{AccessGate, OpenConversation},
    answering::AnswerDesk,
    caller::Caller,
    idempotency::{IdempotencyKey, keep_outcome},
    ports::ModelCatalog,
};

/// Asks again: another answer to the same prompt, as a sibling. Needs collaborate access and `run_ai`.
pub struct RegenerateAnswer {
    gate: Arc<AccessGate>,
    catalog: Arc<dyn ModelCatalog>,
    desk: Arc<AnswerDesk>,
    limit: PromptLimit,
}

/// Which answer to ask for again.
#[derive(Debug, Clone)]
pub struct RegenerateRequest {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The answer that is there; it stays.
    pub message_id: MessageId,
    /// The model to ask; without one, the one that gave the answer.
    pub model: Option<String>,
    /// The client's key for this request.
    pub idempotency_key: Option<IdempotencyKey>,
}

impl RegenerateAnswer {
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

    /// Begins another answer, or finds what an earlier request with the same key began.
    ///
    /// Runs to its end even if the caller goes away: an answer that is stored as begun must find its writer.
    pub async fn execute(
        self: &Arc<Self>,
        caller: Caller,
        request: RegenerateRequest,
    ) -> Result<Prompted, WriteError> {
        let this = Arc::clone(self);
        let beginning = async move { this.begin(&caller, request).await };
        self.desk.take(beginning).await
    }

    async fn begin(
        &self,
        caller: &Caller,
        request: RegenerateRequest,
    ) -> Result<Prompted, WriteError> {
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
        let regenerate = |open| self.store(caller, open, request, now);
        let stored = self
            .gate
            .step_in(uow, caller, id, Action::Prompt, regenerate);
        let (access, answer) = stored.await?;
        self.desk.begin(&self.gate, caller, &access, &answer).await
    }

    /// Stores the empty answer.
    async fn store(
        &self,
        caller: &Caller,
        open: OpenConversation,
        request: RegenerateRequest,
        now: DateTime<Utc>,
    ) -> Result<(Access, Message), WriteError> {
        let OpenConversation {
            mut uow,
            mut conversation,
            access,
            ..
        } = open;
        let old = uow
            .messages()
            .find(conversation.id, request.message_id)
            .await?;
        let old = old.ok_or(WriteError::UnknownMessage)?;
        if old.role() != Role::Assistant || old.parent_id.is_none() {
            return Err(WriteError::NotAnAnswer);
        }
        let model = choose_model(&self.catalog, request.model.as_deref(), old.model())?;
        let newest = uow.messages().find_newest(conversation.id).await?;
        let slot = slot_beside(&old, newest.map_or(0, |newest| newest.position))?;
        let answer = empty_answer(self.gate.ids.message(), conversation.id, slot, model, now);
        conversation.last_activity_at = conversation.last_activity_at.max(now);

        uow.messages().insert(std::slice::from_ref(&answer)).await?;
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
            .with("act", Fact::Word("regenerate"))
            .with("messageId", Fact::Id(old.id.as_uuid()))
            .with("answerId", Fact::Id(answer.id.as_uuid()))
            .under(&access)
            .at_version(conversation.version);
        uow.commit(entry.into()).await?;
        Ok((access, answer))
    }
}
