//! How often one may prompt.

use std::{num::NonZeroU32, time::Duration};

use async_trait::async_trait;
use parlor_application::ports::{Allowance, Identity, PromptAllowance, StoreError};
use tokio::time::Instant;

use super::{MemoryStore, State};

#[async_trait]
impl PromptAllowance for MemoryStore {
    async fn take(&self, user: Identity, per_minute: NonZeroU32) -> Result<Allowance, StoreError> {
        let one = Duration::from_mins(1) / per_minute.get();
        let take = |state: &mut State| {
            let tenant = state
                .tenants
                .get_mut(&user.organization_id)
                .ok_or_else(|| StoreError::Other("no such organization".into()))?;
            let now = Instant::now();
            let used_until = tenant.allowances.entry(user.user_id).or_insert(now);
            let then = now.max(*used_until) + one;
            let limit = now + one * per_minute.get();
            if then > limit {
                let retry_after = then - limit;
                return Ok(Allowance::Exhausted { retry_after });
            }
            *used_until = then;
            Ok(Allowance::Taken)
        };
        self.write(take).await?
    }
}
