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

#[cfg(test)]
mod tests {
    use parlor_domain::{
        access::AccessLevel,
        grants::Level::{Collaborate, View},
    };
    use serde_json::json;

    use super::*;
    use crate::kit::*;

    async fn transfer(
        stage: &Stage,
        caller: &Caller,
        id: ConversationId,
        condition: VersionCondition,
        to: &Caller,
    ) -> Result<ConversationView, TransferError> {
        TransferConversation::new(stage.gate())
            .execute(caller, id, &condition, to.user_id())
            .await
    }

    async fn give(
        stage: &Stage,
        caller: &Caller,
        to: &Caller,
    ) -> Result<ConversationView, TransferError> {
        transfer(stage, caller, CONVERSATION, as_seen(), to).await
    }

    #[tokio::test]
    async fn the_owner_and_a_manager_transfer_it_and_its_grants_stay() {
        for (caller, under) in [(alice(), AS_OWNER), (max(), AS_MANAGER)] {
            let conversation = shared_with(INCIDENT_RESPONSE, View);
            let stage = Stage::with(conversation.clone());
            let view = give(&stage, &caller, &bob()).await.unwrap();
            assert_eq!(view.summary.owner, user_ref(&bob()));
            let stored = stage.conversation(CONVERSATION);
            assert_eq!(stored.owner_id, bob().user_id());
            assert_eq!(stored.privacy, conversation.privacy);
            assert_eq!(stored.version, NEXT_VERSION);
            let input = json!({
                "change": "owner",
                "ownerId": bob().user_id().as_uuid(),
                "previousOwnerId": alice().user_id().as_uuid(),
            });
            let action = "AI_INFERENCE_STREAM_EDIT";
            assert_eq!(stage.committed(), [done(&caller, action, &under, 5, input)]);
            assert_eq!(stage.trace(), "begin_on open find_user update commit");
        }
    }

    #[tokio::test]
    async fn who_gave_a_private_one_away_is_told_that_it_has_no_access_any_more() {
        let stage = Stage::with(private());
        let view = give(&stage, &alice(), &bob()).await.unwrap();
        assert_eq!(view.access.level(), AccessLevel::None);
    }

    #[tokio::test]
    async fn its_present_owner_gets_nothing() {
        let stage = Stage::with(private());
        let view = give(&stage, &alice(), &alice()).await.unwrap();
        assert_eq!(view.summary.version, VERSION);
        stage.assert_untouched();
    }

    #[tokio::test]
    async fn a_manager_who_changes_nothing_has_read_by_privilege_all_the_same() {
        let stage = Stage::with(private());
        give(&stage, &max(), &alice()).await.unwrap();
        assert!(stage.committed().is_empty());
        let action = "AI_INFERENCE_STREAM_GET";
        let input = json!({"part": "conversation"});
        assert_eq!(
            stage.recorded(),
            [done(&max(), action, &AS_MANAGER, 4, input)]
        );
    }

    #[tokio::test]
    async fn a_manager_gives_away_what_a_stopped_user_owned() {
        let stage = Stage::with(private()).without(&alice());
        give(&stage, &max(), &bob()).await.unwrap();
        let stored = stage.conversation(CONVERSATION);
        assert_eq!(stored.owner_id, bob().user_id());
    }

    #[tokio::test]
    async fn it_never_goes_to_somebody_of_another_organization_or_who_was_stopped() {
        let rolled_back = "begin_on open find_user roll_back";
        // What a manager learns of a failed step is a reading.
        for (caller, heir, recorded) in [
            (alice(), mallory(), ""),
            (alice(), bob(), ""),
            (max(), bob(), " record"),
        ] {
            let stage = Stage::with(private()).without(&bob());
            let outcome = give(&stage, &caller, &heir).await;
            assert!(matches!(outcome, Err(TransferError::UnknownUser)));
            assert_eq!(stage.conversation(CONVERSATION), private());
            assert_eq!(stage.trace(), format!("{rolled_back}{recorded}"));
        }
    }

    #[tokio::test]
    async fn who_may_read_or_prompt_cannot_take_it() {
        for (caller, level) in [(carol(), View), (bob(), Collaborate), (vera(), View)] {
            let stage = Stage::with(shared(level));
            let refused = give(&stage, &caller, &caller).await;
            assert_refused(&stage, &caller, Action::Transfer, refused);
        }
    }

    #[tokio::test]
    async fn who_cannot_see_it_gets_what_who_asks_for_nothing_gets() {
        let stage = || Stage::with(private());
        for caller in [carol(), mallory()] {
            assert_invisible_like_absent(stage, &caller, async |stage, id| {
                transfer(stage, &caller, id, outdated(), &caller).await
            })
            .await;
        }
    }

    #[tokio::test]
    async fn another_version_is_not_transferred() {
        let stage = Stage::with(private());
        let outcome = transfer(&stage, &alice(), CONVERSATION, outdated(), &bob()).await;
        assert!(matches!(
            outcome,
            Err(TransferError::Edit(EditError::VersionMismatch(_)))
        ));
        stage.assert_untouched();
    }

    #[tokio::test]
    async fn who_was_stopped_is_not_known_any_more() {
        let stage = || Stage::with(private());
        assert_stopped_is_unauthenticated(stage, &alice(), async |stage| {
            give(stage, &alice(), &bob()).await
        })
        .await;
    }

    #[tokio::test]
    async fn every_failure_is_passed_on_and_nothing_is_stored() {
        for caller in [alice(), max(), carol(), mallory()] {
            for heir in [bob(), alice()] {
                let stage = || Stage::with(shared(View));
                assert_every_failure_is_passed_on(stage, async |stage| {
                    give(stage, &caller, &heir).await
                })
                .await;
            }
        }
    }
}
