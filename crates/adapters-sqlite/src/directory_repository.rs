//! People and settings, as a transaction sees them.

use async_trait::async_trait;
use parlor_application::ports::{DirectoryRepository, StoreError, UserRef};
use parlor_domain::{
    ids::{GroupId, OrganizationId, UserId},
    principal::Principal,
    settings::Settings,
};
use sqlx::{query_file, query_file_as, query_file_scalar};
use uuid::Uuid;

use crate::{
    convert::{Cell, json_ids},
    error::store_error,
    unit_of_work::SqliteUnitOfWork,
};

/// What the access rules need to know of a user.
pub(crate) struct PrincipalRow {
    pub(crate) permissions: String,
    pub(crate) group_ids: String,
}

impl PrincipalRow {
    pub(crate) fn into_principal(
        self,
        organization_id: OrganizationId,
        user_id: UserId,
    ) -> Result<Principal, StoreError> {
        let user = user_id.as_uuid();
        let groups = Cell::new("members", "group_ids", user);
        let permissions = Cell::new("members", "permissions", user);
        Ok(Principal {
            organization_id,
            user_id,
            permissions: permissions.permissions(&self.permissions)?,
            groups: groups
                .ids(&self.group_ids, GroupId::from_uuid)?
                .into_iter()
                .collect(),
        })
    }
}

#[async_trait]
impl DirectoryRepository for SqliteUnitOfWork {
    async fn find_principal(&mut self, id: UserId) -> Result<Option<Principal>, StoreError> {
        let organization_id = self.organization_id();
        query_file_as!(
            PrincipalRow,
            "queries/directory_repository/find_principal.sql",
            organization_id.as_uuid(),
            id.as_uuid()
        )
        .fetch_optional(self.connection())
        .await
        .map_err(store_error)?
        .map(|row| row.into_principal(organization_id, id))
        .transpose()
    }

    async fn find_user(&mut self, id: UserId) -> Result<Option<UserRef>, StoreError> {
        let name = query_file_scalar!(
            "queries/directory_repository/find_user.sql",
            self.organization_id().as_uuid(),
            id.as_uuid()
        )
        .fetch_optional(self.connection())
        .await
        .map_err(store_error)?;
        Ok(name.map(|name| UserRef { id, name }))
    }

    async fn unknown_groups(&mut self, ids: &[GroupId]) -> Result<Vec<GroupId>, StoreError> {
        let unknown = query_file_scalar!(
            "queries/directory_repository/unknown_groups.sql",
            self.organization_id().as_uuid(),
            json_ids(ids.iter().map(|id| id.as_uuid()))
        )
        .fetch_all(self.connection())
        .await
        .map_err(store_error)?;
        Ok(unknown.into_iter().map(GroupId::from_uuid).collect())
    }

    async fn settings(&mut self) -> Result<Settings, StoreError> {
        let private_conversations = query_file_scalar!(
            "queries/directory/settings.sql",
            self.organization_id().as_uuid()
        )
        .fetch_one(self.connection())
        .await
        .map_err(store_error)?;
        Ok(Settings {
            private_conversations: private_conversations != 0,
        })
    }

    async fn save_settings(&mut self, settings: Settings) -> Result<(), StoreError> {
        query_file!(
            "queries/directory_repository/save_settings.sql",
            self.organization_id().as_uuid(),
            settings.private_conversations
        )
        .execute(self.connection())
        .await
        .map_err(store_error)?;
        Ok(())
    }
}
