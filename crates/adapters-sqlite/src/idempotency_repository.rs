//! Answers that were given under an idempotency key, as a transaction sees them.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use parlor_application::ports::{
    IdempotencyRecord, IdempotencyRepository, IdempotentOutcome, StoreError,
};
use parlor_domain::ids::{ConversationId, MessageId, UserId};
use parlor_store_sql::Cell;
use sqlx::{query_file, query_file_as};
use uuid::Uuid;

use crate::{convert::time, error::store_error, unit_of_work::SqliteUnitOfWork};

struct IdempotencyRow {
    fingerprint: Vec<u8>,
    conversation_id: Uuid,
    answer_id: Option<Uuid>,
    created_at: i64,
}

impl IdempotencyRow {
    fn into_record(self, user_id: UserId, key: &str) -> Result<IdempotencyRecord, StoreError> {
        // A key is the client's own text, so the row is named by its user.
        let cell = |column| Cell::new("idempotency_keys", column, user_id.as_uuid());
        Ok(IdempotencyRecord {
            user_id,
            key: key.to_owned(),
            fingerprint: self
                .fingerprint
                .try_into()
                .map_err(|_| cell("fingerprint").corrupt())?,
            outcome: IdempotentOutcome {
                conversation_id: ConversationId::from_uuid(self.conversation_id),
                answer_id: self.answer_id.map(MessageId::from_uuid),
            },
            created_at: time(cell("created_at"), self.created_at)?,
        })
    }
}

#[async_trait]
impl IdempotencyRepository for SqliteUnitOfWork {
    async fn find(
        &mut self,
        user_id: UserId,
        key: &str,
        not_before: DateTime<Utc>,
    ) -> Result<Option<IdempotencyRecord>, StoreError> {
        query_file_as!(
            IdempotencyRow,
            "queries/idempotency_repository/find.sql",
            self.organization_id().as_uuid(),
            user_id.as_uuid(),
            key,
            not_before.timestamp_micros()
        )
        .fetch_optional(self.connection())
        .await
        .map_err(store_error)?
        .map(|row| row.into_record(user_id, key))
        .transpose()
    }

    async fn save(&mut self, record: &IdempotencyRecord) -> Result<(), StoreError> {
        query_file!(
            "queries/idempotency_repository/save.sql",
            self.organization_id().as_uuid(),
            record.user_id.as_uuid(),
            record.key,
            record.fingerprint.as_slice(),
            record.outcome.conversation_id.as_uuid(),
            record.outcome.answer_id.map(MessageId::as_uuid),
            record.created_at.timestamp_micros()
        )
        .execute(self.connection())
        .await
        .map_err(store_error)?;
        Ok(())
    }
}
