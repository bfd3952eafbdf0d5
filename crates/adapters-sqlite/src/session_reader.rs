//! Who is signed in.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use parlor_application::ports::{Identity, Member, SessionDigest, SessionReader, StoreError};
use parlor_domain::ids::{OrganizationId, UserId};
use parlor_store_sql::member_row;
use sqlx::{query_file, query_file_as};
use uuid::Uuid;

use crate::{SqliteStore, convert::hex_bytes, error::store_error, rows::MemberRow};

/// A member, and which one it is.
struct SignedInRow {
    id: Uuid,
    name: String,
    email: String,
    organization_name: String,
    role_names: String,
    permissions: String,
    group_ids: String,
    group_names: String,
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
impl SessionReader for SqliteStore {
    async fn find_member(
        &self,
        organization_id: OrganizationId,
        digest: SessionDigest,
        now: DateTime<Utc>,
    ) -> Result<Option<Member>, StoreError> {
        query_file_as!(
            SignedInRow,
            "queries/session_reader/find_member.sql",
            organization_id.as_uuid(),
            digest.as_bytes().as_slice(),
            now.timestamp_micros()
        )
        .fetch_optional(self.readers()?)
        .await
        .map_err(store_error)?
        .map(|row| row.into_member(organization_id))
        .transpose()
    }

    async fn find_active(
        &self,
        organization_id: OrganizationId,
        digests: &[SessionDigest],
        now: DateTime<Utc>,
    ) -> Result<Vec<SessionDigest>, StoreError> {
        let asked: Vec<String> = digests
            .iter()
            .map(|digest| hex_bytes(digest.as_bytes()))
            .collect();
        let asked = serde_json::Value::from(asked).to_string();
        let rows = query_file!(
            "queries/session_reader/find_active.sql",
            organization_id.as_uuid(),
            asked,
            now.timestamp_micros()
        )
        .fetch_all(self.readers()?)
        .await
        .map_err(store_error)?;
        let is_found = |digest: &SessionDigest| {
            let mut found = rows.iter();
            found.any(|row| row.secret_digest == digest.as_bytes())
        };
        Ok(digests.iter().copied().filter(is_found).collect())
    }
}
