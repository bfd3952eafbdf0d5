//! Who is signed in.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use parlor_application::ports::{Identity, Member, SessionDigest, SessionReader, StoreError};
use parlor_domain::ids::{OrganizationId, UserId};
use parlor_store_sql::member_row;
use sqlx::{query_file_as, query_file_scalar};
use uuid::Uuid;

use crate::{PostgresStore, rows::MemberRow, store_position::read};

/// A member, and which one it is.
struct SignedInRow {
    id: Uuid,
    name: String,
    email: String,
    organization_name: String,
    role_names: Vec<String>,
    permissions: Vec<String>,
    group_ids: Vec<Uuid>,
    group_names: Vec<String>,
    read_at: i64,
}

impl SignedInRow {
    fn into_member(self, organization_id: OrganizationId) -> Result<Member, StoreError> {
        let identity = Identity {
            organization_id,
            user_id: UserId::from_uuid(self.id),
        };
        let member: MemberRow = member_row!(self);
        member.into_member(identity)
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
                SignedInRow,
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

    async fn find_active(
        &self,
        organization_id: OrganizationId,
        digests: &[SessionDigest],
        now: DateTime<Utc>,
    ) -> Result<Vec<SessionDigest>, StoreError> {
        let asked: Vec<Vec<u8>> = digests.iter().map(|it| it.as_bytes().to_vec()).collect();
        let rows = read!(self.reading(organization_id), connection => {
            query_file_scalar!(
                "queries/session_reader/find_active.sql",
                organization_id.as_uuid(),
                &asked,
                now
            )
            .fetch_all(connection)
        });
        let is_found = |digest: &SessionDigest| {
            let mut found = rows.iter();
            found.any(|found| found.as_slice() == digest.as_bytes())
        };
        Ok(digests.iter().copied().filter(is_found).collect())
    }
}
