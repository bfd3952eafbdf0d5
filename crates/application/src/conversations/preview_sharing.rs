//! What saving the share dialog would change, before it is saved.

use std::sync::Arc;

use parlor_domain::{
    access::Action,
    conversation::{PrivateConversationsDisabled, Version},
    grants::{Privacy, PrivacyKind},
    ids::{ConversationId, GroupId},
};

use super::WantedGrants;
use crate::{
    access_gate::{AccessError, AccessGate, Part},
    caller::Caller,
    ports::{AccessReader, StoreError},
};

/// Tells for how many people other grants of a conversation would change what. Needs manage access; changes nothing.
pub struct PreviewSharing {
    gate: Arc<AccessGate>,
    people: Arc<dyn AccessReader>,
}

/// What saving the wanted grants would change. People are counted who are active, whether or not they were ever here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharingPreview {
    /// The conversation's version: what is saved under another one may change something else.
    pub version: Version,
    /// The grants as they are now.
    pub now: Privacy,
    /// The grants as they are wanted.
    pub wanted: Privacy,
    /// Can see it now.
    pub before: u64,
    /// Could see it then.
    pub after: u64,
    /// Cannot see it now; could read it then, and no more.
    pub gain_view: u64,
    /// Can read it at most now; could prompt then.
    pub gain_collaborate: u64,
    /// Can prompt now; could read it then, and no more.
    pub lose_collaborate: u64,
    /// Can see it now; could not then.
    pub lose: u64,
}

impl SharingPreview {
    /// Whether saving would change any grant.
    pub fn changes_grants(&self) -> bool {
        self.now != self.wanted
    }
}

/// Why there is nothing to foresee: what saving would answer too.
#[derive(Debug, thiserror::Error)]
pub enum PreviewSharingError {
    /// As for every other reading.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// These groups are not of the organization.
    #[error("unknown groups")]
    UnknownGroups(Vec<GroupId>),
    /// Saving would make it private, and the organization does not have private conversations.
    #[error(transparent)]
    PrivateConversationsDisabled(#[from] PrivateConversationsDisabled),
}

impl From<StoreError> for PreviewSharingError {
    fn from(error: StoreError) -> Self {
        Self::Access(error.into())
    }
}

impl PreviewSharing {
    /// The use case behind this gate.
    pub const fn new(gate: Arc<AccessGate>, people: Arc<dyn AccessReader>) -> Self {
        Self { gate, people }
    }

    /// What these grants would change.
    pub async fn execute(
        &self,
        caller: &Caller,
        id: ConversationId,
        wanted: WantedGrants,
    ) -> Result<SharingPreview, PreviewSharingError> {
        self.gate
            .read(caller, id, Action::ChangeSharing, Part::Sharing)
            .await?;
        let wanted = Privacy::from_grants(wanted.organization, wanted.groups);
        let foreseen = self
            .people
            .foresee(caller.key_of(id), &wanted)
            .await?
            .ok_or(AccessError::NotFound)?;
        if !foreseen.unknown_groups.is_empty() {
            return Err(PreviewSharingError::UnknownGroups(foreseen.unknown_groups));
        }
        let becomes_private = wanted.kind() == PrivacyKind::Private
            && foreseen.privacy.kind() != PrivacyKind::Private;
        if becomes_private && !foreseen.settings.private_conversations {
            return Err(PrivateConversationsDisabled.into());
        }
        let people = foreseen.people;
        Ok(SharingPreview {
            version: foreseen.version,
            now: foreseen.privacy,
            wanted,
            before: people.before,
            after: people.after,
            gain_view: people.gain_view,
            gain_collaborate: people.gain_collaborate,
            lose_collaborate: people.lose_collaborate,
            lose: people.lose,
        })
    }
}

#[cfg(test)]
mod tests {
    use parlor_domain::grants::{
        Grants,
        Level::{self, Collaborate, View},
    };
    use serde_json::json;

    use super::*;
    use crate::kit::*;

    fn wanted(organization: Option<Level>, groups: &[(GroupId, Level)]) -> WantedGrants {
        WantedGrants {
            organization,
            groups: groups.iter().copied().collect(),
        }
    }

    async fn preview(
        stage: &Stage,
        caller: &Caller,
        id: ConversationId,
        wanted: WantedGrants,
    ) -> Result<SharingPreview, PreviewSharingError> {
        PreviewSharing::new(stage.gate(), stage.access())
            .execute(caller, id, wanted)
            .await
    }

    #[tokio::test]
    async fn the_owner_learns_for_how_many_it_would_change_what_and_nothing_changes() {
        let stage = Stage::with(private());
        let to_all = wanted(Some(View), &[]);
        let told = preview(&stage, &alice(), CONVERSATION, to_all)
            .await
            .unwrap();
        let expected = SharingPreview {
            version: VERSION,
            now: Privacy::Private,
            wanted: Privacy::Shared(Grants::to_organization(View)),
            // Alice, Max and Vera; then Bob and Carol too.
            before: 3,
            after: 5,
            gain_view: 2,
            gain_collaborate: 0,
            lose_collaborate: 0,
            lose: 0,
        };
        assert_eq!(told, expected);
        assert!(told.changes_grants());
        assert_eq!(stage.conversation(CONVERSATION), private());
        assert_eq!(stage.trace(), "read foresee");
        stage.assert_untouched();
    }

    #[tokio::test]
    async fn the_grants_that_are_there_would_change_nothing() {
        let stage = Stage::with(shared_with(THREAT_HUNTING, View));
        let same = wanted(None, &[(THREAT_HUNTING, View)]);
        let told = preview(&stage, &alice(), CONVERSATION, same).await.unwrap();
        assert!(!told.changes_grants());
        assert_eq!((told.before, told.after, told.lose), (4, 4, 0));
    }

    #[tokio::test]
    async fn what_saving_would_refuse_is_refused_before() {
        let stage = Stage::with(private());
        let unknown = wanted(None, &[(THREAT_HUNTING, View), (GLOBEX_RED_TEAM, View)]);
        let outcome = preview(&stage, &alice(), CONVERSATION, unknown).await;
        let Err(PreviewSharingError::UnknownGroups(groups)) = outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!(groups, [GLOBEX_RED_TEAM]);

        let stage = Stage::with(shared(View)).under(PRIVATE_DISABLED);
        let nobody = WantedGrants::default();
        let outcome = preview(&stage, &alice(), CONVERSATION, nobody.clone()).await;
        assert!(matches!(
            outcome,
            Err(PreviewSharingError::PrivateConversationsDisabled(_))
        ));
        // What is private stays so, and saving that again changes nothing.
        let stage = Stage::with(private()).under(PRIVATE_DISABLED);
        let told = preview(&stage, &alice(), CONVERSATION, nobody).await;
        assert!(!told.unwrap().changes_grants());
    }

    #[tokio::test]
    async fn a_manager_is_recorded_before_it_learns_of_anybody() {
        let stage = Stage::with(private());
        let nobody = WantedGrants::default();
        preview(&stage, &max(), CONVERSATION, nobody).await.unwrap();
        let action = "AI_INFERENCE_STREAM_GET";
        let input = json!({"part": "sharing"});
        assert_eq!(
            stage.recorded(),
            [done(&max(), action, &AS_MANAGER, 4, input)]
        );
        assert_eq!(stage.trace(), "read record foresee");
    }

    #[tokio::test]
    async fn who_may_read_or_prompt_learns_nothing() {
        for (caller, level) in [(carol(), View), (bob(), Collaborate), (vera(), View)] {
            let stage = Stage::with(shared(level));
            let refused = preview(&stage, &caller, CONVERSATION, WantedGrants::default()).await;
            assert_refused(&stage, &caller, Action::ChangeSharing, refused);
            assert_eq!(stage.trace(), "read record");
        }
    }

    #[tokio::test]
    async fn who_cannot_see_it_gets_what_who_asks_for_nothing_gets() {
        let stage = || Stage::with(private());
        for caller in [carol(), mallory()] {
            assert_invisible_like_absent(stage, &caller, async |stage, id| {
                let grants = wanted(None, &[(GLOBEX_RED_TEAM, Collaborate)]);
                preview(stage, &caller, id, grants).await
            })
            .await;
        }
    }

    #[tokio::test]
    async fn every_failure_is_passed_on() {
        for caller in [alice(), max(), vera(), mallory()] {
            let stage = || Stage::with(private());
            assert_every_failure_is_passed_on(stage, async |stage| {
                preview(stage, &caller, CONVERSATION, WantedGrants::default()).await
            })
            .await;
        }
    }
}
