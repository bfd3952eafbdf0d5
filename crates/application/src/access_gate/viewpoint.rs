//! What a change has made of a conversation, as the caller sees it.

use parlor_domain::{
    conversation::Conversation,
    grants::{Grants, Privacy},
    ids::ConversationId,
    principal::Principal,
};

use super::ConversationView;
use crate::ports::{ConversationSummary, UserRef};

/// From where a change of a conversation is seen: for whom, and what one shows beside the conversation itself.
///
/// What a change answers is made from what was committed and never read again: what others do after the commit, even a deletion,
/// is not what this change did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewpoint {
    /// The caller's rights, as they were inside the transaction.
    pub principal: Principal,
    /// Whose the conversation is.
    pub owner: UserRef,
    /// What it is a copy of, only if the caller can see that one.
    pub forked_from: Option<ConversationId>,
}

impl Viewpoint {
    /// The conversation from here, under the access that the caller has to it as it is now; that may be none.
    pub fn view(self, conversation: Conversation) -> ConversationView {
        let summary = ConversationSummary {
            id: conversation.id,
            organization_id: conversation.organization_id,
            owner: self.owner,
            title: conversation.title,
            privacy: conversation.privacy.kind(),
            concerning: concerning(&self.principal, &conversation.privacy),
            created_at: conversation.created_at,
            last_activity_at: conversation.last_activity_at,
            version: conversation.version,
            forked_from: self.forked_from,
        };
        let access = summary.access_of(&self.principal);
        ConversationView { summary, access }
    }
}

/// The grants that concern this principal: the organization's and its own groups'.
fn concerning(principal: &Principal, privacy: &Privacy) -> Privacy {
    let grants = privacy.grants();
    let groups = grants
        .into_iter()
        .flat_map(Grants::groups)
        .filter(|(group, _)| principal.groups.contains(group))
        .map(|(&group, &level)| (group, level));
    Privacy::from_grants(grants.and_then(Grants::organization), groups.collect())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use parlor_domain::{
        access::{AccessLevel, Reason},
        grants::Level::{Collaborate, View},
        text::Title,
    };

    use super::*;
    use crate::{
        caller::Caller,
        conversations::{RenameConversation, TogglePrivacy},
        kit::*,
        version_condition::VersionCondition,
    };

    async fn rename(stage: &Stage, caller: &Caller) -> ConversationView {
        let to = Title::parse("Beacons").unwrap();
        RenameConversation::new(stage.gate())
            .execute(caller, CONVERSATION, &VersionCondition::Any, to)
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn a_change_answers_what_anybody_reads_who_comes_at_once() {
        let conversation = Conversation {
            privacy: Privacy::from_grants(
                Some(View),
                BTreeMap::from([(THREAT_HUNTING, Collaborate), (INCIDENT_RESPONSE, View)]),
            ),
            ..private()
        };
        for caller in [alice(), max()] {
            let stage = Stage::with(conversation.clone());
            let answered = rename(&stage, &caller).await;
            let read = stage.reader().find(caller.principal(), CONVERSATION).await;
            assert_eq!(Some(answered.summary), read.unwrap());
        }
    }

    #[tokio::test]
    async fn a_change_is_answered_from_what_was_committed_whatever_became_of_the_rest() {
        let stage = Stage::with(private());
        // Nothing can be read any more once the change is made.
        stage.send_away("read");
        let answered = rename(&stage, &alice()).await;
        assert_eq!(answered.summary.version, NEXT_VERSION);
        assert_eq!(answered.summary.owner, user_ref(&alice()));
    }

    #[tokio::test]
    async fn the_access_that_is_answered_is_of_the_rights_inside_the_transaction() {
        let stage = Stage::with(private());
        stage.change(|stored| {
            let promoted = &mut stored
                .members
                .get_mut(&alice().user_id())
                .unwrap()
                .principal;
            promoted.permissions = max().member.principal.permissions;
        });
        let reasons = [
            Reason::Owner,
            Reason::ManageResponses,
            Reason::ViewPrivateResponses,
        ];
        let answered = rename(&stage, &alice()).await;
        assert_eq!(answered.access.level(), AccessLevel::Manage);
        assert_eq!(answered.access.reasons(), reasons);
    }

    #[tokio::test]
    async fn what_it_is_a_copy_of_is_told_only_to_who_can_see_that() {
        for (original, told) in [(shared(View), Some(ABSENT)), (private(), None)] {
            let original = Conversation {
                id: ABSENT,
                ..original
            };
            let copy = Conversation {
                owner_id: bob().user_id(),
                forked_from: Some(ABSENT),
                ..private()
            };
            let stage = Stage::with(copy);
            stage.change(|stored| {
                stored.conversations.insert(original.id, original);
            });
            let toggled = TogglePrivacy::new(stage.gate())
                .execute(
                    &bob(),
                    CONVERSATION,
                    &as_seen(),
                    parlor_domain::grants::PrivacyKind::Shared,
                )
                .await;
            assert_eq!(toggled.unwrap().conversation.summary.forked_from, told);
        }
    }
}
