//! Create a conversation.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use parlor_domain::{
    access::Action,
    audit::{ActionName, AuditEntry, Fact},
    conversation::{Conversation, NewConversation, PrivateConversationsDisabled},
    grants::PrivacyKind,
    principal::{Permission, Principal},
    text::Title,
};

use crate::{
    access_gate::{AccessError, AccessGate, ConversationView, Part, Viewpoint},
    caller::{Caller, Visitor},
    idempotency::{IdempotencyError, IdempotencyKey, earlier_outcome, keep_outcome},
    ports::{StoreError, UnitOfWork, UserRef},
};

/// What creating a conversation needs.
pub(crate) const NEEDED_TO_CREATE: &[Permission] = &[Permission::RunAi];

/// Creates a conversation, owned by the caller. Needs `run_ai`.
pub struct CreateConversation {
    gate: Arc<AccessGate>,
}

/// What to create.
#[derive(Debug, Clone, Default)]
pub struct NewConversationRequest {
    /// Its title; without one the first prompt names it.
    pub title: Option<Title>,
    /// Private or shared; without a wish as the organization's setting says.
    pub privacy: Option<PrivacyKind>,
    /// The client's key for this request.
    pub idempotency_key: Option<IdempotencyKey>,
}

/// Why nothing was created.
#[derive(Debug, thiserror::Error)]
pub enum CreateConversationError {
    /// Not allowed, or the earlier answer is not to be seen any more.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// It cannot be private in this organization.
    #[error(transparent)]
    PrivateConversationsDisabled(#[from] PrivateConversationsDisabled),
    /// The idempotency key does not fit.
    #[error(transparent)]
    Idempotency(#[from] IdempotencyError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CreateConversation {
    /// The use case behind this gate.
    pub const fn new(gate: Arc<AccessGate>) -> Self {
        Self { gate }
    }

    /// Creates the conversation, or finds the one that an earlier request with the same key created.
    pub async fn execute(
        &self,
        caller: &Caller,
        request: NewConversationRequest,
    ) -> Result<ConversationView, CreateConversationError> {
        let mut uow = self.gate.units.begin(caller.organization_id()).await?;
        let principal = self.gate.principal(uow.as_mut(), caller).await?;
        self.create(caller, principal, uow, request).await
    }

    /// The same for a visitor, who is looked up in the transaction that creates the conversation.
    pub async fn execute_as(
        &self,
        visitor: Visitor,
        request: NewConversationRequest,
    ) -> Result<ConversationView, CreateConversationError> {
        let organization_id = visitor.identity.organization_id;
        let mut uow = self.gate.units.begin(organization_id).await?;
        let caller = self.gate.meet(uow.as_mut(), visitor).await?;
        let principal = caller.principal().clone();
        self.create(&caller, principal, uow, request).await
    }

    async fn create(
        &self,
        caller: &Caller,
        principal: Principal,
        uow: Box<dyn UnitOfWork>,
        request: NewConversationRequest,
    ) -> Result<ConversationView, CreateConversationError> {
        let has_key = request.idempotency_key.is_some();
        let created = self.create_once(caller, principal, uow, request.clone());
        match created.await {
            // A request with the same key was faster. It is committed, so this one finds what it stored.
            Err(CreateConversationError::Store(StoreError::Conflict)) if has_key => {
                let mut uow = self.gate.units.begin(caller.organization_id()).await?;
                let principal = self.gate.principal(uow.as_mut(), caller).await?;
                self.create_once(caller, principal, uow, request).await
            }
            outcome => outcome,
        }
    }

    async fn create_once(
        &self,
        caller: &Caller,
        principal: Principal,
        mut uow: Box<dyn UnitOfWork>,
        request: NewConversationRequest,
    ) -> Result<ConversationView, CreateConversationError> {
        let now = self.gate.clock.now();
        if let Some(earlier) =
            earlier_outcome(uow.as_mut(), caller, request.idempotency_key.as_ref(), now).await?
        {
            drop(uow);
            return Ok(self
                .gate
                .read(
                    caller,
                    earlier.conversation_id,
                    Action::Read,
                    Part::Conversation,
                )
                .await?);
        }
        if !principal.may(Permission::RunAi) {
            drop(uow);
            return Err(self
                .gate
                .refuse_permission(caller, NEEDED_TO_CREATE, ActionName::ConversationCreate)
                .await
                .into());
        }
        let settings = uow.directory().settings().await?;
        let new = NewConversation {
            id: self.gate.ids.conversation(),
            organization_id: caller.organization_id(),
            owner_id: caller.user_id(),
            title: request.title,
            privacy: request.privacy,
            created_at: now,
        };
        let conversation = Conversation::create(new, settings)?;
        uow.conversations().insert(&conversation).await?;
        keep_outcome(
            uow.as_mut(),
            caller,
            request.idempotency_key,
            conversation.id,
            None,
            now,
        )
        .await?;

        let view = own_view(caller, principal, conversation);
        let entry = creation_entry(&self.gate, caller, &view, now);
        uow.commit(entry.into()).await?;
        Ok(view)
    }
}

/// The entry of a conversation that the caller creates.
pub(crate) fn creation_entry(
    gate: &AccessGate,
    caller: &Caller,
    view: &ConversationView,
    now: DateTime<Utc>,
) -> AuditEntry {
    gate.entry(caller, ActionName::ConversationCreate, now)
        .about(view.summary.id)
        .with("privacy", Fact::Word(view.summary.privacy.as_str()))
        .under(&view.access)
        .at_version(view.summary.version)
}

/// A conversation that the caller has just come to own.
pub(crate) fn own_view(
    caller: &Caller,
    principal: Principal,
    conversation: Conversation,
) -> ConversationView {
    let viewpoint = Viewpoint {
        principal,
        owner: UserRef {
            id: caller.user_id(),
            name: caller.member.name.clone(),
        },
        forked_from: conversation.forked_from,
    };
    viewpoint.view(conversation)
}
