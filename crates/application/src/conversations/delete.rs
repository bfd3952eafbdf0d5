//! Delete a conversation.

use std::sync::Arc;

use parlor_domain::{audit::ActionName, ids::ConversationId};

use super::edit::EditError;
use crate::{
    access_gate::{AccessGate, OpenConversation},
    caller::Caller,
    version_condition::VersionCondition,
};

/// Deletes a conversation with all its messages, for ever. Needs manage access.
pub struct DeleteConversation {
    gate: Arc<AccessGate>,
}

impl DeleteConversation {
    /// The use case behind this gate.
    pub const fn new(gate: Arc<AccessGate>) -> Self {
        Self { gate }
    }

    /// Deletes it. An answer that is being written in it ends by itself: it finds nothing to write to.
    pub async fn execute(
        &self,
        caller: &Caller,
        id: ConversationId,
        condition: &VersionCondition,
    ) -> Result<(), EditError> {
        let now = self.gate.clock.now();
        let delete = |mut open: OpenConversation| async move {
            condition.check(open.conversation.version)?;
            open.uow.conversations().delete(id).await?;
            let entry = self
                .gate
                .entry(caller, ActionName::ConversationDelete, now)
                .about(id)
                .under(&open.access)
                .at_version(open.conversation.version);
            open.uow.commit(entry.into()).await?;
            Ok(())
        };
        self.gate.step_to_delete(caller, id, delete).await
    }
}
