//! Who there is: the people of the demo organization, by name.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use parlor_application::ports::{
    Allowance, AuthenticationUnavailable, GroupRef, Identity, Member, MockAuthenticator,
    MockDirectory, MockPromptAllowance, StorePosition, UserRef,
};
use parlor_domain::{
    ids::{GroupId, OrganizationId, UserId},
    principal::{Permission, Principal},
};
use uuid::Uuid;

use super::State;

pub const ALICE: &str = "alice";
/// The id of the one group, `Threat Hunting`.
pub const GROUP: &str = "0190a2b4-1111-7cc0-98c4-dc0c0c07398f";

/// Where the store was when a request began.
pub const READ_AT: StorePosition = StorePosition::from_number(7);

/// Name, organization, permissions, whether it is in the group.
const PEOPLE: [(&str, &str, &[Permission], bool); 7] = [
    (ALICE, "acme", &[Permission::RunAi], true),
    ("bob", "acme", &[Permission::RunAi], true),
    (
        "vera",
        "acme",
        &[Permission::RunAi, Permission::ViewPrivateResponses],
        false,
    ),
    (
        "max",
        "acme",
        &[Permission::RunAi, Permission::ManageResponses],
        false,
    ),
    ("erin", "acme", &[], true),
    (
        "admin",
        "acme",
        &[Permission::ManageSettings, Permission::ReadAuditLog],
        false,
    ),
    ("mallory", "globex", &Permission::ALL, false),
];

fn number(name: &str) -> u128 {
    name.bytes()
        .fold(0, |sum, byte| sum * 256 + u128::from(byte))
}

pub fn user(name: &str) -> UserId {
    UserId::from_uuid(Uuid::from_u128(number(name)))
}

pub fn organization(name: &str) -> OrganizationId {
    OrganizationId::from_uuid(Uuid::from_u128(number(name)))
}

fn group() -> GroupRef {
    GroupRef {
        id: GROUP.parse().unwrap(),
        name: "Threat Hunting".to_owned(),
    }
}

pub fn member(identity: Identity) -> Option<Member> {
    let known = PEOPLE.iter().find(|(name, home, ..)| {
        user(name) == identity.user_id && organization(home) == identity.organization_id
    });
    let &(name, home, permissions, in_group) = known?;
    let groups: Vec<GroupRef> = in_group.then(group).into_iter().collect();
    Some(Member {
        principal: Principal {
            organization_id: identity.organization_id,
            user_id: identity.user_id,
            permissions: permissions.iter().copied().collect(),
            groups: groups.iter().map(|group| group.id).collect(),
        },
        name: name.to_owned(),
        email: format!("{name}@{home}.example"),
        role_names: vec![format!("{name}'s role")],
        organization_name: home.to_owned(),
        groups,
        read_at: READ_AT,
    })
}

/// An active user of an organization.
pub fn user_ref(home: OrganizationId, id: UserId) -> Option<UserRef> {
    let member = member(Identity {
        organization_id: home,
        user_id: id,
    })?;
    Some(UserRef {
        id,
        name: member.name,
    })
}

/// An active user of this organization.
pub fn member_of(home: OrganizationId, id: UserId) -> Option<Member> {
    member(Identity {
        organization_id: home,
        user_id: id,
    })
}

/// Those of these groups that are not there.
pub fn unknown_groups(ids: &[GroupId]) -> Vec<GroupId> {
    ids.iter().copied().filter(|&id| id != group().id).collect()
}

/// Tokens are `demo-<name>`; the one of `away` cannot be checked, and the one of `stopped` is good, but its user is not active.
pub fn authenticator() -> MockAuthenticator {
    let mut mock = MockAuthenticator::new();
    mock.expect_authenticate().returning(|token| {
        let name = token.expose().strip_prefix("demo-");
        if name == Some("away") {
            return Err(AuthenticationUnavailable("away".into()));
        }
        if name == Some("stopped") {
            return Ok(Some(Identity {
                organization_id: organization("acme"),
                user_id: user("stopped"),
            }));
        }
        let known = PEOPLE.iter().find(|(known, ..)| Some(*known) == name);
        Ok(known.map(|&(name, home, ..)| Identity {
            organization_id: organization(home),
            user_id: user(name),
        }))
    });
    mock
}

pub fn directory(state: &Arc<Mutex<State>>) -> MockDirectory {
    let mut mock = MockDirectory::new();
    mock.expect_find_member()
        .returning(|identity| Ok(member(identity)));
    mock.expect_list_groups().returning(|_, _, after, limit| {
        let all: Vec<GroupRef> = (0..3)
            .map(|number| GroupRef {
                id: GroupId::from_uuid(Uuid::from_u128(number)),
                name: format!("Group {number}"),
            })
            .collect();
        let rest = all.into_iter().skip_while(|group| {
            after
                .as_ref()
                .is_some_and(|after| (&group.name, group.id) <= (&after.name, after.id))
        });
        Ok(rest.take(limit as usize).collect())
    });
    let state = Arc::clone(state);
    mock.expect_settings()
        .returning(move |_| Ok(state.lock().unwrap().settings));
    mock
}

/// Everybody may prompt so often as long as these mocks live, which is no minute.
pub fn allowance() -> MockPromptAllowance {
    let mut mock = MockPromptAllowance::new();
    let taken = Mutex::new(BTreeMap::new());
    mock.expect_take().returning(move |user, per_minute| {
        let mut taken = taken.lock().unwrap();
        let taken: &mut u32 = taken.entry(user.user_id).or_default();
        *taken += 1;
        let retry_after = Duration::from_millis(19_001);
        Ok(if *taken > per_minute.get() {
            Allowance::Exhausted { retry_after }
        } else {
            Allowance::Taken
        })
    });
    mock
}
