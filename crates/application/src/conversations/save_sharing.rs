//! Save the share dialog.

use std::{collections::BTreeMap, sync::Arc};

use parlor_domain::{
    access::Action,
    conversation::Version,
    grants::{Level, Privacy},
    ids::{ConversationId, GroupId},
};

use super::edit::{Edit, EditError, PendingEdit};
use crate::{
    access_gate::{AccessError, AccessGate, OpenConversation, StepError},
    caller::Caller,
    ports::StoreError,
    version_condition::VersionCondition,
};

/// Replaces all grants of a conversation at once, under the version that the dialog was opened with. Needs manage access.
pub struct SaveSharing {
    gate: Arc<AccessGate>,
}

/// The grants as somebody wants them; none at all makes the conversation private.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WantedGrants {
    /// Everybody's level.
    pub organization: Option<Level>,
    /// Groups' levels.
    pub groups: BTreeMap<GroupId, Level>,
}

/// The grants as they are now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedGrants {
    /// The grants.
    pub privacy: Privacy,
    /// The conversation's version.
    pub version: Version,
}

/// Why the grants were not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveSharingError {
    /// As for every other change.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// The caller did not say which version it has seen.
    #[error("saving grants needs the version that they were read under")]
    VersionRequired,
    /// These groups are not of the organization.
    #[error("unknown groups")]
    UnknownGroups(Vec<GroupId>),
}

impl From<AccessError> for SaveSharingError {
    fn from(error: AccessError) -> Self {
        Self::Edit(error.into())
    }
}

impl From<StoreError> for SaveSharingError {
    fn from(error: StoreError) -> Self {
        Self::Edit(error.into())
    }
}

impl StepError for SaveSharingError {
    fn is_store_failure(&self) -> bool {
        match self {
            Self::Edit(error) => error.is_store_failure(),
            Self::VersionRequired | Self::UnknownGroups(_) => false,
        }
    }
}

impl SaveSharing {
    /// The use case behind this gate.
    pub const fn new(gate: Arc<AccessGate>) -> Self {
        Self { gate }
    }

    /// Saves the grants; the same grants again change nothing. Answers what is granted now.
    pub async fn execute(
        &self,
        caller: &Caller,
        id: ConversationId,
        condition: &VersionCondition,
        wanted: WantedGrants,
    ) -> Result<SavedGrants, SaveSharingError> {
        let save = |open| self.save(caller, open, condition, wanted);
        let action = Action::ChangeSharing;
        self.gate.step(caller, id, action, save).await
    }

    async fn save(
        &self,
        caller: &Caller,
        open: OpenConversation,
        condition: &VersionCondition,
        wanted: WantedGrants,
    ) -> Result<SavedGrants, SaveSharingError> {
        let now = self.gate.clock.now();
        let (mut pending, conversation, settings) = PendingEdit::of(open, Edit::Sharing);
        if *condition == VersionCondition::Unstated {
            return Err(SaveSharingError::VersionRequired);
        }
        condition
            .check(conversation.version)
            .map_err(EditError::from)?;
        let groups: Vec<_> = wanted.groups.keys().copied().collect();
        if !groups.is_empty() {
            let unknown = pending.uow.directory().unknown_groups(&groups).await?;
            if !unknown.is_empty() {
                return Err(SaveSharingError::UnknownGroups(unknown));
            }
        }
        let privacy = Privacy::from_grants(wanted.organization, wanted.groups);
        let change = conversation
            .share(privacy, settings)
            .map_err(EditError::from)?;
        let edited = pending.commit(&self.gate, caller, now, change).await?;
        Ok(SavedGrants {
            privacy: edited.now.privacy,
            version: edited.now.version,
        })
    }
}

#[cfg(test)]
mod tests {
    use parlor_domain::grants::Level::{Collaborate, View};
    use serde_json::json;

    use super::*;
    use crate::kit::*;

    const EDIT: &str = "AI_INFERENCE_STREAM_EDIT";

    fn wanted(organization: Option<Level>, groups: &[(GroupId, Level)]) -> WantedGrants {
        WantedGrants {
            organization,
            groups: groups.iter().copied().collect(),
        }
    }

    async fn save(
        stage: &Stage,
        caller: &Caller,
        id: ConversationId,
        condition: VersionCondition,
        wanted: WantedGrants,
    ) -> Result<SavedGrants, SaveSharingError> {
        SaveSharing::new(stage.gate())
            .execute(caller, id, &condition, wanted)
            .await
    }

    async fn save_as_seen(
        stage: &Stage,
        caller: &Caller,
        wanted: WantedGrants,
    ) -> Result<SavedGrants, SaveSharingError> {
        save(stage, caller, CONVERSATION, as_seen(), wanted).await
    }

    #[tokio::test]
    async fn all_grants_are_replaced_at_once() {
        for (caller, under) in [(alice(), AS_OWNER), (max(), AS_MANAGER)] {
            let stage = Stage::with(shared_with(INCIDENT_RESPONSE, Collaborate));
            let grants = wanted(None, &[(THREAT_HUNTING, View)]);
            let sharing = save_as_seen(&stage, &caller, grants).await.unwrap();
            let privacy = shared_with(THREAT_HUNTING, View).privacy;
            assert_eq!(sharing.privacy, privacy);
            assert_eq!(sharing.version, NEXT_VERSION);
            assert_eq!(stage.conversation(CONVERSATION).privacy, privacy);
            let group = |id: GroupId, level| json!({"groupId": id.as_uuid(), "level": level});
            let input = json!({
                "change": "sharing",
                "privacy": "shared",
                "previousPrivacy": "shared",
                "grants": {
                    "organization": null,
                    "groups": [group(THREAT_HUNTING, "view")],
                },
                "previousGrants": {
                    "organization": null,
                    "groups": [group(INCIDENT_RESPONSE, "collaborate")],
                },
            });
            assert_eq!(stage.committed(), [done(&caller, EDIT, &under, 5, input)]);
            assert_eq!(stage.trace(), "begin_on open unknown_groups update commit");
        }
    }

    #[tokio::test]
    async fn without_a_group_none_is_looked_up() {
        let stage = Stage::with(private());
        let grants = wanted(Some(Collaborate), &[]);
        let sharing = save_as_seen(&stage, &alice(), grants).await.unwrap();
        assert_eq!(sharing.privacy, shared(Collaborate).privacy);
        assert_eq!(stage.trace(), "begin_on open update commit");
    }

    #[tokio::test]
    async fn removing_the_last_grant_makes_it_private_and_not_everybodys() {
        let stage = Stage::with(shared_with(THREAT_HUNTING, View));
        let sharing = save_as_seen(&stage, &alice(), WantedGrants::default())
            .await
            .unwrap();
        assert_eq!(sharing.privacy, Privacy::Private);
        assert_eq!(stage.conversation(CONVERSATION).privacy, Privacy::Private);
        let entry = &stage.committed()[0];
        assert_eq!(entry["input"]["privacy"], "private");
        assert_eq!(entry["input"]["previousPrivacy"], "shared");
    }

    #[tokio::test]
    async fn removing_the_last_grant_is_refused_while_private_conversations_are_disabled() {
        let stage = Stage::with(shared(View)).under(PRIVATE_DISABLED);
        let outcome = save_as_seen(&stage, &alice(), WantedGrants::default()).await;
        assert!(matches!(
            outcome,
            Err(SaveSharingError::Edit(
                EditError::PrivateConversationsDisabled(_)
            ))
        ));
        stage.assert_untouched();
    }

    #[tokio::test]
    async fn the_grants_that_are_there_change_nothing() {
        let stage = Stage::with(shared(View));
        let sharing = save_as_seen(&stage, &alice(), wanted(Some(View), &[])).await;
        assert_eq!(sharing.unwrap().version, VERSION);
        stage.assert_untouched();
        assert_eq!(stage.trace(), "begin_on open roll_back");
    }

    #[tokio::test]
    async fn a_manager_who_changes_nothing_has_read_the_grants_by_privilege_all_the_same() {
        let stage = Stage::with(private());
        save_as_seen(&stage, &max(), WantedGrants::default())
            .await
            .unwrap();
        assert!(stage.committed().is_empty());
        let action = "AI_INFERENCE_STREAM_GET";
        let input = json!({"part": "sharing"});
        assert_eq!(
            stage.recorded(),
            [done(&max(), action, &AS_MANAGER, 4, input)]
        );
    }

    #[tokio::test]
    async fn groups_of_another_organization_or_of_none_are_unknown() {
        let nobodys = GroupId::from_uuid(new_id(99));
        for unknown in [GLOBEX_RED_TEAM, nobodys] {
            let stage = Stage::with(private());
            let grants = wanted(None, &[(THREAT_HUNTING, View), (unknown, View)]);
            let outcome = save_as_seen(&stage, &alice(), grants).await;
            let Err(SaveSharingError::UnknownGroups(groups)) = outcome else {
                panic!("{outcome:?}");
            };
            assert_eq!(groups, [unknown]);
            stage.assert_untouched();
            assert_eq!(stage.trace(), "begin_on open unknown_groups roll_back");
        }
    }

    #[tokio::test]
    async fn who_does_not_say_which_version_it_has_seen_saves_nothing() {
        let stage = Stage::with(private());
        let grants = wanted(Some(View), &[]);
        let unstated = VersionCondition::Unstated;
        let outcome = save(&stage, &alice(), CONVERSATION, unstated, grants).await;
        assert!(matches!(outcome, Err(SaveSharingError::VersionRequired)));
        stage.assert_untouched();
    }

    #[tokio::test]
    async fn a_dialog_that_is_older_than_the_conversation_saves_nothing() {
        let stage = Stage::with(private());
        let grants = wanted(Some(View), &[]);
        let outcome = save(&stage, &alice(), CONVERSATION, outdated(), grants).await;
        assert!(matches!(
            outcome,
            Err(SaveSharingError::Edit(EditError::VersionMismatch(_)))
        ));
        stage.assert_untouched();
    }

    #[tokio::test]
    async fn who_may_read_or_prompt_may_not_share_and_is_told_so_before_its_version() {
        let unstated = || VersionCondition::Unstated;
        for condition in [as_seen, outdated, unstated] {
            for (caller, level) in [(carol(), View), (bob(), Collaborate), (vera(), View)] {
                let stage = Stage::with(shared(level));
                let grants = WantedGrants::default();
                let refused = save(&stage, &caller, CONVERSATION, condition(), grants).await;
                assert_refused(&stage, &caller, Action::ChangeSharing, refused);
            }
        }
    }

    #[tokio::test]
    async fn who_cannot_see_it_gets_what_who_asks_for_nothing_gets() {
        let stage = || Stage::with(private());
        for caller in [carol(), erin(), mallory()] {
            assert_invisible_like_absent(stage, &caller, async |stage, id| {
                let grants = wanted(None, &[(GLOBEX_RED_TEAM, View)]);
                save(stage, &caller, id, outdated(), grants).await
            })
            .await;
        }
    }

    #[tokio::test]
    async fn who_was_stopped_is_not_known_any_more() {
        let stage = || Stage::with(private());
        assert_stopped_is_unauthenticated(stage, &alice(), async |stage| {
            save_as_seen(stage, &alice(), wanted(Some(View), &[])).await
        })
        .await;
    }

    #[tokio::test]
    async fn every_failure_is_passed_on_and_nothing_is_stored() {
        for caller in [alice(), max(), carol(), mallory()] {
            for level in [View, Collaborate] {
                let stage = || Stage::with(shared(View));
                assert_every_failure_is_passed_on(stage, async |stage| {
                    save_as_seen(stage, &caller, wanted(Some(level), &[])).await
                })
                .await;
            }
        }
    }
}
