//! How often one user may prompt.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use parlor_domain::ids::UserId;
use tokio::time::Instant;

const WINDOW: Duration = Duration::from_mins(1);

/// So many prompts a minute for each user, as the generic cell rate algorithm counts: one point in time for each user who
/// prompted within the last minute, and nothing for anybody else.
pub(crate) struct PromptRate {
    /// What one prompt costs.
    interval: Duration,
    users: Mutex<Users>,
}

#[derive(Default)]
struct Users {
    /// When each user will have paid for its prompts.
    paid_at: HashMap<UserId, Instant>,
    /// At how many users those who have paid are forgotten.
    forget_at: usize,
}

/// The user prompts faster than it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooFast {
    /// When to try again.
    pub retry_after: Duration,
}

impl PromptRate {
    pub fn new(per_minute: NonZeroU32) -> Self {
        Self {
            interval: WINDOW / per_minute.get(),
            users: Mutex::default(),
        }
    }

    /// Counts one prompt of this user, or refuses it.
    pub fn take(&self, user: UserId) -> Result<(), TooFast> {
        const FEW: usize = 1024;
        let now = Instant::now();
        let mut users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        if users.paid_at.len() >= users.forget_at.max(FEW) {
            users.paid_at.retain(|_, paid_at| *paid_at > now);
            users.forget_at = users.paid_at.len() * 2;
        }
        let from = users.paid_at.get(&user).map_or(now, |&at| at.max(now));
        let until = from + self.interval;
        let excess = until.duration_since(now).saturating_sub(WINDOW);
        if excess > Duration::ZERO {
            return Err(TooFast {
                retry_after: excess,
            });
        }
        users.paid_at.insert(user, until);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn user(number: u128) -> UserId {
        UserId::from_uuid(Uuid::from_u128(number))
    }

    fn rate(per_minute: u32) -> PromptRate {
        PromptRate::new(NonZeroU32::new(per_minute).unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_of_a_minutes_prompts_is_taken_and_then_one_in_each_interval() {
        let rate = rate(3);
        for _ in 0..3 {
            assert_eq!(rate.take(user(1)), Ok(()));
        }
        let refused = rate.take(user(1)).unwrap_err();
        assert_eq!(refused.retry_after, Duration::from_secs(20));
        tokio::time::advance(refused.retry_after).await;
        assert_eq!(rate.take(user(1)), Ok(()));
        assert!(rate.take(user(1)).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn one_users_haste_slows_nobody_else() {
        let rate = rate(1);
        assert_eq!(rate.take(user(1)), Ok(()));
        assert!(rate.take(user(1)).is_err());
        assert_eq!(rate.take(user(2)), Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn users_who_are_quiet_are_forgotten() {
        let rate = rate(60);
        for number in 0..1024 {
            rate.take(user(number)).unwrap();
        }
        tokio::time::advance(WINDOW).await;
        rate.take(user(9999)).unwrap();
        assert_eq!(rate.users.lock().unwrap().paid_at.len(), 1);
    }
}
