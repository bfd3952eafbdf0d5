//! Give a conversation to another owner.

use std::sync::Arc;

use parlor_domain::{
    access::Action,
    ids::{ConversationId, UserId},
};

use super::edit::{Edit, EditError, PendingEdit};
use crate::{
    access_gate::{AccessError, AccessGate, ConversationView},
    caller::Caller,
    ports::StoreError,
    version_condition::VersionCondition,
};

/// Transfers a conversation to another active user of the organization; its grants stay. Needs manage access.
pub struct TransferConversation {
    gate: Arc<AccessGate>,
}

/// Why it was not transferred.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// As for every other change.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// There is no such active user in the organization.
    #[error("unknown user")]
    UnknownUser,
}

impl From<AccessError> for TransferError {
    fn from(error: AccessError) -> Self {
        Self::Edit(error.into())
    }
}

impl From<StoreError> for TransferError {
    fn from(error: StoreError) -> Self {
        Self::Edit(error.into())
    }
}

impl TransferConversation {
    /// The use case behind this gate.
    pub const fn new(gate: Arc<AccessGate>) -> Self {
        Self { gate }
    }

    /// Transfers it; to its present owner changes nothing. Answers the conversation under the access that the caller has after it,
    /// which may be none.
    pub async fn execute(
        &self,
        caller: &Caller,
        id: ConversationId,
        condition: &VersionCondition,
        owner_id: UserId,
    ) -> Result<ConversationView, TransferError> {
        let now = self.gate.clock.now();
        let open = self.gate.open(caller, id, Action::Transfer).await?;
        let (mut pending, conversation) = PendingEdit::of(open, Edit::Owner);
        condition
            .check(conversation.version)
            .map_err(EditError::from)?;
        if pending.uow.directory().find_user(owner_id).await?.is_none() {
            return Err(TransferError::UnknownUser);
        }
        pending
            .commit(&self.gate, caller, now, conversation.transfer(owner_id))
            .await?;
        Ok(self.gate.view(caller, id).await?)
    }
}
