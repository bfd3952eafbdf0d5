//! How often one may prompt: the generic cell rate algorithm, with one time for each user.

use std::{num::NonZeroU32, time::Duration};

use async_trait::async_trait;
use parlor_application::ports::{Allowance, Identity, PromptAllowance, StoreError};
use sqlx::{query_file, query_file_scalar};

use crate::{SqliteStore, error::store_error};

const MINUTE_IN_MICROSECONDS: u32 = 60_000_000;

#[async_trait]
impl PromptAllowance for SqliteStore {
    async fn take(&self, user: Identity, per_minute: NonZeroU32) -> Result<Allowance, StoreError> {
        let (organization_id, user_id) = (user.organization_id.as_uuid(), user.user_id.as_uuid());
        let per_minute = per_minute.get().min(MINUTE_IN_MICROSECONDS);
        let one = MINUTE_IN_MICROSECONDS / per_minute;
        let whole = one * per_minute;
        let taken = query_file!(
            "queries/prompt_allowance/take.sql",
            organization_id,
            user_id,
            one,
            whole
        )
        .execute(self.writer()?)
        .await
        .map_err(store_error)?;
        if taken.rows_affected() == 1 {
            return Ok(Allowance::Taken);
        }
        // Only to tell the user. It may have come between the two statements.
        let left = query_file_scalar!(
            "queries/prompt_allowance/retry_after.sql",
            organization_id,
            user_id,
            one,
            whole
        )
        .fetch_optional(self.readers()?)
        .await
        .map_err(store_error)?;
        let left = left.and_then(|left| u64::try_from(left).ok()).unwrap_or(0);
        let retry_after = Duration::from_micros(left.clamp(1, one.into()));
        Ok(Allowance::Exhausted { retry_after })
    }
}
