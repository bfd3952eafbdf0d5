//! Rename a conversation.

use std::sync::Arc;

use parlor_domain::{access::Action, ids::ConversationId, text::Title};

use super::edit::{Edit, EditError, PendingEdit};
use crate::{
    access_gate::{AccessGate, ConversationView},
    caller::Caller,
    version_condition::VersionCondition,
};

/// Gives a conversation another title. Needs manage access.
pub struct RenameConversation {
    gate: Arc<AccessGate>,
}

impl RenameConversation {
    /// The use case behind this gate.
    pub const fn new(gate: Arc<AccessGate>) -> Self {
        Self { gate }
    }

    /// Renames it; the same title again changes nothing.
    pub async fn execute(
        &self,
        caller: &Caller,
        id: ConversationId,
        condition: &VersionCondition,
        title: Title,
    ) -> Result<ConversationView, EditError> {
        let now = self.gate.clock.now();
        let rename = |open| async move {
            let (pending, conversation, _) = PendingEdit::of(open, Edit::Rename);
            condition.check(conversation.version)?;
            let edited = pending
                .commit(&self.gate, caller, now, conversation.rename(title))
                .await?;
            Ok(edited.view())
        };
        self.gate.step(caller, id, Action::Rename, rename).await
    }
}
