//! How many streams one user may have open at this process: what a stream takes, it takes of the process alone.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use parlor_domain::ids::UserId;

use crate::errors::PageError;

/// When somebody with too many streams may try again.
const SOON: Duration = Duration::from_secs(5);

/// Counts the open streams of each user who has one. Other instances count their own.
pub(crate) struct Streams {
    limit: u32,
    open: Arc<Mutex<HashMap<UserId, u32>>>,
}

/// One open stream; dropping it closes the count.
pub(crate) struct StreamPermit {
    user: UserId,
    open: Arc<Mutex<HashMap<UserId, u32>>>,
}

impl Streams {
    pub fn new(limit: NonZeroU32) -> Self {
        Self {
            limit: limit.get(),
            open: Arc::default(),
        }
    }

    /// Room for one more stream of this user, if there is any.
    pub fn open(&self, user: UserId) -> Result<StreamPermit, PageError> {
        let mut open = lock(&self.open);
        let count = open.entry(user).or_insert(0);
        if *count >= self.limit {
            return Err(PageError::TooMany { retry_after: SOON });
        }
        *count += 1;
        drop(open);
        Ok(StreamPermit {
            user,
            open: Arc::clone(&self.open),
        })
    }
}

impl Drop for StreamPermit {
    fn drop(&mut self) {
        let mut open = lock(&self.open);
        if let Some(count) = open.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.user);
            }
        }
    }
}

fn lock(open: &Mutex<HashMap<UserId, u32>>) -> MutexGuard<'_, HashMap<UserId, u32>> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_user_has_so_many_streams_and_a_closed_one_makes_room() {
        let streams = Streams::new(NonZeroU32::MIN);
        let (one, other) = (
            UserId::from_uuid(Uuid::from_u128(1)),
            UserId::from_uuid(Uuid::from_u128(2)),
        );
        let first = streams.open(one).unwrap();
        assert!(streams.open(one).is_err());
        let second = streams.open(other).unwrap();
        drop((first, second));
        assert!(lock(&streams.open).is_empty());
        assert!(streams.open(one).is_ok());
    }
}
