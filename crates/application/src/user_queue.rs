//! A queue for each user: their long pieces of work run one after the other in this process.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use parlor_domain::ids::UserId;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// Lets one piece of work of each user run at a time. A few more wait for a short time; the rest is refused at once. Other
/// instances have their own queues.
#[derive(Debug)]
pub struct UserQueue {
    max_waiting: usize,
    max_wait: Duration,
    users: Mutex<HashMap<UserId, Queue>>,
}

#[derive(Debug)]
struct Queue {
    /// First come, first served.
    running: Arc<Semaphore>,
    /// How many run or wait.
    entered: usize,
}

/// The user has too much of this kind running and waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the user's earlier work of this kind is not finished")]
pub struct QueueFull {
    /// When to try again.
    pub retry_after: Duration,
}

/// The right to run; dropping it lets the user's next piece of work run.
#[derive(Debug)]
pub struct Turn {
    _running: OwnedSemaphorePermit,
    _entry: Entry,
}

/// Counts one piece of work in its user's queue.
#[derive(Debug)]
struct Entry {
    user: UserId,
    queue: Arc<UserQueue>,
}

impl UserQueue {
    /// Queues in which at most `max_waiting` pieces of work of a user wait, each for at most `max_wait`.
    pub fn new(max_waiting: usize, max_wait: Duration) -> Arc<Self> {
        Arc::new(Self {
            max_waiting,
            max_wait,
            users: Mutex::default(),
        })
    }

    /// Waits until everything that this user began before has ended.
    pub async fn turn(self: &Arc<Self>, user: UserId) -> Result<Turn, QueueFull> {
        let full = QueueFull {
            retry_after: self.max_wait,
        };
        let (running, entry) = self.enter(user).ok_or(full)?;
        match timeout(self.max_wait, running.acquire_owned()).await {
            Ok(Ok(running)) => Ok(Turn {
                _running: running,
                _entry: entry,
            }),
            // The semaphore is never closed.
            Ok(Err(_)) | Err(_) => Err(full),
        }
    }

    fn enter(self: &Arc<Self>, user: UserId) -> Option<(Arc<Semaphore>, Entry)> {
        let mut users = self.users();
        let queue = users.entry(user).or_insert_with(|| Queue {
            running: Arc::new(Semaphore::new(1)),
            entered: 0,
        });
        if queue.entered > self.max_waiting {
            return None;
        }
        queue.entered += 1;
        let entry = Entry {
            user,
            queue: Arc::clone(self),
        };
        Some((Arc::clone(&queue.running), entry))
    }

    fn users(&self) -> MutexGuard<'_, HashMap<UserId, Queue>> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut users = self.queue.users();
        if let Some(queue) = users.get_mut(&self.user) {
            queue.entered -= 1;
            if queue.entered == 0 {
                users.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::{FutureExt as _, poll};
    use tokio::time::Instant;
    use uuid::Uuid;

    use super::*;

    const WAIT: Duration = Duration::from_secs(10);

    fn user(number: u128) -> UserId {
        UserId::from_uuid(Uuid::from_u128(number))
    }

    #[tokio::test]
    async fn a_users_work_runs_in_the_order_in_which_it_came_and_others_do_not_wait() {
        let queue = UserQueue::new(2, WAIT);
        let first = queue.turn(user(1)).await.unwrap();
        let mut second = Box::pin(queue.turn(user(1)));
        let mut third = Box::pin(queue.turn(user(1)));
        assert!(poll!(second.as_mut()).is_pending());
        assert!(poll!(third.as_mut()).is_pending());
        drop(queue.turn(user(2)).now_or_never().unwrap().unwrap());
        drop(first);
        assert!(poll!(third.as_mut()).is_pending());
        drop(second.await.unwrap());
        drop(third.await.unwrap());
        assert!(queue.users().is_empty());
    }

    #[tokio::test]
    async fn what_does_not_fit_in_the_queue_is_refused_at_once() {
        let queue = UserQueue::new(1, WAIT);
        let first = queue.turn(user(1)).await.unwrap();
        let mut second = Box::pin(queue.turn(user(1)));
        assert!(poll!(second.as_mut()).is_pending());
        let refused = queue.turn(user(1)).now_or_never().unwrap();
        assert_eq!(refused.unwrap_err().retry_after, WAIT);
        // A client that goes away makes room.
        drop(second);
        let mut third = Box::pin(queue.turn(user(1)));
        assert!(poll!(third.as_mut()).is_pending());
        drop(first);
        third.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_longer_than_the_limit() {
        let queue = UserQueue::new(1, WAIT);
        let _first = queue.turn(user(1)).await.unwrap();
        let began = Instant::now();
        queue.turn(user(1)).await.unwrap_err();
        assert!(began.elapsed() >= WAIT);
        assert!(began.elapsed() < WAIT * 2);
        assert_eq!(queue.users()[&user(1)].entered, 1);
    }
}
