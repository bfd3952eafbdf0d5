//! Who asks: the demo organization of the design page "HTTP API", and somebody of another one.

use std::collections::BTreeSet;

use parlor_domain::{
    audit::Origin,
    ids::{GroupId, OrganizationId, UserId},
    principal::{Permission, Principal},
};
use uuid::Uuid;

use crate::{
    caller::{Caller, Visitor},
    ports::{GroupRef, Member, StorePosition, UserRef},
};

pub const ACME: OrganizationId = OrganizationId::from_uuid(Uuid::from_u128(0xAC));
pub const GLOBEX: OrganizationId = OrganizationId::from_uuid(Uuid::from_u128(0x61));

pub const THREAT_HUNTING: GroupId = GroupId::from_uuid(Uuid::from_u128(0x71));
pub const INCIDENT_RESPONSE: GroupId = GroupId::from_uuid(Uuid::from_u128(0x72));
pub const GLOBEX_RED_TEAM: GroupId = GroupId::from_uuid(Uuid::from_u128(0x73));

/// Where the store was when a request began.
pub const READ_AT: StorePosition = StorePosition::from_number(7);
/// Where it was after what the client had done before.
pub const SEEN: StorePosition = StorePosition::from_number(5);

/// Owns the samples.
pub fn alice() -> Caller {
    caller("alice", ACME, &[Permission::RunAi], &[THREAT_HUNTING])
}

/// Is in the group of the owner.
pub fn bob() -> Caller {
    caller("bob", ACME, &[Permission::RunAi], &[THREAT_HUNTING])
}

/// Is in another group: sees only what the organization may see.
pub fn carol() -> Caller {
    caller("carol", ACME, &[Permission::RunAi], &[INCIDENT_RESPONSE])
}

/// Reads everything by privilege.
pub fn vera() -> Caller {
    let permissions = [
        Permission::RunAi,
        Permission::ViewPrivateResponses,
        Permission::ReadAuditLog,
    ];
    caller("vera", ACME, &permissions, &[])
}

/// Manages everything by privilege.
pub fn max() -> Caller {
    let permissions = [Permission::RunAi, Permission::ManageResponses];
    caller("max", ACME, &permissions, &[])
}

/// Is in the group of the owner, and may not use the AI.
pub fn erin() -> Caller {
    caller("erin", ACME, &[], &[THREAT_HUNTING])
}

/// Manages people and settings, and has nothing to do with conversations.
pub fn admin() -> Caller {
    let permissions = [
        Permission::ManageDirectory,
        Permission::ManageSettings,
        Permission::ReadAuditLog,
    ];
    caller("admin", ACME, &permissions, &[])
}

/// May do everything, in another organization.
pub fn mallory() -> Caller {
    caller("mallory", GLOBEX, &Permission::ALL, &[GLOBEX_RED_TEAM])
}

/// Before the directory has told who it is.
pub fn visitor(caller: &Caller) -> Visitor {
    Visitor {
        identity: caller.identity(),
        origin: caller.origin.clone(),
        seen: None,
    }
}

pub fn everybody() -> Vec<Caller> {
    vec![
        alice(),
        bob(),
        carol(),
        vera(),
        max(),
        erin(),
        admin(),
        mallory(),
    ]
}

/// A user's id, made from its name.
pub fn user_id(name: &str) -> UserId {
    let number = name
        .bytes()
        .fold(0, |number, byte| number << 8 | u128::from(byte));
    UserId::from_uuid(Uuid::from_u128(number))
}

pub fn user_ref(caller: &Caller) -> UserRef {
    UserRef {
        id: caller.user_id(),
        name: caller.member.name.clone(),
    }
}

/// The same user, whose client tells what it has seen.
pub fn having_seen(mut caller: Caller) -> Caller {
    caller.seen = Some(SEEN);
    caller
}

/// The same user without `run_ai`.
pub fn without_run_ai(mut caller: Caller) -> Caller {
    let permissions = &mut caller.member.principal.permissions;
    *permissions = permissions
        .assigned()
        .filter(|permission| *permission != Permission::RunAi)
        .collect();
    caller
}

pub fn group_name(id: GroupId) -> &'static str {
    match id {
        THREAT_HUNTING => "Threat Hunting",
        INCIDENT_RESPONSE => "Incident Response",
        GLOBEX_RED_TEAM => "Globex Red Team",
        _ => "a group that nobody knows",
    }
}

pub fn groups_of(organization_id: OrganizationId) -> BTreeSet<GroupId> {
    match organization_id {
        ACME => BTreeSet::from([THREAT_HUNTING, INCIDENT_RESPONSE]),
        _ => BTreeSet::from([GLOBEX_RED_TEAM]),
    }
}

/// What an organization is called.
pub fn organization_name(id: OrganizationId) -> &'static str {
    match id {
        ACME => "Acme",
        _ => "Globex",
    }
}

fn caller(
    name: &str,
    organization_id: OrganizationId,
    permissions: &[Permission],
    groups: &[GroupId],
) -> Caller {
    let principal = Principal {
        organization_id,
        user_id: user_id(name),
        permissions: permissions.iter().copied().collect(),
        groups: groups.iter().copied().collect(),
    };
    let groups = groups.iter().map(|&id| GroupRef {
        id,
        name: group_name(id).to_owned(),
    });
    Caller {
        member: Member {
            principal,
            name: name.to_owned(),
            email: format!("{name}@parlor.example"),
            role_names: vec![format!("{name}'s role")],
            organization_name: organization_name(organization_id).to_owned(),
            groups: groups.collect(),
            read_at: READ_AT,
        },
        origin: Origin {
            request_id: "request-1".to_owned(),
            source_ip: "192.0.2.7".to_owned(),
            forwarded_for: Vec::new(),
            user_agent: "curl".to_owned(),
        },
        seen: None,
    }
}
