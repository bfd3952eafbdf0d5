//! Who can see a conversation, told by asking the domain for one person after the other.

use parlor_application::ports::{
    AccessChange, ForeseenSharing, PeopleOfConversation, PersonOfConversation, UserRef,
};
use parlor_domain::{
    access::{AccessFacts, AccessLevel, decide},
    conversation::Conversation,
    grants::{Grants, Privacy},
    ids::{ConversationId, GroupId},
    principal::Principal,
};

use super::{Organization, concerning};

/// A page of the people who can see a conversation.
pub fn people(
    organization: &Organization,
    id: ConversationId,
    after: Option<&UserRef>,
    limit: u32,
) -> Option<PeopleOfConversation> {
    let conversation = organization.conversations.get(&id)?;
    let place = |user: &UserRef| (user.name.clone(), user.id);
    let mut people: Vec<PersonOfConversation> = organization
        .seed
        .users
        .iter()
        .filter_map(|user| organization.member(user.id))
        .filter(|member| decide(&member.principal, conversation.into()).is_visible())
        .map(|member| PersonOfConversation {
            user: UserRef {
                id: member.principal.user_id,
                name: member.name,
            },
            concerning: concerning(&member.principal, &conversation.privacy),
            principal: among_granted(member.principal, conversation),
        })
        .filter(|person| after.is_none_or(|after| place(&person.user) > place(after)))
        .collect();
    people.sort_by_key(|person| place(&person.user));
    people.truncate(limit as usize);
    Some(PeopleOfConversation {
        organization_id: conversation.organization_id,
        owner_id: conversation.owner_id,
        people,
    })
}

/// The principal with those of its groups alone that the conversation has a grant for.
fn among_granted(principal: Principal, conversation: &Conversation) -> Principal {
    let granted = conversation.privacy.grants().map(Grants::groups);
    let is_granted = |id: &GroupId| granted.is_some_and(|granted| granted.contains_key(id));
    Principal {
        groups: principal.groups.into_iter().filter(is_granted).collect(),
        ..principal
    }
}

/// What other grants would change, counted person by person.
pub fn foresee(
    organization: &Organization,
    id: ConversationId,
    wanted: &Privacy,
) -> Option<ForeseenSharing> {
    use AccessLevel::{Collaborate, None, View};
    let conversation = organization.conversations.get(&id)?;
    let granted = wanted.grants().into_iter().flat_map(Grants::groups);
    let unknown_groups: Vec<GroupId> = granted
        .map(|(id, _)| *id)
        .filter(|id| {
            let mut groups = organization.seed.groups.iter();
            groups.all(|group| group.id != *id)
        })
        .collect();
    let mut people = AccessChange::default();
    for user in &organization.seed.users {
        let Some(member) = organization.member(user.id) else {
            continue;
        };
        let level_under = |privacy| {
            let facts = AccessFacts {
                privacy,
                ..AccessFacts::from(conversation)
            };
            decide(&member.principal, facts).level()
        };
        let (now, hence) = (level_under(&conversation.privacy), level_under(wanted));
        let mut count = |counter: fn(&mut AccessChange) -> &mut u64, counts: bool| {
            *counter(&mut people) += u64::from(counts);
        };
        count(|people| &mut people.before, now > None);
        count(|people| &mut people.after, hence > None);
        count(|people| &mut people.gain_view, now == None && hence == View);
        count(
            |people| &mut people.gain_collaborate,
            now < Collaborate && hence >= Collaborate,
        );
        count(
            |people| &mut people.lose_collaborate,
            now >= Collaborate && hence == View,
        );
        count(|people| &mut people.lose, now > None && hence == None);
    }
    Some(ForeseenSharing {
        version: conversation.version,
        privacy: conversation.privacy.clone(),
        settings: organization.seed.settings,
        unknown_groups,
        people,
    })
}
