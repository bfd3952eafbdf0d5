//! How often one may prompt: the generic cell rate algorithm, with one time for each user.

use std::{num::NonZeroU32, time::Duration};

use async_trait::async_trait;
use parlor_application::ports::{Allowance, Identity, PromptAllowance, StoreError};
use sqlx::query_file;

use crate::PostgresStore;

const MINUTE_IN_MICROSECONDS: u32 = 60_000_000;

#[async_trait]
impl PromptAllowance for PostgresStore {
    async fn take(&self, user: Identity, per_minute: NonZeroU32) -> Result<Allowance, StoreError> {
        let per_minute = per_minute.get().min(MINUTE_IN_MICROSECONDS);
        let one = MINUTE_IN_MICROSECONDS / per_minute;
        let mut session = self.session(user.organization_id).await?;
        let taken = query_file!(
            "queries/prompt_allowance/take.sql",
            user.organization_id.as_uuid(),
            user.user_id.as_uuid(),
            i64::from(one),
            i64::from(one * per_minute)
        )
        .fetch_one(&mut *session)
        .await;
        let taken = session.done(taken)?;
        if taken.is_taken {
            return Ok(Allowance::Taken);
        }
        let left = taken.retry_after.and_then(|left| u64::try_from(left).ok());
        let retry_after = Duration::from_micros(left.unwrap_or(0).clamp(1, one.into()));
        Ok(Allowance::Exhausted { retry_after })
    }
}
