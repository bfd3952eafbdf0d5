//! Mocks of the ports that tell who is signed in and who can see a conversation, on the stage.

use std::sync::Arc;

use parlor_domain::{
    access::{AccessFacts, AccessLevel, decide},
    grants::{Grants, Privacy},
    ids::GroupId,
};

use super::stage::{Scene, Stage};
use crate::ports::{
    AccessChange, AccessReader, ConversationKey, ForeseenSharing, Member, MockAccessReader,
    PeopleOfConversation, PersonOfConversation, UserRef,
};
use crate::testing::groups_of;

impl Stage {
    pub fn access(&self) -> Arc<dyn AccessReader> {
        let mut reader = MockAccessReader::new();
        let stage = self.clone();
        reader.expect_people().returning(move |key, after, limit| {
            stage.call("read_people", |scene| {
                let mut people = scene.people(key)?;
                let follows = |person: &PersonOfConversation| {
                    let place = |user: &UserRef| (user.name.clone(), user.id);
                    after
                        .as_ref()
                        .is_none_or(|after| place(&person.user) > place(after))
                };
                people.people.retain(follows);
                people.people.truncate(limit as usize);
                Some(people)
            })
        });
        let stage = self.clone();
        reader.expect_foresee().returning(move |key, wanted| {
            stage.call("foresee", |scene| scene.foresee(key, wanted))
        });
        Arc::new(reader)
    }
}

impl Scene {
    fn active(&self, key: ConversationKey) -> impl Iterator<Item = &Member> {
        let members = self.stored.members.values();
        members.filter(move |member| member.principal.organization_id == key.organization_id)
    }

    fn people(&self, key: ConversationKey) -> Option<PeopleOfConversation> {
        let conversation = self.stored.conversations.get(&key.conversation_id)?;
        let mut people: Vec<_> = self
            .active(key)
            .filter(|member| decide(&member.principal, conversation.into()).is_visible())
            .map(|member| PersonOfConversation {
                user: UserRef {
                    id: member.principal.user_id,
                    name: member.name.clone(),
                },
                principal: member.principal.clone(),
                concerning: conversation.privacy.clone(),
            })
            .collect();
        people.sort_by(|a, b| a.user.name.cmp(&b.user.name));
        Some(PeopleOfConversation {
            organization_id: key.organization_id,
            owner_id: conversation.owner_id,
            people,
        })
    }

    fn foresee(&self, key: ConversationKey, wanted: &Privacy) -> Option<ForeseenSharing> {
        let conversation = self.stored.conversations.get(&key.conversation_id)?;
        let count = |privacy: &Privacy| {
            let facts = AccessFacts {
                privacy,
                ..AccessFacts::from(conversation)
            };
            let levels = self
                .active(key)
                .map(|member| decide(&member.principal, facts).level());
            levels.filter(|level| *level > AccessLevel::None).count() as u64
        };
        let (before, after) = (count(&conversation.privacy), count(wanted));
        let known = groups_of(key.organization_id);
        let granted = wanted.grants().into_iter().flat_map(Grants::groups);
        let unknown: Vec<GroupId> = granted
            .map(|(id, _)| *id)
            .filter(|id| !known.contains(id))
            .collect();
        Some(ForeseenSharing {
            version: conversation.version,
            privacy: conversation.privacy.clone(),
            settings: self.stored.settings,
            unknown_groups: unknown,
            people: AccessChange {
                before,
                after,
                gain_view: after.saturating_sub(before),
                lose: before.saturating_sub(after),
                ..AccessChange::default()
            },
        })
    }
}
