//! Every situation that the access rules tell apart, as plain data.

use std::collections::BTreeMap;

use parlor_domain::{
    access::{Access, AccessFacts, decide},
    grants::{Level, Privacy},
    ids::{GroupId, OrganizationId, UserId},
    principal::{Permission, Principal},
};
use uuid::Uuid;

const ORGANIZATION: OrganizationId = OrganizationId::from_uuid(Uuid::from_u128(0x10));
const ANOTHER_ORGANIZATION: OrganizationId = OrganizationId::from_uuid(Uuid::from_u128(0x11));
const PRINCIPAL: UserId = UserId::from_uuid(Uuid::from_u128(0x20));
const SOMEBODY_ELSE: UserId = UserId::from_uuid(Uuid::from_u128(0x21));
const OWN_GROUP: GroupId = GroupId::from_uuid(Uuid::from_u128(0x30));
const FOREIGN_GROUP: GroupId = GroupId::from_uuid(Uuid::from_u128(0x31));

/// What a grant may be: none, view or collaborate.
pub const GRANTS: [Option<Level>; 3] = [None, Some(Level::View), Some(Level::Collaborate)];

/// The permissions that the rules of access speak of.
pub const THAT_MATTER: [Permission; 3] = [
    Permission::RunAi,
    Permission::ViewPrivateResponses,
    Permission::ManageResponses,
];

/// The permissions that give nothing with a conversation.
pub const THAT_DO_NOT_MATTER: [Permission; 3] = [
    Permission::ManageDirectory,
    Permission::ManageSettings,
    Permission::ReadAuditLog,
];

/// One principal before one conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Situation {
    /// Whether the principal belongs to the conversation's organization.
    pub same_organization: bool,
    /// Whether it owns the conversation.
    pub owner: bool,
    /// What its roles give, and nothing else.
    pub permissions: Vec<Permission>,
    /// The organization's grant.
    pub organization: Option<Level>,
    /// The grant of a group that it is a member of.
    pub own_group: Option<Level>,
    /// The grant of a group that it is not a member of.
    pub foreign_group: Option<Level>,
}

impl Situation {
    /// The principal of this situation.
    pub fn principal(&self) -> Principal {
        Principal {
            organization_id: if self.same_organization {
                ORGANIZATION
            } else {
                ANOTHER_ORGANIZATION
            },
            user_id: PRINCIPAL,
            permissions: self.permissions.iter().copied().collect(),
            groups: [OWN_GROUP].into(),
        }
    }

    /// The grants of this situation's conversation.
    pub fn privacy(&self) -> Privacy {
        let groups: BTreeMap<_, _> = [
            (OWN_GROUP, self.own_group),
            (FOREIGN_GROUP, self.foreign_group),
        ]
        .into_iter()
        .filter_map(|(group, level)| Some((group, level?)))
        .collect();
        Privacy::from_grants(self.organization, groups)
    }

    /// What the rest of the conversation comes down to.
    pub fn facts<'a>(&self, privacy: &'a Privacy) -> AccessFacts<'a> {
        AccessFacts {
            organization_id: ORGANIZATION,
            owner_id: if self.owner { PRINCIPAL } else { SOMEBODY_ELSE },
            privacy,
        }
    }

    /// What the domain decides here.
    pub fn decided(&self) -> Access {
        decide(&self.principal(), self.facts(&self.privacy()))
    }
}

/// Every subset of `permissions`, the empty one first.
pub fn subsets(permissions: &[Permission]) -> Vec<Vec<Permission>> {
    permissions
        .iter()
        .fold(vec![Vec::new()], |subsets, permission| {
            let with = subsets
                .iter()
                .map(|subset| [subset.as_slice(), &[*permission]].concat());
            subsets.iter().cloned().chain(with).collect()
        })
}

/// Every situation in which the principal holds a subset of `permissions`: 2 × 2 × subsets × 27.
pub fn all(permissions: &[Permission]) -> Vec<Situation> {
    let mut situations = Vec::new();
    for same_organization in [true, false] {
        for owner in [true, false] {
            for permissions in subsets(permissions) {
                for organization in GRANTS {
                    for own_group in GRANTS {
                        for foreign_group in GRANTS {
                            situations.push(Situation {
                                same_organization,
                                owner,
                                permissions: permissions.clone(),
                                organization,
                                own_group,
                                foreign_group,
                            });
                        }
                    }
                }
            }
        }
    }
    situations
}
