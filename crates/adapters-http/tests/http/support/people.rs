//! Who there is: the people of the demo organization, by name.

use parlor_application::ports::{
    AuthenticationUnavailable, DirectorySeed, GroupRef, Identity, MockAuthenticator,
    OrganizationSeed, StorePosition, UserSeed,
};
use parlor_domain::{
    ids::{OrganizationId, UserId},
    principal::Permission,
    settings::Settings,
};
use uuid::Uuid;

pub const ALICE: &str = "alice";
/// The id of the group `Threat Hunting`.
pub const GROUP: &str = "0190a2b4-1111-7cc0-98c4-dc0c0c07398f";

/// The id of a group that nobody is in.
const EMPTY_GROUP: &str = "0190a2b4-2222-7cc0-98c4-dc0c0c07398f";

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

/// Alice's organization.
pub const ACME: OrganizationId = OrganizationId::from_uuid(Uuid::from_u128(0x6163_6d65));

fn organization(name: &str) -> OrganizationId {
    OrganizationId::from_uuid(Uuid::from_u128(number(name)))
}

/// Both organizations with everybody.
pub fn directory() -> DirectorySeed {
    let organizations = ["acme", "globex"].into_iter().map(|home| OrganizationSeed {
        id: organization(home),
        name: home.to_owned(),
        settings: Settings {
            private_conversations: true,
        },
        groups: groups(home),
        users: PEOPLE
            .iter()
            .filter(|(_, its_home, ..)| *its_home == home)
            .map(|&(name, home, permissions, in_group)| UserSeed {
                id: user(name),
                name: name.to_owned(),
                email: format!("{name}@{home}.example"),
                active: true,
                roles: vec![(format!("{name}'s role"), permissions.to_vec())],
                groups: in_group
                    .then(|| GROUP.parse().unwrap())
                    .into_iter()
                    .collect(),
            })
            .collect(),
    });
    DirectorySeed {
        organizations: organizations.collect(),
    }
}

fn groups(home: &str) -> Vec<GroupRef> {
    if home != "acme" {
        return Vec::new();
    }
    let group = |id: &str, name: &str| GroupRef {
        id: id.parse().unwrap(),
        name: name.to_owned(),
    };
    vec![
        group(GROUP, "Threat Hunting"),
        group(EMPTY_GROUP, "Incident Response"),
    ]
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
