//! The one way to a conversation: every use case goes through here, so that none forgets to ask the domain's decision,
//! to audit a refusal, or to answer the invisible like the absent.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use parlor_domain::{
    access::{Access, Action},
    audit::{ActionName, AuditEntry, Fact},
    conversation::Version,
    ids::ConversationId,
    principal::{Permission, Principal},
};

use crate::{
    caller::{Caller, Visitor},
    ports::{
        AuditRecorder, Clock, ConversationReader, ConversationSummary, IdGenerator, StoreError,
        UnitOfWorkFactory,
    },
};

mod followed_reading;
mod open;
mod viewpoint;

pub(crate) use followed_reading::FollowedReading;
pub use open::{OpenConversation, StepError};
pub use viewpoint::Viewpoint;

/// Why a caller does not get what it asked for, the same for every use case.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// The user was stopped or removed since the request began.
    #[error("the caller is not an active user any more")]
    Unauthenticated,
    /// There is no such thing, or the caller must not know that there is.
    #[error("not found")]
    NotFound,
    /// The caller may see it, but not do this with it. The refusal is audited.
    #[error("forbidden")]
    Forbidden(Forbidden),
    /// The store failed, or the audit entry could not be stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What would be needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forbidden {
    /// More access to the conversation.
    Action(Action),
    /// One of these permissions.
    Permission(&'static [Permission]),
}

/// What part of a conversation was read: tells the audit log what a privileged reader opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Title, owner, privacy.
    Conversation,
    /// Messages on a path.
    Messages,
    /// The map of all messages.
    Tree,
    /// The grants.
    Sharing,
    /// Who has which access.
    Access,
    /// Who read it by privilege.
    PrivilegedReadings,
    /// What happens in it, from now on.
    Events,
}

impl Part {
    /// The stable word for it in audit entries.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Conversation => "conversation",
            Self::Messages => "messages",
            Self::Tree => "tree",
            Self::Sharing => "sharing",
            Self::Access => "access",
            Self::PrivilegedReadings => "privileged_readings",
            Self::Events => "events",
        }
    }
}

/// What is about to be shown of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// The conversation.
    pub id: ConversationId,
    /// Its version.
    pub version: Version,
    /// What one must be allowed to do to see this part.
    pub action: Action,
    /// The part.
    pub part: Part,
}

/// A conversation with what the caller may do with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationView {
    /// What one shows of it.
    pub summary: ConversationSummary,
    /// What the caller may do, and why.
    pub access: Access,
}

/// The ports that stand behind every decision.
pub struct AccessGate {
    /// Reads conversations.
    pub reader: Arc<dyn ConversationReader>,
    /// Opens transactions.
    pub units: Arc<dyn UnitOfWorkFactory>,
    /// Stores refusals and privileged readings.
    pub recorder: Arc<dyn AuditRecorder>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids.
    pub ids: Arc<dyn IdGenerator>,
}

impl AccessGate {
    /// A conversation that the caller may read. A reading that rests on privilege alone is audited before this answers.
    pub async fn read(
        &self,
        caller: &Caller,
        id: ConversationId,
        action: Action,
        part: Part,
    ) -> Result<ConversationView, AccessError> {
        self.read_before(caller, id, action, (action, part)).await
    }

    /// A conversation of which a part is shown to somebody who is about to do something with it: the question before a deletion,
    /// the form of a change. Who may not do that is refused, and the refusal's entry names what they were about to do.
    pub async fn read_before(
        &self,
        caller: &Caller,
        id: ConversationId,
        next: Action,
        (action, part): (Action, Part),
    ) -> Result<ConversationView, AccessError> {
        let view = self.authorize(caller, id, next).await?;
        self.record_shown(caller, &view, action, part).await?;
        Ok(view)
    }

    /// The same for a visitor, who is looked up in the statement that reads the conversation.
    pub async fn read_as(
        &self,
        visitor: Visitor,
        id: ConversationId,
        action: Action,
        part: Part,
    ) -> Result<(Caller, ConversationView), AccessError> {
        let found = self.reader.find_with_member(visitor.identity, id).await?;
        let (member, found) = found.ok_or(AccessError::Unauthenticated)?;
        let caller = visitor.met(member);
        let view = self.decide_on(&caller, id, found, action).await?;
        self.record_shown(&caller, &view, action, part).await?;
        Ok((caller, view))
    }

    async fn record_shown(
        &self,
        caller: &Caller,
        view: &ConversationView,
        action: Action,
        part: Part,
    ) -> Result<(), StoreError> {
        let shown = Shown {
            id: view.summary.id,
            version: view.summary.version,
            action,
            part,
        };
        self.record_reading(caller, &view.access, shown).await
    }

    /// Records that a part of a conversation is about to be shown, if that rests on privilege alone.
    ///
    /// For use cases that show something although they changed nothing: what they would have changed is not audited then, but
    /// what they show is a reading like any other. No unit of work may be open.
    pub async fn record_reading(
        &self,
        caller: &Caller,
        access: &Access,
        shown: Shown,
    ) -> Result<(), StoreError> {
        if !access.is_privileged_for(shown.action) {
            return Ok(());
        }
        let entry = self
            .entry(caller, ActionName::ConversationGet, self.clock.now())
            .about(shown.id)
            .with("part", Fact::Word(shown.part.as_str()))
            .reading_under(access, shown.action)
            .at_version(shown.version);
        self.recorder.record(&entry).await
    }

    /// A conversation with which the caller may do this, for use cases that audit by themselves.
    pub async fn authorize(
        &self,
        caller: &Caller,
        id: ConversationId,
        action: Action,
    ) -> Result<ConversationView, AccessError> {
        let found = self.reader.find(caller.principal(), id).await?;
        self.decide_on(caller, id, found, action).await
    }

    async fn decide_on(
        &self,
        caller: &Caller,
        id: ConversationId,
        found: Option<ConversationSummary>,
        action: Action,
    ) -> Result<ConversationView, AccessError> {
        let found = found.map(|summary| (summary.access_of(caller.principal()), summary));
        match found {
            Some((access, summary)) if access.allows(action) => {
                Ok(ConversationView { summary, access })
            }
            Some((access, _)) if access.is_visible() => {
                Err(self.refuse_action(caller, id, action, &access).await)
            }
            _ => Err(self.deny(caller, id).await),
        }
    }

    /// Passes a principal that holds one of these permissions; refuses every other, which is audited under `action`.
    pub async fn require(
        &self,
        caller: &Caller,
        principal: &Principal,
        permissions: &'static [Permission],
        action: ActionName,
    ) -> Result<(), AccessError> {
        if permissions
            .iter()
            .any(|&permission| principal.may(permission))
        {
            return Ok(());
        }
        Err(self.refuse_permission(caller, permissions, action).await)
    }

    /// Records that the caller lacks these permissions; answers the refusal, or why it could not be recorded.
    ///
    /// No unit of work may be open: the entry stands in a transaction of its own.
    pub async fn refuse_permission(
        &self,
        caller: &Caller,
        permissions: &'static [Permission],
        action: ActionName,
    ) -> AccessError {
        let words = permissions
            .iter()
            .map(|permission| permission.as_str())
            .collect();
        let entry = self
            .entry(caller, action, self.clock.now())
            .with("neededPermissions", Fact::Words(words))
            .refused("The actor does not hold a permission that this needs");
        self.recorded(
            &entry,
            AccessError::Forbidden(Forbidden::Permission(permissions)),
        )
        .await
    }

    /// A new entry of this caller.
    pub fn entry(&self, caller: &Caller, action: ActionName, now: DateTime<Utc>) -> AuditEntry {
        caller.entry(self.ids.as_ref(), action, now)
    }

    async fn refuse_action(
        &self,
        caller: &Caller,
        id: ConversationId,
        action: Action,
        access: &Access,
    ) -> AccessError {
        let entry = self
            .entry(caller, ActionName::ConversationGet, self.clock.now())
            .about(id)
            .with("refusedAction", Fact::Word(action.as_str()))
            .under(access)
            .refused("The actor's access to the conversation does not allow this action");
        self.recorded(&entry, AccessError::Forbidden(Forbidden::Action(action)))
            .await
    }

    /// The same entry and the same work whether the conversation is invisible or absent.
    async fn deny(&self, caller: &Caller, id: ConversationId) -> AccessError {
        let entry = self
            .entry(
                caller,
                ActionName::ConversationAccessDenied,
                self.clock.now(),
            )
            .about(id)
            .refused("The conversation is not visible to the actor, or does not exist");
        match self.recorder.record_denial(&entry).await {
            Ok(()) => AccessError::NotFound,
            Err(failed) => AccessError::Store(failed),
        }
    }

    async fn recorded(&self, entry: &AuditEntry, error: AccessError) -> AccessError {
        match self.recorder.record(entry).await {
            Ok(()) => error,
            Err(failed) => AccessError::Store(failed),
        }
    }
}
