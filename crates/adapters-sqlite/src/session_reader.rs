//! Who is signed in.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use parlor_application::ports::{Member, SessionDigest, SessionReader, StoreError, StorePosition};
use parlor_domain::{
    ids::{OrganizationId, UserId},
    principal::Principal,
};
use sqlx::query_file_as;
use uuid::Uuid;

use crate::{SqliteStore, convert::Cell, error::store_error};

struct MemberRow {
    id: Uuid,
    name: String,
    email: String,
    organization_name: String,
    role_names: String,
    permissions: String,
    groups: String,
}

impl MemberRow {
    fn into_member(self, organization_id: OrganizationId) -> Result<Member, StoreError> {
        let cell = |table, column| Cell::new(table, column, self.id);
        let groups = cell("group_members", "group_id").groups(&self.groups)?;
        let principal = Principal {
            organization_id,
            user_id: UserId::from_uuid(self.id),
            permissions: cell("role_permissions", "permission").permissions(&self.permissions)?,
            groups: groups.iter().map(|group| group.id).collect(),
        };
        Ok(Member {
            principal,
            name: self.name,
            email: self.email,
            role_names: cell("roles", "name").json(&self.role_names)?,
            organization_name: self.organization_name,
            groups,
            read_at: StorePosition::default(),
        })
    }
}

#[async_trait]
impl SessionReader for SqliteStore {
    async fn find_member(
        &self,
        organization_id: OrganizationId,
        digest: SessionDigest,
        now: DateTime<Utc>,
    ) -> Result<Option<Member>, StoreError> {
        query_file_as!(
            MemberRow,
            "queries/session_reader/find_member.sql",
            organization_id.as_uuid(),
            digest.as_bytes().as_slice(),
            now.timestamp_micros()
        )
        .fetch_optional(self.readers())
        .await
        .map_err(store_error)?
        .map(|row| row.into_member(organization_id))
        .transpose()
    }
}
