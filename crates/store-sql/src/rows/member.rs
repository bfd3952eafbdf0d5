//! A person of an organization.

use parlor_application::ports::{GroupRef, Identity, Member, StoreError, StorePosition};
use parlor_domain::{ids::GroupId, principal::Principal};

use crate::{Cell, Columns};

/// What the directory says of an active user.
pub struct MemberRow<C: Columns> {
    pub name: String,
    pub email: String,
    pub organization_name: String,
    pub role_names: C::Words,
    pub permissions: C::Words,
    pub group_ids: C::Ids,
    pub group_names: C::Words,
    /// The number of the [`StorePosition`]; 0 where a store is always as new as can be.
    pub read_at: i64,
}

/// The user's columns out of a row that has others beside them: the statements' macros know no rows in rows.
#[macro_export]
macro_rules! member_row {
    ($row:expr) => {
        $crate::rows::MemberRow {
            name: $row.name,
            email: $row.email,
            organization_name: $row.organization_name,
            role_names: $row.role_names,
            permissions: $row.permissions,
            group_ids: $row.group_ids,
            group_names: $row.group_names,
            read_at: $row.read_at,
        }
    };
}

impl<C: Columns> MemberRow<C> {
    pub fn into_member(self, identity: Identity) -> Result<Member, StoreError> {
        let Identity {
            organization_id,
            user_id,
        } = identity;
        let user = user_id.as_uuid();
        let cell = |column| Cell::new("members", column, user);
        let ids = C::ids(cell("group_ids"), self.group_ids)?;
        let names = C::words(cell("group_names"), self.group_names)?;
        let permissions = C::words(cell("permissions"), self.permissions)?;
        let groups: Vec<GroupRef> = ids
            .into_iter()
            .map(GroupId::from_uuid)
            .zip(names)
            .map(|(id, name)| GroupRef { id, name })
            .collect();
        let principal = Principal {
            organization_id,
            user_id,
            permissions: cell("permissions").permissions(&permissions)?,
            groups: groups.iter().map(|group| group.id).collect(),
        };
        Ok(Member {
            principal,
            name: self.name,
            email: self.email,
            role_names: C::words(cell("role_names"), self.role_names)?,
            organization_name: self.organization_name,
            groups,
            read_at: StorePosition::from_number(u64::try_from(self.read_at).unwrap_or_default()),
        })
    }
}
