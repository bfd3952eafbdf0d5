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

#[cfg(test)]
mod tests {
    use parlor_domain::{
        conversation::Conversation,
        grants::Level::{Collaborate, View},
        grants::Privacy,
    };
    use serde_json::{Value, json};

    use super::*;
    use crate::{access_gate::AccessError, kit::*};

    const EDIT: &str = "AI_INFERENCE_STREAM_EDIT";
    const NO_GRANTS: fn() -> Value = || json!({"organization": null, "groups": []});

    async fn toggle(
        stage: &Stage,
        caller: &Caller,
        id: ConversationId,
        condition: VersionCondition,
        to: PrivacyKind,
    ) -> Result<Toggled, EditError> {
        TogglePrivacy::new(stage.gate())
            .execute(caller, id, &condition, to)
            .await
    }

    async fn to_private(stage: &Stage, caller: &Caller) -> Result<Toggled, EditError> {
        toggle(stage, caller, CONVERSATION, as_seen(), PrivacyKind::Private).await
    }

    async fn to_shared(stage: &Stage, caller: &Caller) -> Result<Toggled, EditError> {
        toggle(stage, caller, CONVERSATION, as_seen(), PrivacyKind::Shared).await
    }

    #[tokio::test]
    async fn toggling_to_shared_lets_the_organization_view() {
        for (caller, under) in [(alice(), AS_OWNER), (max(), AS_MANAGER)] {
            let stage = Stage::with(private());
            let toggled = to_shared(&stage, &caller).await.unwrap();
            assert_eq!(toggled.removed_grants, None);
            assert_eq!(toggled.conversation.summary.privacy, PrivacyKind::Shared);
            assert_eq!(toggled.conversation.summary.version, NEXT_VERSION);
            let stored = stage.conversation(CONVERSATION);
            assert_eq!(stored.privacy, shared(View).privacy);
            let input = json!({
                "change": "privacy",
                "privacy": "shared",
                "previousPrivacy": "private",
                "grants": {"organization": "view", "groups": []},
                "previousGrants": NO_GRANTS(),
            });
            assert_eq!(stage.committed(), [done(&caller, EDIT, &under, 5, input)]);
            assert_eq!(stage.trace(), "begin_on open update commit");
        }
    }

    #[tokio::test]
    async fn toggling_to_private_takes_all_grants_away_and_answers_them() {
        let shared = shared_with(INCIDENT_RESPONSE, Collaborate);
        let stage = Stage::with(shared.clone());
        let toggled = to_private(&stage, &alice()).await.unwrap();
        assert_eq!(toggled.removed_grants.as_ref(), shared.privacy.grants());
        assert_eq!(stage.conversation(CONVERSATION).privacy, Privacy::Private);
        let group = json!({"groupId": INCIDENT_RESPONSE.as_uuid(), "level": "collaborate"});
        let input = json!({
            "change": "privacy",
            "privacy": "private",
            "previousPrivacy": "shared",
            "grants": NO_GRANTS(),
            "previousGrants": {"organization": null, "groups": [group]},
        });
        let expected = done(&alice(), EDIT, &AS_OWNER, 5, input);
        assert_eq!(stage.committed(), [expected]);
    }

    #[tokio::test]
    async fn what_is_so_already_is_neither_changed_nor_audited() {
        let by_group = shared_with(THREAT_HUNTING, View);
        let cases: [(Conversation, PrivacyKind); 3] = [
            (private(), PrivacyKind::Private),
            (shared(Collaborate), PrivacyKind::Shared),
            (by_group, PrivacyKind::Shared),
        ];
        for settings in [PRIVATE_ENABLED, PRIVATE_DISABLED] {
            for (conversation, to) in &cases {
                let stage = Stage::with(conversation.clone()).under(settings);
                let toggled = toggle(&stage, &alice(), CONVERSATION, as_seen(), *to).await;
                assert_eq!(toggled.unwrap().removed_grants, None);
                assert_eq!(stage.conversation(CONVERSATION), *conversation);
                stage.assert_untouched();
                assert_eq!(stage.trace(), "begin_on open roll_back");
            }
        }
    }

    #[tokio::test]
    async fn a_manager_who_changes_nothing_has_read_by_privilege_all_the_same() {
        let stage = Stage::with(private());
        to_private(&stage, &max()).await.unwrap();
        assert!(stage.committed().is_empty());
        let input = json!({"part": "conversation"});
        let action = "AI_INFERENCE_STREAM_GET";
        assert_eq!(
            stage.recorded(),
            [done(&max(), action, &AS_MANAGER, 4, input)]
        );
    }

    #[tokio::test]
    async fn nothing_becomes_private_while_private_conversations_are_disabled() {
        let stage = Stage::with(shared(View)).under(PRIVATE_DISABLED);
        let outcome = to_private(&stage, &alice()).await;
        assert!(matches!(
            outcome,
            Err(EditError::PrivateConversationsDisabled(_))
        ));
        stage.assert_untouched();
        assert_eq!(stage.trace(), "begin_on open roll_back");
    }

    #[tokio::test]
    async fn who_may_read_or_prompt_may_not_toggle_whatever_the_setting() {
        for settings in [PRIVATE_ENABLED, PRIVATE_DISABLED] {
            for (caller, level) in [(carol(), View), (bob(), Collaborate), (vera(), View)] {
                let stage = Stage::with(shared(level)).under(settings);
                let refused = to_private(&stage, &caller).await;
                assert_refused(&stage, &caller, Action::TogglePrivacy, refused);
            }
        }
    }

    #[tokio::test]
    async fn who_cannot_see_it_gets_what_who_asks_for_nothing_gets() {
        let stage = || Stage::with(private());
        for caller in [carol(), erin(), mallory()] {
            assert_invisible_like_absent(stage, &caller, async |stage, id| {
                toggle(stage, &caller, id, outdated(), PrivacyKind::Shared).await
            })
            .await;
        }
    }

    #[tokio::test]
    async fn another_version_changes_nothing() {
        let stage = Stage::with(private());
        let shared = PrivacyKind::Shared;
        let outcome = toggle(&stage, &alice(), CONVERSATION, outdated(), shared).await;
        assert!(matches!(outcome, Err(EditError::VersionMismatch(_))));
        stage.assert_untouched();
    }

    #[tokio::test]
    async fn a_visitor_does_what_it_would_once_it_is_known_and_is_looked_up_in_the_same_transaction()
     {
        for caller in everybody() {
            for (conversation, to) in [
                (private(), PrivacyKind::Shared),
                (shared(View), PrivacyKind::Private),
                (shared(View), PrivacyKind::Shared),
            ] {
                let known = Stage::with(conversation.clone());
                let expected = toggle(&known, &caller, CONVERSATION, as_seen(), to).await;
                let stage = Stage::with(conversation);
                let toggled = TogglePrivacy::new(stage.gate())
                    .execute_as(visitor(&caller), CONVERSATION, &as_seen(), to)
                    .await;
                assert_eq!(format!("{toggled:?}"), format!("{expected:?}"));
                assert_eq!(stage.committed(), known.committed());
                assert_eq!(stage.recorded(), known.recorded());
                assert_eq!(stage.trace(), known.trace());
            }
        }
    }

    #[tokio::test]
    async fn a_visitor_who_is_no_active_user_changes_nothing_and_nothing_is_recorded() {
        let stage = Stage::with(private()).without(&alice());
        let refused = TogglePrivacy::new(stage.gate())
            .execute_as(
                visitor(&alice()),
                CONVERSATION,
                &as_seen(),
                PrivacyKind::Shared,
            )
            .await;
        assert!(matches!(
            refused,
            Err(EditError::Access(AccessError::Unauthenticated))
        ));
        stage.assert_untouched();
    }

    #[tokio::test]
    async fn who_was_stopped_is_not_known_any_more() {
        let stage = || Stage::with(private());
        assert_stopped_is_unauthenticated(stage, &alice(), async |stage| {
            to_shared(stage, &alice()).await
        })
        .await;
    }

    #[tokio::test]
    async fn every_failure_is_passed_on_and_nothing_is_stored() {
        for caller in [alice(), max(), carol(), mallory()] {
            let stage = || Stage::with(shared(View));
            assert_every_failure_is_passed_on(stage, async |stage| {
                to_private(stage, &caller).await
            })
            .await;
            assert_every_failure_is_passed_on(stage, async |stage| to_shared(stage, &caller).await)
                .await;
        }
    }
}
