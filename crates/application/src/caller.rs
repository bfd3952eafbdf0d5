//! Who asks, and from where.

use chrono::{DateTime, Utc};
use parlor_domain::{
    audit::{ActionName, Actor, AuditEntry, Origin},
    ids::{ConversationId, OrganizationId, UserId},
    principal::Principal,
};

use crate::ports::{ConversationKey, IdGenerator, Identity, Member, StorePosition};

/// The user behind a request, as the directory knew it when the request began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The user.
    pub member: Member,
    /// Where the request came from.
    pub origin: Origin,
    /// The position that was answered to the client's last write, if the client tells.
    pub seen: Option<StorePosition>,
}

/// Somebody whose token is good: whether its user is active, and what it may do, the directory has yet to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    /// What its token stands for.
    pub identity: Identity,
    /// Where the request came from.
    pub origin: Origin,
    /// The position that was answered to the client's last write, if the client tells.
    pub seen: Option<StorePosition>,
}

impl Visitor {
    /// The caller, once the directory has told who that is.
    pub fn met(self, member: Member) -> Caller {
        Caller {
            member,
            origin: self.origin,
            seen: self.seen,
        }
    }
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

    /// A conversation of its organization, if there is such a one.
    pub const fn key_of(&self, conversation_id: ConversationId) -> ConversationKey {
        ConversationKey {
            organization_id: self.organization_id(),
            conversation_id,
        }
    }

    /// How new the messages have to be that it is shown. Whether it may see them is decided from the newest state whatever this
    /// says, so nothing but its own last write matters; of a client that does not tell, everything counts that was answered
    /// before the request.
    pub fn newest_seen(&self) -> StorePosition {
        self.seen.unwrap_or(self.member.read_at)
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
