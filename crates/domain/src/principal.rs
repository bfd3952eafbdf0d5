//! Who is asking.

use std::{collections::BTreeSet, fmt, str::FromStr};

use crate::ids::{GroupId, OrganizationId, UserId};
use crate::worded::worded;

worded! {
    /// What a role gives (access rules, "Words").
    Permission {
        /// Create, prompt and fork conversations, and see those that were shared.
        RunAi = "run_ai",
        /// Read every conversation of the organization, private ones too. Such readings are audited.
        ViewPrivateResponses = "view_private_responses",
        /// Everything with every conversation of the organization. Includes [`Permission::ViewPrivateResponses`].
        ManageResponses = "manage_responses",
        /// Change users, roles and groups.
        ManageDirectory = "manage_directory",
        /// Change the organization's settings.
        ManageSettings = "manage_settings",
        /// Read the audit log.
        ReadAuditLog = "read_audit_log",
    }
}

impl Permission {
    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// The text names no permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a permission")]
pub struct UnknownPermission;

impl FromStr for Permission {
    type Err = UnknownPermission;

    fn from_str(text: &str) -> Result<Self, UnknownPermission> {
        Self::ALL
            .into_iter()
            .find(|permission| permission.as_str() == text)
            .ok_or(UnknownPermission)
    }
}

/// A set of permissions as roles give them: [`Permissions::assigned`] says what was given,
/// [`Permissions::allow`] what it amounts to.
#[derive(Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Permissions(u8);

impl Permissions {
    /// No permission at all.
    pub const NONE: Self = Self(0);

    /// Whether the principal may do what this permission stands for.
    ///
    /// `manage_responses` includes `view_private_responses`; no other permission includes another.
    pub const fn allow(self, permission: Permission) -> bool {
        let implied = match permission {
            Permission::ViewPrivateResponses => Permission::ManageResponses.bit(),
            _ => 0,
        };
        self.0 & (permission.bit() | implied) != 0
    }

    /// The permissions that roles give, without what they include.
    pub fn assigned(self) -> impl Iterator<Item = Permission> {
        Permission::ALL
            .into_iter()
            .filter(move |permission| self.0 & permission.bit() != 0)
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<T: IntoIterator<Item = Permission>>(permissions: T) -> Self {
        Self(
            permissions
                .into_iter()
                .fold(0, |bits, permission| bits | permission.bit()),
        )
    }
}

impl fmt::Debug for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.assigned()).finish()
    }
}

/// Who is asking, as the directory knows them now. Read for each request, never kept past it.
///
/// There is a principal for active users only: a stopped user has no access to anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The tenant; nothing of another one is ever visible.
    pub organization_id: OrganizationId,
    /// The user.
    pub user_id: UserId,
    /// What its roles give.
    pub permissions: Permissions,
    /// The groups that it is a member of.
    pub groups: BTreeSet<GroupId>,
}

impl Principal {
    /// Whether it holds this permission, or one that includes it.
    pub const fn may(&self, permission: Permission) -> bool {
        self.permissions.allow(permission)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manage_responses_includes_view_private_responses_and_nothing_else_includes_anything() {
        for held in Permission::ALL {
            let permissions: Permissions = [held].into_iter().collect();
            for asked in Permission::ALL {
                let included = held == Permission::ManageResponses
                    && asked == Permission::ViewPrivateResponses;
                assert_eq!(
                    permissions.allow(asked),
                    held == asked || included,
                    "{held} {asked}"
                );
            }
        }
    }

    #[test]
    fn what_is_assigned_is_told_without_what_it_includes() {
        let permissions: Permissions = [Permission::ManageResponses].into_iter().collect();
        assert_eq!(
            permissions.assigned().collect::<Vec<_>>(),
            [Permission::ManageResponses]
        );
        assert_eq!(format!("{permissions:?}"), "{ManageResponses}");
    }

    #[test]
    fn every_permission_is_read_from_its_own_word_alone() {
        for permission in Permission::ALL {
            assert_eq!(permission.as_str().parse(), Ok(permission));
        }
        assert_eq!("RUN_AI".parse::<Permission>(), Err(UnknownPermission));
    }
}
