//! What holds of every access, whatever the rows of the table say.

use std::collections::BTreeMap;

use parlor_domain::{
    access::{Access, AccessFacts, Action, Reason, decide},
    conversation::Conversation,
    grants::{Grants, Level, Privacy},
    ids::GroupId,
    principal::{Permission, Principal},
};
use proptest::{prelude::*, sample};

use crate::arbitrary;

fn access(principal: &Principal, conversation: &Conversation) -> Access {
    decide(principal, AccessFacts::from(conversation))
}

fn parts(privacy: &Privacy) -> (Option<Level>, BTreeMap<GroupId, Level>) {
    let groups = privacy
        .grants()
        .map(|grants| grants.groups().clone())
        .unwrap_or_default();
    (privacy.grants().and_then(Grants::organization), groups)
}

/// Something that can only help the principal.
#[derive(Debug, Clone)]
enum Gain {
    Permission(Permission),
    Membership(GroupId),
    OrganizationGrant(Level),
    GroupGrant(GroupId, Level),
    Ownership,
}

fn gain() -> impl Strategy<Value = Gain> {
    let group = || sample::select(arbitrary::groups().to_vec());
    prop_oneof![
        sample::select(Permission::ALL.to_vec()).prop_map(Gain::Permission),
        group().prop_map(Gain::Membership),
        arbitrary::level().prop_map(Gain::OrganizationGrant),
        (group(), arbitrary::level()).prop_map(|(group, level)| Gain::GroupGrant(group, level)),
        Just(Gain::Ownership),
    ]
}

/// Gives it; a grant that is higher already stays.
fn give(gain: &Gain, principal: &mut Principal, conversation: &mut Conversation) {
    let (mut organization, mut groups) = parts(&conversation.privacy);
    match *gain {
        Gain::Permission(permission) => {
            principal.permissions = principal
                .permissions
                .assigned()
                .chain([permission])
                .collect();
        }
        Gain::Membership(group) => {
            principal.groups.insert(group);
        }
        Gain::OrganizationGrant(level) => organization = organization.max(Some(level)),
        Gain::GroupGrant(group, level) => {
            groups
                .entry(group)
                .and_modify(|granted| *granted = level.max(*granted))
                .or_insert(level);
        }
        Gain::Ownership => conversation.owner_id = principal.user_id,
    }
    conversation.privacy = Privacy::from_grants(organization, groups);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_permission_a_membership_a_grant_or_ownership_never_lowers_access(
        mut principal in arbitrary::principal(),
        mut conversation in arbitrary::conversation(),
        gains in proptest::collection::vec(gain(), 1..6),
    ) {
        for gain in gains {
            let before = access(&principal, &conversation);
            give(&gain, &mut principal, &mut conversation);
            let after = access(&principal, &conversation);
            prop_assert!(after.level() >= before.level(), "{:?}: {:?} {:?}", gain, before, after);
            for action in Action::ALL {
                prop_assert!(!before.allows(action) || after.allows(action), "{:?}: lost {}", gain, action);
            }
            let became_privileged = after.is_privileged() && !before.is_privileged();
            prop_assert!(!(became_privileged && before.is_visible()), "{:?}: the owner's will was forgotten", gain);
        }
    }

    #[test]
    fn access_is_privileged_exactly_when_privilege_is_the_only_reason(
        principal in arbitrary::principal(),
        conversation in arbitrary::conversation(),
    ) {
        let access = access(&principal, &conversation);
        let without_privileges = principal.permissions.assigned().filter(|permission| {
            !matches!(permission, Permission::ViewPrivateResponses | Permission::ManageResponses)
        });
        let ordinary = Principal { permissions: without_privileges.collect(), ..principal };
        let ordinary = decide(&ordinary, AccessFacts::from(&conversation));
        prop_assert_eq!(access.is_privileged(), access.is_visible() && !ordinary.is_visible());
        for action in Action::ALL {
            let reaches = |access: &Access| access.level() >= action.needed_level();
            let privileged = reaches(&access) && !reaches(&ordinary);
            prop_assert_eq!(access.is_privileged_for(action), privileged, "{}", action);
        }
    }

    #[test]
    fn reasons_stand_in_the_tables_order_without_repetition_and_give_the_level(
        principal in arbitrary::principal(),
        conversation in arbitrary::conversation(),
    ) {
        let access = access(&principal, &conversation);
        prop_assert!(access.reasons().is_sorted_by(|earlier, later| earlier < later));
        prop_assert_eq!(access.reasons().is_empty(), !access.is_visible());
        let highest = access.reasons().iter().map(|reason| reason.level()).max();
        prop_assert_eq!(highest.unwrap_or(parlor_domain::access::AccessLevel::None), access.level());
    }

    #[test]
    fn a_private_conversation_is_seen_by_its_owner_and_by_privilege_alone(
        principal in arbitrary::principal(),
        conversation in arbitrary::conversation(),
    ) {
        let conversation = Conversation { privacy: Privacy::Private, ..conversation };
        let access = access(&principal, &conversation);
        prop_assert!(access.reasons().iter().all(|reason| *reason == Reason::Owner || reason.is_privilege()));
    }

    /// What a reading statement brings along is enough: it need not read the grants of other groups.
    #[test]
    fn the_grants_that_concern_the_principal_decide_as_all_grants_do(
        principal in arbitrary::principal(),
        conversation in arbitrary::conversation(),
    ) {
        let (organization, mut groups) = parts(&conversation.privacy);
        groups.retain(|group, _| principal.groups.contains(group));
        let privacy = Privacy::from_grants(organization, groups);
        let fewer = AccessFacts { privacy: &privacy, ..AccessFacts::from(&conversation) };
        prop_assert_eq!(decide(&principal, fewer), access(&principal, &conversation));
    }

    #[test]
    fn who_may_not_read_may_do_nothing(
        principal in arbitrary::principal(),
        conversation in arbitrary::conversation(),
    ) {
        let access = access(&principal, &conversation);
        for action in Action::ALL {
            prop_assert!(!access.allows(action) || access.allows(Action::Read));
        }
    }
}
