//! How much one user may search.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout},
};

use crate::ports::Identity;

/// Limits the searches of each user on this instance: how many run at once, and how many begin in a minute.
#[derive(Debug)]
pub struct SearchLimit {
    per_minute: Option<NonZeroU32>,
    users: Mutex<HashMap<Identity, User>>,
}

#[derive(Debug)]
struct User {
    running: Arc<Semaphore>,
    /// When all that the user has taken is given back: each search takes its part of a minute.
    free_at: Instant,
}

/// The user searches more than they may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TooManySearches {
    /// In a minute.
    #[error("a user can search {per_minute} times a minute")]
    InAMinute {
        /// How often they may.
        per_minute: NonZeroU32,
        /// When they may again.
        retry_after: Duration,
    },
    /// At once.
    #[error("a user can run {at_once} searches at once")]
    AtOnce {
        /// How many may run.
        at_once: usize,
        /// When to try again.
        retry_after: Duration,
    },
}

impl SearchLimit {
    /// How many searches of one user run at once; more of them wait for a moment.
    pub const AT_ONCE: usize = 2;
    /// How long a search waits for its user's others.
    const PATIENCE: Duration = Duration::from_secs(2);
    const MINUTE: Duration = Duration::from_mins(1);
    /// From so many users on, those who have not searched for a while are forgotten.
    const USERS: usize = 1_024;

    /// At most so many searches a user and minute; `None` for no such limit.
    pub fn new(per_minute: Option<NonZeroU32>) -> Self {
        Self {
            per_minute,
            users: Mutex::default(),
        }
    }

    /// Begins a search, which runs until what is returned is dropped.
    pub(super) async fn begin(&self, user: Identity) -> Result<Running, TooManySearches> {
        let running = self.take(user)?;
        let permit = timeout(Self::PATIENCE, running.acquire_owned()).await;
        match permit {
            Ok(Ok(permit)) => Ok(Running { _permit: permit }),
            // It is never closed.
            Ok(Err(_)) | Err(_) => Err(TooManySearches::AtOnce {
                at_once: Self::AT_ONCE,
                retry_after: Duration::from_secs(1),
            }),
        }
    }

    fn take(&self, identity: Identity) -> Result<Arc<Semaphore>, TooManySearches> {
        let now = Instant::now();
        let mut users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        if users.len() >= Self::USERS {
            users.retain(|_, user| {
                user.free_at > now || user.running.available_permits() < Self::AT_ONCE
            });
        }
        let user = users.entry(identity).or_insert_with(|| User {
            running: Arc::new(Semaphore::new(Self::AT_ONCE)),
            free_at: now,
        });
        if let Some(per_minute) = self.per_minute {
            let free_at = user.free_at.max(now) + Self::MINUTE / per_minute.get();
            let retry_after = free_at.saturating_duration_since(now + Self::MINUTE);
            if !retry_after.is_zero() {
                return Err(TooManySearches::InAMinute {
                    per_minute,
                    retry_after,
                });
            }
            user.free_at = free_at;
        }
        Ok(user.running.clone())
    }
}

/// A search that runs.
#[derive(Debug)]
pub(super) struct Running {
    _permit: OwnedSemaphorePermit,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{alice, bob};

    fn per_minute(searches: u32) -> SearchLimit {
        SearchLimit::new(NonZeroU32::new(searches))
    }

    #[tokio::test(start_paused = true)]
    async fn a_user_searches_so_often_in_a_minute_and_again_when_a_part_of_it_is_over() {
        let limit = per_minute(3);
        for _ in 0..3 {
            limit.begin(alice().identity()).await.unwrap();
        }
        let Err(TooManySearches::InAMinute { retry_after, .. }) =
            limit.begin(alice().identity()).await
        else {
            panic!("four searches in no time")
        };
        assert_eq!(retry_after, Duration::from_secs(20));
        limit.begin(bob().identity()).await.unwrap();
        tokio::time::advance(retry_after).await;
        limit.begin(alice().identity()).await.unwrap();
        limit.begin(alice().identity()).await.unwrap_err();
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_limit_a_user_searches_as_often_as_they_want() {
        let limit = per_minute(0);
        for _ in 0..1_000 {
            limit.begin(alice().identity()).await.unwrap();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_third_search_at_once_waits_for_one_of_the_others_and_not_for_long() {
        let limit = Arc::new(per_minute(0));
        let first = limit.begin(alice().identity()).await.unwrap();
        let _second = limit.begin(alice().identity()).await.unwrap();
        assert!(matches!(
            limit.begin(alice().identity()).await,
            Err(TooManySearches::AtOnce { at_once: 2, .. })
        ));
        limit.begin(bob().identity()).await.unwrap();
        let waiting = tokio::spawn({
            let limit = limit.clone();
            async move { limit.begin(alice().identity()).await.map(drop) }
        });
        tokio::task::yield_now().await;
        drop(first);
        waiting.await.unwrap().unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_not_searched_for_a_while_is_forgotten() {
        let limit = per_minute(1);
        for number in 0..=SearchLimit::USERS {
            let mut identity = alice().identity();
            identity.user_id =
                parlor_domain::ids::UserId::from_uuid(uuid::Uuid::from_u128(number as u128));
            limit.begin(identity).await.unwrap();
            if number + 1 == SearchLimit::USERS {
                tokio::time::advance(SearchLimit::MINUTE).await;
            }
        }
        assert_eq!(limit.users.lock().unwrap().len(), 1);
    }
}
