//! Click the lock.

use std::sync::Arc;

use parlor_domain::{
    access::Action,
    grants::{Grants, PrivacyKind},
    ids::ConversationId,
};

use super::edit::{Edit, EditError, PendingEdit};
use crate::{
    access_gate::{AccessGate, ConversationView},
    caller::Caller,
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
        let now = self.gate.clock.now();
        let open = self.gate.open(caller, id, Action::TogglePrivacy).await?;
        let (mut pending, conversation) = PendingEdit::of(open, Edit::Privacy);
        condition.check(conversation.version)?;
        let settings = pending.uow.directory().settings().await?;
        let change = conversation.toggle(to, settings)?;
        let committed = pending.commit(&self.gate, caller, now, change).await?;
        let removed_grants = committed.and_then(|(before, _)| before.privacy.grants().cloned());
        Ok(Toggled {
            conversation: self.gate.view(caller, id).await?,
            removed_grants,
        })
    }
}
