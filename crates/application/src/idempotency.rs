//! The same request twice gives the first answer again and does nothing.
//!
//! What is kept under a key is where the answer is to be found, in the transaction of the change itself: no crash can
//! come between the two, no text is kept a second time, and a replay shows only what the caller may see then.

use chrono::{DateTime, TimeDelta, Utc};
use parlor_domain::ids::{ConversationId, MessageId};

use crate::{
    caller::Caller,
    ports::{IdempotencyRecord, IdempotentOutcome, StoreError, UnitOfWork},
};

/// How long a key is remembered.
pub const KEPT_FOR: TimeDelta = TimeDelta::hours(24);

/// A key that a client chose for one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// The key, unique among those of one user.
    pub key: String,
    /// A digest of what was asked: method, path and body.
    pub fingerprint: [u8; 32],
}

/// Why a key does not lead to an earlier answer.
#[derive(Debug, thiserror::Error)]
pub enum IdempotencyError {
    /// It was used for another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What was answered under this key, if anything was.
pub(crate) async fn earlier_outcome(
    uow: &mut dyn UnitOfWork,
    caller: &Caller,
    key: Option<&IdempotencyKey>,
    now: DateTime<Utc>,
) -> Result<Option<IdempotentOutcome>, IdempotencyError> {
    let Some(key) = key else { return Ok(None) };
    match uow
        .idempotency()
        .find(caller.user_id(), &key.key, now - KEPT_FOR)
        .await?
    {
        Some(record) if record.fingerprint != key.fingerprint => Err(IdempotencyError::KeyReused),
        record => Ok(record.map(|record| record.outcome)),
    }
}

/// Keeps under this key what the open transaction is about to commit.
pub(crate) async fn keep_outcome(
    uow: &mut dyn UnitOfWork,
    caller: &Caller,
    key: Option<IdempotencyKey>,
    conversation_id: ConversationId,
    answer_id: Option<MessageId>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let Some(IdempotencyKey { key, fingerprint }) = key else {
        return Ok(());
    };
    let record = IdempotencyRecord {
        user_id: caller.user_id(),
        key,
        fingerprint,
        outcome: IdempotentOutcome {
            conversation_id,
            answer_id,
        },
        created_at: now,
    };
    uow.idempotency().save(&record).await
}
