//! Give a conversation to another owner.

use std::sync::Arc;

use parlor_domain::{
    access::Action,
    ids::{ConversationId, UserId},
};

use super::edit::{Edit, EditError, PendingEdit};
use crate::{
    access_gate::{AccessError, AccessGate, ConversationView, StepError},
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

impl StepError for TransferError {
    fn is_store_failure(&self) -> bool {
        match self {
            Self::Edit(error) => error.is_store_failure(),
            Self::UnknownUser => false,
        }
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
        let transfer = |open| async move {
            let (mut pending, conversation, _) = PendingEdit::of(open, Edit::Owner);
            condition
                .check(conversation.version)
                .map_err(EditError::from)?;
            let owner = pending.uow.directory().find_user(owner_id).await?;
            pending.viewpoint.owner = owner.ok_or(TransferError::UnknownUser)?;
            let edited = pending
                .commit(&self.gate, caller, now, conversation.transfer(owner_id))
                .await?;
            Ok(edited.view())
        };
        self.gate.step(caller, id, Action::Transfer, transfer).await
    }
}
