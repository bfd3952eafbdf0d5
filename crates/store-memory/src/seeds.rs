//! Two organizations of the same shape, with the same ids of users and groups in both.

use parlor_application::ports::{DirectorySeed, GroupRef, OrganizationSeed, UserRef, UserSeed};
use parlor_domain::{
    ids::{GroupId, OrganizationId, UserId},
    principal::Permission,
    settings::Settings,
};
use uuid::Uuid;

use crate::model::Organization;

/// The organization that most tests work in.
pub const ACME: OrganizationId =
    OrganizationId::from_uuid(Uuid::from_u128(0xacae_0000_0000_7000_8000_0000_0000_0001));
/// The other one.
pub const GLOBEX: OrganizationId =
    OrganizationId::from_uuid(Uuid::from_u128(0x610b_e000_0000_7000_8000_0000_0000_0002));

const fn user(number: u128) -> UserId {
    UserId::from_uuid(Uuid::from_u128(
        0x05e2_0000_0000_7000_8000_0000_0000_0000 + number,
    ))
}

const fn group(number: u128) -> GroupId {
    GroupId::from_uuid(Uuid::from_u128(
        0x6209_0000_0000_7000_8000_0000_0000_0000 + number,
    ))
}

/// `run_ai`; a hunter.
pub const ALICE: UserId = user(1);
/// `run_ai`; a hunter.
pub const BOB: UserId = user(2);
/// `run_ai`; a responder.
pub const CAROL: UserId = user(3);
/// `run_ai`; a hunter and a responder.
pub const DORA: UserId = user(4);
/// No permission; a hunter.
pub const ERIN: UserId = user(5);
/// `run_ai`, `view_private_responses`, `read_audit_log`; in no group.
pub const VERA: UserId = user(6);
/// `run_ai`, `manage_responses`; in no group.
pub const MAX: UserId = user(7);
/// `view_private_responses` without `run_ai`; a responder.
pub const PAUL: UserId = user(8);
/// `manage_directory`, `manage_settings`, `read_audit_log`; in no group.
pub const ADMIN: UserId = user(9);
/// `run_ai`, `manage_responses`; a hunter; stopped.
pub const SAM: UserId = user(10);

/// Everybody who is active.
pub const ACTIVE: [UserId; 9] = [ALICE, BOB, CAROL, DORA, ERIN, VERA, MAX, PAUL, ADMIN];

/// A group of five, one of them stopped.
pub const HUNTERS: GroupId = group(1);
/// A group of three.
pub const RESPONDERS: GroupId = group(2);
/// A group without members.
pub const NIGHT_SHIFT: GroupId = group(3);

/// Both organizations.
pub fn two_organizations() -> DirectorySeed {
    DirectorySeed {
        organizations: vec![organization(ACME, "Acme"), organization(GLOBEX, "Globex")],
    }
}

/// An organization of the shape that the constants of this module describe. Names tell which organization they are of.
pub fn organization(id: OrganizationId, name: &str) -> OrganizationSeed {
    let member = |id, first: &str, roles: &[(&str, &[Permission])], groups: &[GroupId]| UserSeed {
        id,
        name: format!("{first} of {name}"),
        email: format!("{}@{}.example", first.to_lowercase(), name.to_lowercase()),
        active: id != SAM,
        roles: roles
            .iter()
            .map(|(role, permissions)| ((*role).to_owned(), permissions.to_vec()))
            .collect(),
        groups: groups.to_vec(),
    };
    let analyst: (&str, &[Permission]) = ("Analyst", &[Permission::RunAi]);
    let auditor: (&str, &[Permission]) = (
        "Auditor",
        &[Permission::ViewPrivateResponses, Permission::ReadAuditLog],
    );
    let manager: (&str, &[Permission]) = ("Manager", &[Permission::ManageResponses]);
    let watcher: (&str, &[Permission]) = ("Watcher", &[Permission::ViewPrivateResponses]);
    let administrator: (&str, &[Permission]) = (
        "Administrator",
        &[
            Permission::ManageDirectory,
            Permission::ManageSettings,
            Permission::ReadAuditLog,
        ],
    );
    OrganizationSeed {
        id,
        name: name.to_owned(),
        settings: Settings {
            private_conversations: true,
        },
        groups: [
            (HUNTERS, "Hunters"),
            (RESPONDERS, "Responders"),
            (NIGHT_SHIFT, "Night shift"),
        ]
        .into_iter()
        .map(|(id, group)| GroupRef {
            id,
            name: format!("{group} of {name}"),
        })
        .collect(),
        users: vec![
            member(ALICE, "Alice", &[analyst], &[HUNTERS]),
            member(BOB, "Bob", &[analyst], &[HUNTERS]),
            member(CAROL, "Carol", &[analyst], &[RESPONDERS]),
            member(DORA, "Dora", &[analyst], &[RESPONDERS, HUNTERS]),
            member(ERIN, "Erin", &[], &[HUNTERS]),
            member(VERA, "Vera", &[auditor, analyst], &[]),
            member(MAX, "Max", &[manager, analyst], &[]),
            member(PAUL, "Paul", &[watcher], &[RESPONDERS]),
            member(ADMIN, "Admin", &[administrator], &[]),
            member(SAM, "Sam", &[manager, analyst], &[HUNTERS]),
        ],
    }
}

/// A user of Acme and what it is called.
pub fn user_of_acme(id: UserId) -> UserRef {
    Organization::new(organization(ACME, "Acme")).user_ref(id)
}
