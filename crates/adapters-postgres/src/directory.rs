//! The people of an organization, their roles and groups.

use async_trait::async_trait;
use parlor_application::ports::{Directory, GroupRef, Identity, Member, NameSearch, StoreError};
use parlor_domain::{
    ids::{GroupId, OrganizationId},
    settings::Settings,
};
use sqlx::{query_file_as, query_file_scalar};
use uuid::Uuid;

use crate::{PostgresStore, rows::MemberRow, store_position::read};

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
