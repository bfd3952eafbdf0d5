//! The people of an organization, their roles and groups.

use async_trait::async_trait;
use parlor_application::ports::{Directory, GroupRef, Identity, Member, NameSearch, StoreError};
use parlor_domain::{
    ids::{GroupId, OrganizationId},
    principal::Principal,
    settings::Settings,
};
use sqlx::{query_file_as, query_file_scalar};
use uuid::Uuid;

use crate::{
    PostgresStore,
    convert::Cell,
    store_position::{position, read},
};

/// What the directory says of an active user.
pub(crate) struct MemberRow {
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) organization_name: String,
    pub(crate) role_names: Vec<String>,
    pub(crate) permissions: Vec<String>,
    pub(crate) group_ids: Vec<Uuid>,
    pub(crate) group_names: Vec<String>,
    pub(crate) read_at: i64,
}

/// The user's columns out of a row that has others beside them: the statements' macros know no rows in rows.
macro_rules! member_row {
    ($row:expr) => {
        $crate::directory::MemberRow {
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
pub(crate) use member_row;

impl MemberRow {
    pub(crate) fn into_member(self, identity: Identity) -> Result<Member, StoreError> {
        let Identity {
            organization_id,
            user_id,
        } = identity;
        let permissions = Cell::new("members", "permissions", user_id.as_uuid());
        let ids = self.group_ids.into_iter().map(GroupId::from_uuid);
        let groups: Vec<GroupRef> = ids
            .zip(self.group_names)
            .map(|(id, name)| GroupRef { id, name })
            .collect();
        let principal = Principal {
            organization_id,
            user_id,
            permissions: permissions.permissions(&self.permissions)?,
            groups: groups.iter().map(|group| group.id).collect(),
        };
        Ok(Member {
            principal,
            name: self.name,
            email: self.email,
            role_names: self.role_names,
            organization_name: self.organization_name,
            groups,
            read_at: position(self.read_at),
        })
    }
}

struct GroupRow {
    id: Uuid,
    name: String,
}

#[async_trait]
impl Directory for PostgresStore {
    async fn find_member(&self, identity: Identity) -> Result<Option<Member>, StoreError> {
        read!(self.reading(identity.organization_id), connection => {
            query_file_as!(
                MemberRow,
                "queries/directory/find_member.sql",
                identity.organization_id.as_uuid(),
                identity.user_id.as_uuid()
            )
            .fetch_optional(connection)
        })
        .map(|row| row.into_member(identity))
        .transpose()
    }

    async fn list_groups(
        &self,
        organization_id: OrganizationId,
        search: Option<NameSearch>,
        after: Option<GroupRef>,
        limit: u32,
    ) -> Result<Vec<GroupRef>, StoreError> {
        let (name, id) = after.map_or((String::new(), Uuid::nil()), |after| {
            (after.name, after.id.as_uuid())
        });
        // What a name contains no index knows, so all that follow are read: an organization has some hundreds.
        let most = match search {
            None => i64::from(limit),
            Some(_) => i64::MAX,
        };
        let rows = read!(self.reading(organization_id), connection => {
            query_file_as!(
                GroupRow,
                "queries/directory/list_groups.sql",
                organization_id.as_uuid(),
                name,
                id,
                most
            )
            .fetch_all(connection)
        });
        let groups = rows.into_iter().map(|row| GroupRef {
            id: GroupId::from_uuid(row.id),
            name: row.name,
        });
        let is_found = |group: &GroupRef| {
            search
                .as_ref()
                .is_none_or(|search| search.matches(&group.name))
        };
        Ok(groups.filter(is_found).take(limit as usize).collect())
    }

    async fn settings(&self, organization_id: OrganizationId) -> Result<Settings, StoreError> {
        let private_conversations = read!(self.reading(organization_id), connection => {
            query_file_scalar!("queries/directory/settings.sql", organization_id.as_uuid())
                .fetch_one(connection)
        });
        Ok(Settings {
            private_conversations,
        })
    }
}
