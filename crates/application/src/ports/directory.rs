//! The people of an organization, their roles and groups.

use async_trait::async_trait;
use parlor_domain::{
    ids::{GroupId, OrganizationId, UserId},
    principal::{Permission, Principal},
    settings::Settings,
};

use super::{Identity, StoreError, StorePosition};

/// Reads who people are. Nothing of it is kept past the request that asked.
///
/// An implementor MUST
/// - answer `None` for a user that does not exist, is of another organization, or is stopped;
/// - see every change that was committed before the call;
/// - answer each in one statement.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait Directory: Send + Sync {
    /// An active user with everything that a request needs to know of it.
    async fn find_member(&self, identity: Identity) -> Result<Option<Member>, StoreError>;

    /// Groups ordered by name (in code-point order), then id, after `after`; at most `limit`.
    async fn list_groups(
        &self,
        organization_id: OrganizationId,
        after: Option<GroupRef>,
        limit: u32,
    ) -> Result<Vec<GroupRef>, StoreError>;

    /// The organization's settings.
    async fn settings(&self, organization_id: OrganizationId) -> Result<Settings, StoreError>;
}

/// An active user, as the directory knows it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// What the access rules need.
    pub principal: Principal,
    /// What it is called.
    pub name: String,
    /// Its address.
    pub email: String,
    /// The names of its roles, ordered.
    pub role_names: Vec<String>,
    /// Its organization's name.
    pub organization_name: String,
    /// Its groups with their names, ordered by name and id; the same ids as in the principal.
    pub groups: Vec<GroupRef>,
    /// Where the store was when this was read: everything that was answered before is before it.
    pub read_at: StorePosition,
}

/// A user's id and what it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRef {
    /// The user.
    pub id: UserId,
    /// What it is called.
    pub name: String,
}

/// A group's id and what it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRef {
    /// The group.
    pub id: GroupId,
    /// What it is called. Never compared with anything: grants hold ids.
    pub name: String,
}

/// A whole directory, to fill an empty store with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DirectorySeed {
    /// The organizations.
    pub organizations: Vec<OrganizationSeed>,
}

/// One organization of a [`DirectorySeed`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationSeed {
    /// Its id.
    pub id: OrganizationId,
    /// What it is called.
    pub name: String,
    /// Its settings.
    pub settings: Settings,
    /// Its groups.
    pub groups: Vec<GroupRef>,
    /// Its users; each gets a role of its own permissions.
    pub users: Vec<UserSeed>,
}

/// One user of an [`OrganizationSeed`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserSeed {
    /// Its id.
    pub id: UserId,
    /// What it is called.
    pub name: String,
    /// Its address.
    pub email: String,
    /// Whether it may sign in.
    pub active: bool,
    /// Its roles: a name, and what the role gives. Roles of the same name in one organization are one role, with the
    /// permissions of the first.
    pub roles: Vec<(String, Vec<Permission>)>,
    /// Its groups, all of them in the organization's list.
    pub groups: Vec<GroupId>,
}
