//! The replica: asked only for what it has, and left alone while it does not answer.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use parlor_application::{
    dependencies::{Dependency, DependencyProbe},
    ports::{StoreError, StorePosition},
    repeated::RepeatedFailure,
};
use parlor_domain::ids::OrganizationId;
use sqlx::query_file_scalar;
use tokio::time::{Instant, sleep, timeout};

use crate::{
    pool::{Pool, Session},
    store_position::position,
};

/// How long the replica may take to say how far it has come. It is about a millisecond where all is well.
const PATIENCE: Duration = Duration::from_millis(250);
/// How long it may take where no reader waits for it.
const PROBE_LIMIT: Duration = Duration::from_secs(3);
/// How long a replica that did not answer is left alone, so that it does not cost every read that long.
const REST: Duration = Duration::from_secs(5);
/// When to look again at a replica that has not come so far: a healthy one is some milliseconds behind.
const LOOKS: [Duration; 4] = [
    Duration::from_millis(1),
    Duration::from_millis(2),
    Duration::from_millis(3),
    Duration::from_millis(4),
];

/// A streaming replica of the primary.
pub(crate) struct Replica {
    pool: Arc<Pool>,
    rests_until: Mutex<Option<Instant>>,
    failures: RepeatedFailure,
    dependency: Arc<Dependency>,
}

#[async_trait]
impl DependencyProbe for Replica {
    fn dependency(&self) -> &Arc<Dependency> {
        &self.dependency
    }

    async fn ask(&self) -> Option<bool> {
        if self.pool.is_exhausted() {
            return None;
        }
        match timeout(PROBE_LIMIT, self.replayed()).await {
            Ok(Ok(())) => {
                self.failures.end();
                return Some(true);
            }
            Ok(Err(error)) => self.rest(&error),
            Err(elapsed) => self.rest(&elapsed),
        }
        Some(false)
    }
}

impl Replica {
    pub(crate) fn new(pool: Arc<Pool>) -> Self {
        Self {
            dependency: Dependency::new("replica"),
            pool,
            rests_until: Mutex::new(None),
            failures: RepeatedFailure::default(),
        }
    }

    pub(crate) const fn pool(&self) -> &Arc<Pool> {
        &self.pool
    }

    /// A connection to the replica that works for this organization, if it has everything before this position.
    pub(crate) async fn session(
        &self,
        organization_id: OrganizationId,
        at_least: StorePosition,
    ) -> Option<Session> {
        if at_least == StorePosition::NEWEST || self.rests() || self.pool.is_exhausted() {
            return None;
        }
        let asking = self.ask(organization_id, at_least);
        match timeout(PATIENCE, asking).await {
            Ok(Ok(session)) => {
                self.failures.end();
                self.dependency.note(true);
                session
            }
            Ok(Err(error)) => {
                self.rest(&error);
                None
            }
            Err(elapsed) => {
                self.rest(&elapsed);
                None
            }
        }
    }

    /// Leaves the replica alone for a while.
    pub(crate) fn rest(&self, because: &(dyn std::error::Error + 'static)) {
        if let Some(more) = self.failures.note(&because.to_string()) {
            tracing::warn!(
                because,
                more,
                seconds = REST.as_secs(),
                "the replica does not answer: the primary is asked instead"
            );
        }
        self.dependency.note(false);
        // What stopped answering on one connection does not answer on those beside it.
        self.pool.close_idle();
        *self.lock() = Some(Instant::now() + REST);
    }

    fn rests(&self) -> bool {
        let mut rests_until = self.lock();
        if rests_until.is_some_and(|end| end <= Instant::now()) {
            *rests_until = None;
        }
        rests_until.is_some()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.rests_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks how far the replica has come, and does not mind how far that is. Once more where it was restarted since the connection was
    /// used.
    async fn replayed(&self) -> Result<(), StoreError> {
        loop {
            let mut session = self.pool.session(None).await?;
            let is_used_again = session.is_used_again();
            let replayed = query_file_scalar!("queries/store_position/replayed.sql")
                .fetch_one(&mut *session)
                .await;
            let replayed = session.done(replayed);
            if replayed.is_ok() || !is_used_again {
                return replayed.map(drop);
            }
        }
    }

    /// A connection on which the replica said that it has come so far: it never goes back. None where it has not.
    async fn ask(
        &self,
        organization_id: OrganizationId,
        at_least: StorePosition,
    ) -> Result<Option<Session>, StoreError> {
        let mut looks = LOOKS.into_iter();
        loop {
            let mut session = self.pool.session_of(organization_id).await?;
            let is_used_again = session.is_used_again();
            let replayed = query_file_scalar!("queries/store_position/replayed.sql")
                .fetch_one(&mut *session)
                .await;
            match replayed {
                Ok(replayed) if replayed.is_some_and(|replayed| position(replayed) >= at_least) => {
                    return Ok(Some(session));
                }
                Ok(_) => session.give_back(),
                // It was restarted since the connection was used.
                Err(error) if is_used_again => {
                    session.done::<()>(Err(error)).ok();
                    continue;
                }
                Err(error) => return session.done(Err(error)),
            }
            let Some(pause) = looks.next() else {
                return Ok(None);
            };
            sleep(pause).await;
        }
    }
}
