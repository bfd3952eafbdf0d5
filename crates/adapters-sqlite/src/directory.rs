//! The people of an organization, their roles and groups.

use async_trait::async_trait;
use parlor_application::ports::{
    Directory, GroupRef, Identity, Member, NameSearch, StoreError, StorePosition,
};
use parlor_domain::{
    ids::{GroupId, OrganizationId},
    principal::Principal,
    settings::Settings,
};
use sqlx::{query_file_as, query_file_scalar};
use uuid::Uuid;

use crate::{SqliteStore, convert::Cell, error::store_error};

/// What the directory says of an active user; what is several is JSON.
pub(crate) struct MemberRow {
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) organization_name: String,
    pub(crate) role_names: String,
    pub(crate) permissions: String,
    pub(crate) group_ids: String,
    pub(crate) group_names: String,
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
        let user = user_id.as_uuid();
        let cell = |column| Cell::new("members", column, user);
        let ids = cell("group_ids").ids(&self.group_ids, GroupId::from_uuid)?;
        let names: Vec<String> = cell("group_names").json(&self.group_names)?;
        let groups: Vec<GroupRef> = ids
            .into_iter()
            .zip(names)
            .map(|(id, name)| GroupRef { id, name })
            .collect();
        let permissions = cell("permissions").permissions(&self.permissions)?;
        let principal = Principal {
            organization_id,
            user_id,
            permissions,
            groups: groups.iter().map(|group| group.id).collect(),
        };
        Ok(Member {
            principal,
            name: self.name,
            email: self.email,
            role_names: cell("role_names").json(&self.role_names)?,
            organization_name: self.organization_name,
            groups,
            read_at: StorePosition::default(),
        })
    }
}

struct GroupRow {
    id: Uuid,
    name: String,
}

#[async_trait]
impl Directory for SqliteStore {
    async fn find_member(&self, identity: Identity) -> Result<Option<Member>, StoreError> {
        query_file_as!(
            MemberRow,
            "queries/directory/find_member.sql",
            identity.organization_id.as_uuid(),
            identity.user_id.as_uuid()
        )
        .fetch_optional(self.readers()?)
        .await
        .map_err(store_error)?
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
        let rows = query_file_as!(
            GroupRow,
            "queries/directory/list_groups.sql",
            organization_id.as_uuid(),
            name,
            id,
            most
        )
        .fetch_all(self.readers()?)
        .await
        .map_err(store_error)?;
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
        let private_conversations =
            query_file_scalar!("queries/directory/settings.sql", organization_id.as_uuid())
                .fetch_one(self.readers()?)
                .await
                .map_err(store_error)?;
        Ok(Settings {
            private_conversations: private_conversations != 0,
        })
    }
}
