//! People and settings, as a transaction sees them. They are locked from its beginning (see `unit_of_work`).

use async_trait::async_trait;
use parlor_application::ports::{DirectoryRepository, Identity, Member, StoreError, UserRef};
use parlor_domain::{
    ids::{GroupId, UserId},
    settings::Settings,
};
use parlor_store_sql::member_row;
use sqlx::{query_file, query_file_as, query_file_scalar};
use uuid::Uuid;

use crate::{error::store_error, rows::MemberRow, unit_of_work::PostgresUnitOfWork};

struct MemberAndSettingsRow {
    name: String,
    email: String,
    organization_name: String,
    role_names: Vec<String>,
    permissions: Vec<String>,
    group_ids: Vec<Uuid>,
    group_names: Vec<String>,
    read_at: i64,
    private_conversations: bool,
}

#[async_trait]
impl DirectoryRepository for PostgresUnitOfWork {
    async fn find_member(&mut self, id: UserId) -> Result<Option<Member>, StoreError> {
        let organization_id = self.organization_id();
        let row = query_file_as!(
            MemberAndSettingsRow,
            "queries/directory_repository/find_member.sql",
            organization_id.as_uuid(),
            id.as_uuid()
        )
        .fetch_optional(self.connection()?)
        .await
        .map_err(store_error)?;
        let Some(row) = row else { return Ok(None) };
        self.settings = Some(Settings {
            private_conversations: row.private_conversations,
        });
        let member: MemberRow = member_row!(row);
        let identity = Identity {
            organization_id,
            user_id: id,
        };
        member.into_member(identity).map(Some)
    }

    async fn find_user(&mut self, id: UserId) -> Result<Option<UserRef>, StoreError> {
        let name = query_file_scalar!(
            "queries/directory_repository/find_user.sql",
            self.organization_id().as_uuid(),
            id.as_uuid()
        )
        .fetch_optional(self.connection()?)
        .await
        .map_err(store_error)?;
        Ok(name.map(|name| UserRef { id, name }))
    }

    async fn unknown_groups(&mut self, ids: &[GroupId]) -> Result<Vec<GroupId>, StoreError> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.as_uuid()).collect();
        let unknown = query_file_scalar!(
            "queries/directory_repository/unknown_groups.sql",
            self.organization_id().as_uuid(),
            &ids
        )
        .fetch_all(self.connection()?)
        .await
        .map_err(store_error)?;
        Ok(unknown.into_iter().map(GroupId::from_uuid).collect())
    }

    async fn settings(&mut self) -> Result<Settings, StoreError> {
        if let Some(settings) = self.settings {
            return Ok(settings);
        }
        let private_conversations = query_file_scalar!(
            "queries/directory_repository/settings.sql",
            self.organization_id().as_uuid()
        )
        .fetch_one(self.connection()?)
        .await
        .map_err(store_error)?;
        let settings = Settings {
            private_conversations,
        };
        self.settings = Some(settings);
        Ok(settings)
    }

    async fn save_settings(&mut self, settings: Settings) -> Result<(), StoreError> {
        self.lock_directory().await?;
        query_file!(
            "queries/directory_repository/save_settings.sql",
            self.organization_id().as_uuid(),
            settings.private_conversations
        )
        .execute(self.connection()?)
        .await
        .map_err(store_error)?;
        self.settings = Some(settings);
        Ok(())
    }
}
