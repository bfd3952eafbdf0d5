//! Start a conversation with its first prompt.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use parlor_domain::{
    access::{Access, Action},
    audit::{ActionName, AuditEntries},
    conversation::{Conversation, FirstPrompt, PrivateConversationsDisabled},
    ids::ConversationId,
    message::Message,
    message_tree::slot_after,
    principal::Permission,
    text::Content,
};

use super::write::{
    Admitted, PromptLimit, WriteError, admit, choose_model, prompt_and_answer, prompt_entry,
};
use crate::{
    access_gate::{AccessError, AccessGate, Part},
    answering::AnswerDesk,
    caller::Caller,
    conversations::{NEEDED_TO_CREATE, creation_entry, own_view},
    idempotency::{IdempotencyKey, keep_outcome},
    ports::{ModelCatalog, StoreError, UnitOfWork},
};

/// Creates a conversation with its first prompt, and begins the answer. Needs `run_ai`.
///
/// One transaction stores the conversation, the prompt, the empty answer and the entries of both acts. A request that is refused or
/// lost stores none of them. The answer is then written on the service's own account, as after every prompt (see [`AnswerDesk`]).
pub struct StartConversation {
    gate: Arc<AccessGate>,
    catalog: Arc<dyn ModelCatalog>,
    desk: Arc<AnswerDesk>,
    limit: PromptLimit,
}

/// What to start a conversation with.
#[derive(Debug, Clone)]
pub struct StartRequest {
    /// What to ask the default model.
    pub content: Content,
    /// The user was told that the conversation will be private: where the organization has switched that off meanwhile, it is
    /// refused.
    pub must_be_private: bool,
    /// The client's key for this request.
    pub idempotency_key: Option<IdempotencyKey>,
}

impl StartConversation {
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

    /// Refuses a caller who cannot start a conversation, whatever they would ask. The refusal is audited.
    pub async fn require(&self, caller: &Caller) -> Result<(), AccessError> {
        let principal = caller.principal();
        let action = ActionName::ConversationCreate;
        self.gate
            .require(caller, principal, NEEDED_TO_CREATE, action)
            .await
    }

    /// Starts the conversation, or finds the one that an earlier request with the same key started.
    ///
    /// Runs to its end even if the caller goes away: an answer that is stored as begun must find its writer.
    pub async fn execute(
        self: &Arc<Self>,
        caller: Caller,
        request: StartRequest,
    ) -> Result<ConversationId, WriteError> {
        let this = Arc::clone(self);
        let beginning = async move { this.begin(&caller, request).await };
        self.desk.take(beginning).await
    }

    async fn begin(
        &self,
        caller: &Caller,
        request: StartRequest,
    ) -> Result<ConversationId, WriteError> {
        let has_key = request.idempotency_key.is_some();
        match self.begin_once(caller, request.clone()).await {
            // A request with the same key was faster. It is committed, so this one finds what it stored.
            Err(WriteError::Store(StoreError::Conflict)) if has_key => {
                self.begin_once(caller, request).await
            }
            outcome => outcome,
        }
    }

    async fn begin_once(
        &self,
        caller: &Caller,
        request: StartRequest,
    ) -> Result<ConversationId, WriteError> {
        let now = self.gate.clock.now();
        let key = request.idempotency_key.as_ref();
        let uow = match admit(&self.gate, &self.limit, caller, None, key, now).await? {
            Admitted::New(uow) => uow,
            Admitted::Earlier(earlier) => {
                let id = earlier.conversation_id;
                let read = self.gate.read(caller, id, Action::Read, Part::Conversation);
                return Ok(read.await?.summary.id);
            }
        };
        let (access, answer) = self.store(caller, uow, request, now).await?;
        self.desk
            .begin(&self.gate, caller, &access, &answer)
            .await?;
        Ok(answer.conversation_id)
    }

    /// Stores the conversation, the prompt and the empty answer to it.
    async fn store(
        &self,
        caller: &Caller,
        mut uow: Box<dyn UnitOfWork>,
        request: StartRequest,
        now: DateTime<Utc>,
    ) -> Result<(Access, Message), WriteError> {
        let principal = self.gate.principal(uow.as_mut(), caller).await?;
        if !principal.may(Permission::RunAi) {
            drop(uow);
            let action = ActionName::ConversationCreate;
            let refused = self
                .gate
                .refuse_permission(caller, NEEDED_TO_CREATE, action);
            return Err(refused.await.into());
        }
        let settings = uow.directory().settings().await?;
        if request.must_be_private && !settings.private_conversations {
            return Err(PrivateConversationsDisabled.into());
        }
        let model = choose_model(&self.catalog, None, None)?;
        let first = FirstPrompt {
            id: self.gate.ids.conversation(),
            organization_id: caller.organization_id(),
            owner_id: caller.user_id(),
            content: &request.content,
            created_at: now,
        };
        let conversation = Conversation::start(first, settings);
        let place = (conversation.id, slot_after(None, 0)?);
        let pair = prompt_and_answer(&self.gate, caller, place, request.content, model, now)?;
        let [_, answer] = &pair;

        uow.conversations().insert(&conversation).await?;
        uow.messages().insert(&pair).await?;
        keep_outcome(
            uow.as_mut(),
            caller,
            request.idempotency_key,
            conversation.id,
            Some(answer.id),
            now,
        )
        .await?;
        let view = own_view(caller, principal, conversation);
        let created = creation_entry(&self.gate, caller, &view, now);
        let under = (&view.access, view.summary.version);
        let prompted = prompt_entry(&self.gate, caller, &pair, under, now);
        uow.commit(AuditEntries::new(created, vec![prompted]))
            .await?;
        let [_, answer] = pair;
        Ok((view.access, answer))
    }
}
