//! Who is signed in.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use parlor_application::ports::{Member, SessionDigest, SessionReader, StoreError};
use parlor_domain::{
    ids::{OrganizationId, UserId},
    principal::Principal,
};
use sqlx::query_file_as;
use uuid::Uuid;

use crate::{
    PostgresStore,
    convert::Cell,
    store_position::{position, read},
};

struct MemberRow {
    id: Uuid,
    name: String,
    email: String,
    organization_name: String,
    role_names: Vec<String>,
    permissions: Vec<String>,
    groups: Vec<String>,
    read_at: i64,
}

impl MemberRow {
    fn into_member(mut self, organization_id: OrganizationId) -> Result<Member, StoreError> {
        let cell = |table, column| Cell::new(table, column, self.id);
        let groups = cell("group_members", "group_id").groups(&self.groups)?;
        let principal = Principal {
            organization_id,
            user_id: UserId::from_uuid(self.id),
            permissions: cell("role_permissions", "permission").permissions(&self.permissions)?,
            groups: groups.iter().map(|group| group.id).collect(),
        };
        self.role_names.sort_unstable();
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

#[async_trait]
impl SessionReader for PostgresStore {
    async fn find_member(
        &self,
        organization_id: OrganizationId,
        digest: SessionDigest,
        now: DateTime<Utc>,
    ) -> Result<Option<Member>, StoreError> {
        read!(self.reading(organization_id), connection => {
            query_file_as!(
                MemberRow,
                "queries/session_reader/find_member.sql",
                organization_id.as_uuid(),
                digest.as_bytes().as_slice(),
                now
            )
            .fetch_optional(connection)
        })
        .map(|row| row.into_member(organization_id))
        .transpose()
    }
}
