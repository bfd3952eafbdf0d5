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

#[cfg(test)]
mod tests {
    use parlor_domain::grants::Level::{Collaborate, View};
    use serde_json::json;

    use super::*;
    use crate::kit::*;

    async fn rename(
        stage: &Stage,
        caller: &Caller,
        id: ConversationId,
        condition: VersionCondition,
        to: &str,
    ) -> Result<ConversationView, EditError> {
        RenameConversation::new(stage.gate())
            .execute(caller, id, &condition, title(to))
            .await
    }

    async fn to_beacons(stage: &Stage, caller: &Caller) -> Result<ConversationView, EditError> {
        rename(stage, caller, CONVERSATION, as_seen(), "Beacons").await
    }

    #[tokio::test]
    async fn the_owner_and_a_manager_rename_and_the_entry_tells_no_title() {
        for (caller, under) in [(alice(), AS_OWNER), (max(), AS_MANAGER)] {
            let stage = Stage::with(private());
            let view = to_beacons(&stage, &caller).await.unwrap();
            assert_eq!(view.summary.title, title("Beacons"));
            assert_eq!(view.summary.version, NEXT_VERSION);
            assert_eq!(stage.conversation(CONVERSATION).title, title("Beacons"));
            let input = json!({"change": "rename"});
            assert_eq!(
                stage.committed(),
                [done(&caller, "AI_INFERENCE_STREAM_EDIT", &under, 5, input)]
            );
            assert_eq!(stage.trace(), "begin_on open update commit");
        }
    }

    #[tokio::test]
    async fn the_title_that_is_there_changes_nothing() {
        let stage = Stage::with(private());
        let same = "Lateral movement";
        let view = rename(&stage, &alice(), CONVERSATION, as_seen(), same).await;
        assert_eq!(view.unwrap().summary.version, VERSION);
        stage.assert_untouched();
        assert_eq!(stage.trace(), "begin_on open roll_back");
    }

    #[tokio::test]
    async fn a_manager_who_changes_nothing_has_read_by_privilege_all_the_same() {
        let stage = || Stage::with(private());
        let same = async |stage: &Stage| {
            rename(stage, &max(), CONVERSATION, as_seen(), "Lateral movement").await
        };
        let played = stage();
        same(&played).await.unwrap();
        assert!(played.committed().is_empty());
        let input = json!({"part": "conversation"});
        assert_eq!(
            played.recorded(),
            [done(
                &max(),
                "AI_INFERENCE_STREAM_GET",
                &AS_MANAGER,
                4,
                input
            )]
        );
        assert_every_failure_is_passed_on(stage, same).await;
    }

    #[tokio::test]
    async fn who_may_read_or_prompt_may_not_rename() {
        for (caller, level) in [(carol(), View), (bob(), Collaborate), (vera(), Collaborate)] {
            let stage = Stage::with(shared(level));
            let refused = to_beacons(&stage, &caller).await;
            assert_refused(&stage, &caller, Action::Rename, refused);
        }
        let stage = Stage::with(private());
        let refused = to_beacons(&stage, &vera()).await;
        assert_refused(&stage, &vera(), Action::Rename, refused);
    }

    #[tokio::test]
    async fn who_cannot_see_it_gets_what_who_asks_for_nothing_gets() {
        let stage = || Stage::with(private());
        for caller in [carol(), mallory()] {
            assert_invisible_like_absent(stage, &caller, async |stage, id| {
                rename(stage, &caller, id, outdated(), "Beacons").await
            })
            .await;
        }
    }

    #[tokio::test]
    async fn another_version_changes_nothing() {
        let stage = Stage::with(private());
        let outcome = rename(&stage, &alice(), CONVERSATION, outdated(), "Beacons").await;
        assert!(matches!(outcome, Err(EditError::VersionMismatch(_))));
        stage.assert_untouched();
        assert_eq!(stage.trace(), "begin_on open roll_back");
    }

    #[tokio::test]
    async fn a_refusal_comes_before_the_version() {
        let stage = Stage::with(shared(View));
        let refused = rename(&stage, &carol(), CONVERSATION, outdated(), "Beacons").await;
        assert_refused(&stage, &carol(), Action::Rename, refused);
    }

    #[tokio::test]
    async fn who_was_stopped_is_not_known_any_more() {
        let stage = || Stage::with(private());
        assert_stopped_is_unauthenticated(stage, &alice(), async |stage| {
            to_beacons(stage, &alice()).await
        })
        .await;
    }

    #[tokio::test]
    async fn every_failure_is_passed_on_and_nothing_is_stored() {
        for caller in [alice(), carol(), mallory()] {
            let stage = || Stage::with(shared(View));
            assert_every_failure_is_passed_on(stage, async |stage| {
                to_beacons(stage, &caller).await
            })
            .await;
        }
    }
}
