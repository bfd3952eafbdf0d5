//! How much of one kind a user, and everybody together, can have under way at this process at once.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use parlor_domain::ids::UserId;
use tokio::{
    sync::Notify,
    time::{Instant, timeout_at},
};

/// Counts what is under way, by user and in all. Other instances count their own.
#[derive(Debug)]
pub struct UserLimit {
    per_user: u32,
    total: u32,
    counts: Mutex<Counts>,
    /// Told when something ends.
    ended: Notify,
}

#[derive(Debug, Default)]
struct Counts {
    total: u32,
    users: HashMap<UserId, u32>,
}

/// Which limit is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LimitReached {
    /// The user has as much under way as one user can have.
    #[error("the user has {limit} of these under way, which is the limit")]
    User {
        /// How much one user can have under way.
        limit: u32,
    },
    /// All users together have as much under way as this process can carry.
    #[error("this process has too many of these under way")]
    Process,
}

/// Something that is under way; dropping it makes room.
#[derive(Debug)]
pub struct Permit {
    user: UserId,
    limit: Arc<UserLimit>,
}

impl UserLimit {
    /// A limit a user, without one for all of them together.
    pub fn per_user(per_user: NonZeroU32) -> Arc<Self> {
        Self::new(per_user, NonZeroU32::MAX)
    }

    /// A limit a user, and one for all of them together.
    pub fn new(per_user: NonZeroU32, total: NonZeroU32) -> Arc<Self> {
        Arc::new(Self {
            per_user: per_user.get(),
            total: total.get(),
            counts: Mutex::default(),
            ended: Notify::new(),
        })
    }

    /// Room for one more of this user, if there is any.
    pub fn enter(self: &Arc<Self>, user: UserId) -> Result<Permit, LimitReached> {
        let mut counts = self.counts();
        let of_user = counts.users.get(&user).copied().unwrap_or(0);
        if of_user >= self.per_user {
            return Err(LimitReached::User {
                limit: self.per_user,
            });
        }
        if counts.total >= self.total {
            return Err(LimitReached::Process);
        }
        counts.total += 1;
        counts.users.insert(user, of_user + 1);
        drop(counts);
        Ok(Permit {
            user,
            limit: Arc::clone(self),
        })
    }

    /// Room for one more of this user. Where only the process has none, waits for it for `patience` at most.
    pub async fn enter_within(
        self: &Arc<Self>,
        user: UserId,
        patience: Duration,
    ) -> Result<Permit, LimitReached> {
        let deadline = Instant::now() + patience;
        loop {
            let mut ended = pin!(self.ended.notified());
            // What ends after the look below is not missed.
            ended.as_mut().enable();
            match self.enter(user) {
                Err(LimitReached::Process) if timeout_at(deadline, ended).await.is_ok() => {}
                entered => return entered,
            }
        }
    }

    /// Waits until there is room for one more of this user. The caller bounds the wait.
    pub async fn turn(self: &Arc<Self>, user: UserId) -> Permit {
        loop {
            let mut ended = pin!(self.ended.notified());
            // What ends after the look below is not missed.
            ended.as_mut().enable();
            if let Ok(permit) = self.enter(user) {
                return permit;
            }
            ended.await;
        }
    }

    /// How many are under way.
    pub fn under_way(&self) -> u32 {
        self.counts().total
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut counts = self.limit.counts();
        counts.total -= 1;
        if let Some(of_user) = counts.users.get_mut(&self.user) {
            *of_user -= 1;
            if *of_user == 0 {
                counts.users.remove(&self.user);
            }
        }
        drop(counts);
        self.limit.ended.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use std::task::Poll;

    use uuid::Uuid;

    use super::*;

    fn user(number: u128) -> UserId {
        UserId::from_uuid(Uuid::from_u128(number))
    }

    #[test]
    fn a_user_has_so_many_under_way_and_one_that_ends_makes_room() {
        let limit = UserLimit::per_user(NonZeroU32::MIN);
        let first = limit.enter(user(1)).unwrap();
        let refused = limit.enter(user(1)).unwrap_err();
        assert_eq!(refused, LimitReached::User { limit: 1 });
        let second = limit.enter(user(2)).unwrap();
        assert_eq!(limit.under_way(), 2);
        drop((first, second));
        assert_eq!(limit.under_way(), 0);
        assert!(limit.counts().users.is_empty());
        limit.enter(user(1)).unwrap();
    }

    #[test]
    fn all_users_together_have_so_many_under_way() {
        let two = NonZeroU32::MIN.saturating_add(1);
        let limit = UserLimit::new(two, two);
        let first = limit.enter(user(1)).unwrap();
        let _second = limit.enter(user(2)).unwrap();
        assert_eq!(limit.enter(user(3)).unwrap_err(), LimitReached::Process);
        drop(first);
        limit.enter(user(3)).unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_the_process_gets_room_in_time_or_a_refusal_and_a_user_s_own_limit_refuses_at_once()
     {
        const PATIENCE: Duration = Duration::from_secs(5);
        let two = NonZeroU32::MIN.saturating_add(1);
        let limit = UserLimit::new(NonZeroU32::MIN, two);
        let first = limit.enter(user(1)).unwrap();
        let _second = limit.enter(user(2)).unwrap();
        let own = limit.enter_within(user(1), PATIENCE);
        assert_eq!(
            futures::poll!(pin!(own)).map_ok(drop),
            Poll::Ready(Err(LimitReached::User { limit: 1 }))
        );
        let mut waiting = pin!(limit.enter_within(user(3), PATIENCE));
        assert!(futures::poll!(waiting.as_mut()).is_pending());
        drop(first);
        let _third = waiting.await.unwrap();
        let since = Instant::now();
        let refused = limit.enter_within(user(4), PATIENCE).await.unwrap_err();
        assert_eq!(
            (refused, since.elapsed()),
            (LimitReached::Process, PATIENCE)
        );
    }

    #[tokio::test]
    async fn a_turn_comes_when_another_one_of_the_same_user_ends() {
        let limit = UserLimit::per_user(NonZeroU32::MIN);
        let first = limit.turn(user(1)).await;
        let mut second = Box::pin(limit.turn(user(1)));
        let other = limit.turn(user(2)).await;
        assert!(futures::poll!(second.as_mut()).is_pending());
        drop(other);
        assert!(futures::poll!(second.as_mut()).is_pending());
        drop(first);
        second.await;
    }
}
