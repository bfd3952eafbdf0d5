//! Open the share dialog.

use std::sync::Arc;

use parlor_domain::{access::Action, ids::ConversationId};

use crate::{
    access_gate::{AccessError, AccessGate, Part},
    caller::Caller,
    ports::Sharing,
};

/// Reads all grants of a conversation. Needs manage access.
pub struct ReadSharing {
    gate: Arc<AccessGate>,
}

impl ReadSharing {
    /// The use case behind this gate.
    pub const fn new(gate: Arc<AccessGate>) -> Self {
        Self { gate }
    }

    /// The grants, under their version.
    pub async fn execute(
        &self,
        caller: &Caller,
        id: ConversationId,
    ) -> Result<Sharing, AccessError> {
        self.execute_before(caller, id, Action::ReadSharing).await
    }

    /// The same for somebody who is about to change what it shows. Who may not do that is refused.
    pub async fn execute_before(
        &self,
        caller: &Caller,
        id: ConversationId,
        next: Action,
    ) -> Result<Sharing, AccessError> {
        let shown = (Action::ReadSharing, Part::Sharing);
        self.gate.read_before(caller, id, next, shown).await?;
        self.gate
            .reader
            .sharing(caller.organization_id(), id)
            .await?
            .ok_or(AccessError::NotFound)
    }
}
