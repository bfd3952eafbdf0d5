//! Click the lock.

use std::sync::Arc;

use parlor_domain::{
    access::Action,
    grants::{Grants, PrivacyKind},
    ids::ConversationId,
};

use super::edit::{Edit, EditError, PendingEdit};
use crate::{
    access_gate::{AccessGate, ConversationView, OpenConversation},
    caller::{Caller, Visitor},
    version_condition::VersionCondition,
};

/// Toggles a conversation between private and shared (access rules, "Toggling"). Needs manage access.
pub struct TogglePrivacy {
    gate: Arc<AccessGate>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toggled {
    /// The conversation now.
    pub conversation: ConversationView,
    /// The grants that went, so that a client can offer to undo.
    pub removed_grants: Option<Grants>,
}

impl TogglePrivacy {
    /// The use case behind this gate.
    pub const fn new(gate: Arc<AccessGate>) -> Self {
        Self { gate }
    }

    /// Toggles; what is so already does not change.
    pub async fn execute(
        &self,
        caller: &Caller,
        id: ConversationId,
        condition: &VersionCondition,
        to: PrivacyKind,
    ) -> Result<Toggled, EditError> {
        let toggle = |open| self.toggle(caller, open, condition, to);
        let action = Action::TogglePrivacy;
        self.gate.step(caller, id, action, toggle).await
    }

    /// The same for a visitor, who is looked up in the statement that opens the conversation.
    pub async fn execute_as(
        &self,
        visitor: Visitor,
        id: ConversationId,
        condition: &VersionCondition,
        to: PrivacyKind,
    ) -> Result<Toggled, EditError> {
        let action = Action::TogglePrivacy;
        let toggle = |caller, open| async move { self.toggle(&caller, open, condition, to).await };
        self.gate.step_as(visitor, id, action, toggle).await
    }

    async fn toggle(
        &self,
        caller: &Caller,
        open: OpenConversation,
        condition: &VersionCondition,
        to: PrivacyKind,
    ) -> Result<Toggled, EditError> {
        let now = self.gate.clock.now();
        let (pending, conversation, settings) = PendingEdit::of(open, Edit::Privacy);
        condition.check(conversation.version)?;
        let change = conversation.toggle(to, settings)?;
        let edited = pending.commit(&self.gate, caller, now, change).await?;
        let before = edited.before.as_ref();
        Ok(Toggled {
            removed_grants: before.and_then(|before| before.privacy.grants().cloned()),
            conversation: edited.view(),
        })
    }
}
