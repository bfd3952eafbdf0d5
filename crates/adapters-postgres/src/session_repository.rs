//! Who is signed in, as a transaction sees it.

use async_trait::async_trait;
use parlor_application::ports::{SessionRecord, SessionRepository, StoreError};
use parlor_domain::ids::UserId;
use sqlx::query_file;

use crate::{error::store_error, unit_of_work::PostgresUnitOfWork};

#[async_trait]
impl SessionRepository for PostgresUnitOfWork {
    async fn insert(&mut self, session: &SessionRecord) -> Result<(), StoreError> {
        let inserted = query_file!(
            "queries/session_repository/insert.sql",
            self.organization_id().as_uuid(),
            session.digest.as_bytes().as_slice(),
            session.user_id.as_uuid(),
            session.created_at,
            session.expires_at
        )
        .execute(self.connection()?)
        .await
        .map_err(store_error)?;
        match inserted.rows_affected() {
            0 => Err(StoreError::Conflict),
            _ => Ok(()),
        }
    }

    async fn end_all(&mut self, user_id: UserId) -> Result<u64, StoreError> {
        let ended = query_file!(
            "queries/session_repository/end_all.sql",
            self.organization_id().as_uuid(),
            user_id.as_uuid()
        )
        .execute(self.connection()?)
        .await
        .map_err(store_error)?;
        Ok(ended.rows_affected())
    }
}
