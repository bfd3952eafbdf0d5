//! Answers that were given under an idempotency key, as a transaction sees them.

use std::collections::HashMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use parlor_application::ports::{
    IdempotencyRecord, IdempotencyRepository, IdempotentOutcome, StoreError,
};
use parlor_domain::ids::{ConversationId, MessageId, UserId};
use parlor_store_sql::Cell;
use sqlx::{query_file, query_file_as};
use uuid::Uuid;

use crate::{error::store_error, unit_of_work::PostgresUnitOfWork};

/// Under each key of a user that was looked for: when it was kept and for which conversation, or that it was not.
pub(crate) type FoundKeys = HashMap<(UserId, String), Option<(DateTime<Utc>, Uuid)>>;

struct IdempotencyRow {
    fingerprint: Vec<u8>,
    conversation_id: Uuid,
    answer_id: Option<Uuid>,
    created_at: DateTime<Utc>,
    is_valid: bool,
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
            created_at: self.created_at,
        })
    }
}

#[async_trait]
impl IdempotencyRepository for PostgresUnitOfWork {
    async fn find(
        &mut self,
        user_id: UserId,
        key: &str,
        not_before: DateTime<Utc>,
    ) -> Result<Option<IdempotencyRecord>, StoreError> {
        let row = query_file_as!(
            IdempotencyRow,
            "queries/idempotency_repository/find.sql",
            self.organization_id().as_uuid(),
            user_id.as_uuid(),
            key,
            not_before
        )
        .fetch_optional(self.connection()?)
        .await
        .map_err(store_error)?;
        let found = row
            .as_ref()
            .map(|row| (row.created_at, row.conversation_id));
        self.found_keys.insert((user_id, key.to_owned()), found);
        row.filter(|row| row.is_valid)
            .map(|row| row.into_record(user_id, key))
            .transpose()
    }

    /// A transaction that runs at the same time may keep the same key between `find` and this, and then it is not the one that was
    /// found.
    async fn save(&mut self, record: &IdempotencyRecord) -> Result<(), StoreError> {
        let place = (record.user_id, record.key.clone());
        if !self.found_keys.contains_key(&place) {
            self.find(record.user_id, &record.key, record.created_at)
                .await?;
        }
        let found = self.found_keys.get(&place).copied().flatten();
        let saved = query_file!(
            "queries/idempotency_repository/save.sql",
            self.organization_id().as_uuid(),
            record.user_id.as_uuid(),
            record.key,
            record.fingerprint.as_slice(),
            record.outcome.conversation_id.as_uuid(),
            record.outcome.answer_id.map(MessageId::as_uuid),
            record.created_at,
            found.map(|(created_at, _)| created_at),
            found.map(|(_, conversation_id)| conversation_id)
        )
        .fetch_optional(self.connection()?)
        .await
        .map_err(store_error)?
        .ok_or(StoreError::Conflict)?;
        self.found_keys
            .insert(place, Some((saved.created_at, saved.conversation_id)));
        Ok(())
    }
}
