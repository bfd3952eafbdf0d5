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

#[cfg(test)]
mod tests {
    use parlor_domain::{
        access::Action,
        grants::Level::{Collaborate, View},
        message::AnswerStatus,
    };
    use serde_json::json;

    use super::*;
    use crate::kit::*;

    async fn delete(
        stage: &Stage,
        caller: &Caller,
        id: ConversationId,
        condition: VersionCondition,
    ) -> Result<(), EditError> {
        DeleteConversation::new(stage.gate())
            .execute(caller, id, &condition)
            .await
    }

    #[tokio::test]
    async fn the_owner_and_a_manager_delete_it_with_its_messages() {
        for (caller, under) in [(alice(), AS_OWNER), (max(), AS_MANAGER)] {
            let stage = Stage::with(private()).saying(talk(AnswerStatus::Complete));
            delete(&stage, &caller, CONVERSATION, as_seen())
                .await
                .unwrap();
            assert!(stage.stored().conversations.is_empty());
            assert!(stage.stored().messages.is_empty());
            let action = "AI_INFERENCE_STREAM_DELETE";
            assert_eq!(
                stage.committed(),
                [done(&caller, action, &under, 4, json!({}))]
            );
            assert_eq!(stage.trace(), "begin_deletion open delete commit");
        }
    }

    #[tokio::test]
    async fn who_may_read_or_prompt_may_not_delete() {
        for (caller, level) in [(carol(), View), (bob(), Collaborate), (vera(), View)] {
            let stage = Stage::with(shared(level));
            let refused = delete(&stage, &caller, CONVERSATION, as_seen()).await;
            assert_refused(&stage, &caller, Action::Delete, refused);
        }
    }

    #[tokio::test]
    async fn who_cannot_see_it_gets_what_who_asks_for_nothing_gets() {
        let stage = || Stage::with(private());
        for caller in [carol(), mallory()] {
            assert_invisible_like_absent(stage, &caller, async |stage, id| {
                delete(stage, &caller, id, outdated()).await
            })
            .await;
        }
    }

    #[tokio::test]
    async fn another_version_is_not_deleted() {
        let stage = Stage::with(private());
        let outcome = delete(&stage, &alice(), CONVERSATION, outdated()).await;
        assert!(matches!(outcome, Err(EditError::VersionMismatch(_))));
        stage.assert_untouched();
        assert_eq!(stage.trace(), "begin_deletion open roll_back");
    }

    #[tokio::test]
    async fn who_was_stopped_is_not_known_any_more() {
        let stage = || Stage::with(private());
        assert_stopped_is_unauthenticated(stage, &alice(), async |stage| {
            delete(stage, &alice(), CONVERSATION, as_seen()).await
        })
        .await;
    }

    #[tokio::test]
    async fn every_failure_is_passed_on_and_nothing_is_deleted() {
        for caller in [alice(), carol(), mallory()] {
            let stage = || Stage::with(shared(View));
            assert_every_failure_is_passed_on(stage, async |stage| {
                delete(stage, &caller, CONVERSATION, as_seen()).await
            })
            .await;
        }
    }
}
