//! Who asks, and from where.

use chrono::{DateTime, Utc};
use parlor_domain::{
    audit::{ActionName, Actor, AuditEntry, Origin},
    ids::{OrganizationId, UserId},
    principal::Principal,
};

use crate::ports::{IdGenerator, Identity, Member};

/// The user behind a request, as the directory knew it when the request began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The user.
    pub member: Member,
    /// Where the request came from.
    pub origin: Origin,
}

impl Caller {
    /// What the access rules need.
    pub const fn principal(&self) -> &Principal {
        &self.member.principal
    }

    /// The tenant.
    pub const fn organization_id(&self) -> OrganizationId {
        self.member.principal.organization_id
    }

    /// The user.
    pub const fn user_id(&self) -> UserId {
        self.member.principal.user_id
    }

    /// What its token stands for.
    pub const fn identity(&self) -> Identity {
        Identity {
            organization_id: self.organization_id(),
            user_id: self.user_id(),
        }
    }

    /// An audit entry of something that this caller did, or tried, now.
    pub fn entry(
        &self,
        ids: &dyn IdGenerator,
        action: ActionName,
        now: DateTime<Utc>,
    ) -> AuditEntry {
        let actor = Actor::User {
            id: self.user_id(),
            name: self.member.name.clone(),
            email: self.member.email.clone(),
            role_names: self.member.role_names.clone(),
        };
        AuditEntry::new(
            ids.audit_entry(),
            self.organization_id(),
            action,
            actor,
            self.origin.clone(),
            now,
        )
    }
}
