//! The way to a conversation for a change: everything that decides it is read, and locked, in the transaction of the change.

use parlor_domain::{
    access::{Access, AccessFacts, Action, decide},
    conversation::Conversation,
    ids::ConversationId,
    principal::Principal,
    settings::Settings,
};

use super::{AccessError, AccessGate, Part, Shown, Viewpoint};
use crate::{
    caller::{Caller, Visitor},
    ports::{ConversationKey, Identity, Member, Opening, StoreError, UnitOfWork},
};

/// Why a step with a conversation failed that the caller may take.
pub trait StepError: From<StoreError> {
    /// Whether the store failed, so that the answer shows nothing of the conversation.
    fn is_store_failure(&self) -> bool;
}

impl StepError for AccessError {
    fn is_store_failure(&self) -> bool {
        matches!(self, Self::Store(_))
    }
}

/// A conversation that the caller may change, locked inside an open unit of work.
pub struct OpenConversation {
    /// The transaction.
    pub uow: Box<dyn UnitOfWork>,
    /// The conversation, with all grants.
    pub conversation: Conversation,
    /// What the caller may do, decided inside the transaction.
    pub access: Access,
    /// The organization's settings.
    pub settings: Settings,
    /// From where the change is seen that is about to be made.
    pub viewpoint: Viewpoint,
}

impl AccessGate {
    /// Takes a step with a conversation that the caller may change so, locked in a new unit of work, with the caller's rights
    /// as they are inside that transaction.
    ///
    /// Why a step fails shows something of the conversation: that it is another version, that a message is not in it. For a
    /// caller with nothing but privilege that is a reading, and recorded before the failure is answered. There is no other way
    /// to an open conversation, so no use case forgets it. What a step commits, it audits itself.
    pub async fn step<T, E, F>(
        &self,
        caller: &Caller,
        id: ConversationId,
        action: Action,
        step: impl FnOnce(OpenConversation) -> F + Send,
    ) -> Result<T, E>
    where
        E: StepError + From<AccessError>,
        F: Future<Output = Result<T, E>> + Send,
    {
        let begun = self.units.begin_on(caller.user_id(), caller.key_of(id));
        let uow = begun.await.map_err(AccessError::from)?;
        self.step_in(uow, caller, id, action, step).await
    }

    /// The same in a unit of work that was begun on the conversation already. It is dropped before anything is recorded: a
    /// refusal's entry stands in a transaction of its own.
    pub async fn step_in<T, E, F>(
        &self,
        uow: Box<dyn UnitOfWork>,
        caller: &Caller,
        id: ConversationId,
        action: Action,
        step: impl FnOnce(OpenConversation) -> F + Send,
    ) -> Result<T, E>
    where
        E: StepError + From<AccessError>,
        F: Future<Output = Result<T, E>> + Send,
    {
        let open = self.open_in(uow, caller, id, action).await?;
        let seen = Seen::of(&open, caller, action);
        let outcome = step(open).await;
        self.record_failed_step(seen, outcome).await
    }

    /// The same, to delete the conversation.
    pub async fn step_to_delete<T, E, F>(
        &self,
        caller: &Caller,
        id: ConversationId,
        step: impl FnOnce(OpenConversation) -> F + Send,
    ) -> Result<T, E>
    where
        E: StepError + From<AccessError>,
        F: Future<Output = Result<T, E>> + Send,
    {
        let key = caller.key_of(id);
        let begun = self.units.begin_deletion(caller.user_id(), key);
        let uow = begun.await.map_err(AccessError::from)?;
        self.step_in(uow, caller, id, Action::Delete, step).await
    }

    /// The same for a visitor, who is looked up in the statement that opens the conversation.
    pub async fn step_as<T, E, F>(
        &self,
        visitor: Visitor,
        id: ConversationId,
        action: Action,
        step: impl FnOnce(Caller, OpenConversation) -> F + Send,
    ) -> Result<T, E>
    where
        E: StepError + From<AccessError>,
        F: Future<Output = Result<T, E>> + Send,
    {
        let (caller, open) = self.open_as(visitor, id, action).await?;
        let seen = Seen::of(&open, &caller, action);
        let outcome = step(caller, open).await;
        self.record_failed_step(seen, outcome).await
    }

    async fn record_failed_step<T, E: StepError>(
        &self,
        seen: Option<Seen>,
        outcome: Result<T, E>,
    ) -> Result<T, E> {
        if let (Some(seen), Err(error)) = (&seen, &outcome)
            && !error.is_store_failure()
        {
            self.record_reading(&seen.caller, &seen.access, seen.shown)
                .await?;
        }
        outcome
    }

    async fn open_as(
        &self,
        visitor: Visitor,
        id: ConversationId,
        action: Action,
    ) -> Result<(Caller, OpenConversation), AccessError> {
        let Identity {
            organization_id,
            user_id,
        } = visitor.identity;
        let key = ConversationKey {
            organization_id,
            conversation_id: id,
        };
        let mut uow = self.units.begin_on(user_id, key).await?;
        let opening = uow.open(user_id, id).await?;
        let opening = opening.ok_or(AccessError::Unauthenticated)?;
        let caller = visitor.met(opening.member.clone());
        let open = self.enter(uow, opening, &caller, id, action).await?;
        Ok((caller, open))
    }

    async fn open_in(
        &self,
        mut uow: Box<dyn UnitOfWork>,
        caller: &Caller,
        id: ConversationId,
        action: Action,
    ) -> Result<OpenConversation, AccessError> {
        let opening = uow.open(caller.user_id(), id).await?;
        let opening = opening.ok_or(AccessError::Unauthenticated)?;
        self.enter(uow, opening, caller, id, action).await
    }

    async fn enter(
        &self,
        uow: Box<dyn UnitOfWork>,
        opening: Opening,
        caller: &Caller,
        id: ConversationId,
        action: Action,
    ) -> Result<OpenConversation, AccessError> {
        let Opening {
            member: Member { principal, .. },
            settings,
            found,
        } = opening;
        let found = found.map(|found| {
            let access = decide(&principal, AccessFacts::from(&found.conversation));
            (found, access)
        });
        match found {
            Some((found, access)) if access.allows(action) => Ok(OpenConversation {
                uow,
                conversation: found.conversation,
                access,
                settings,
                viewpoint: Viewpoint {
                    principal,
                    owner: found.owner,
                    forked_from: found.forked_from,
                },
            }),
            Some((_, access)) if access.is_visible() => {
                drop(uow);
                Err(self.refuse_action(caller, id, action, &access).await)
            }
            _ => {
                drop(uow);
                Err(self.deny(caller, id).await)
            }
        }
    }

    /// The caller's rights as they are inside this transaction.
    pub async fn principal(
        &self,
        uow: &mut dyn UnitOfWork,
        caller: &Caller,
    ) -> Result<Principal, AccessError> {
        let member = uow.directory().find_member(caller.user_id()).await?;
        member
            .map(|member| member.principal)
            .ok_or(AccessError::Unauthenticated)
    }

    /// A visitor, met inside this transaction, with the rights that it has there.
    pub async fn meet(
        &self,
        uow: &mut dyn UnitOfWork,
        visitor: Visitor,
    ) -> Result<Caller, AccessError> {
        let user_id = visitor.identity.user_id;
        let member = uow.directory().find_member(user_id).await?;
        member
            .map(|member| visitor.met(member))
            .ok_or(AccessError::Unauthenticated)
    }
}

/// What a step shows of a conversation even if it fails, to a caller who sees it by privilege alone.
struct Seen {
    caller: Caller,
    access: Access,
    shown: Shown,
}

impl Seen {
    fn of(open: &OpenConversation, caller: &Caller, action: Action) -> Option<Self> {
        let part = match action {
            Action::Prompt | Action::Stop | Action::Fork => Part::Messages,
            Action::ChangeSharing => Part::Sharing,
            _ => Part::Conversation,
        };
        let OpenConversation {
            conversation,
            access,
            ..
        } = open;
        access.is_privileged().then(|| Self {
            caller: caller.clone(),
            access: access.clone(),
            shown: Shown {
                id: conversation.id,
                version: conversation.version,
                action: Action::Read,
                part,
            },
        })
    }
}
