//! Whether the service can serve now.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};

use crate::{
    ports::{NotReady, StoreAdmin, StoreError},
    repeated::RepeatedFailure,
};

/// How long the store may take to say so.
const LIMIT: Duration = Duration::from_secs(4);
/// How long an answer counts, so that whoever asks often does not cost the store more.
const AGE: Duration = Duration::from_secs(1);

/// Asks the store whether it can be read and written, once for all who ask at the same time.
pub struct Readiness {
    store: Arc<dyn StoreAdmin>,
    last: Mutex<Option<(Instant, Outcome)>>,
    failures: RepeatedFailure,
}

/// What was found.
pub type Outcome = Result<(), Arc<NotReady>>;

/// The store did not say anything in time.
#[derive(Debug, thiserror::Error)]
#[error("no answer within {} seconds", LIMIT.as_secs())]
struct NoAnswer;

impl Readiness {
    /// Of this store.
    pub fn new(store: Arc<dyn StoreAdmin>) -> Self {
        Self {
            store,
            last: Mutex::default(),
            failures: RepeatedFailure::default(),
        }
    }

    /// Whether the store can be read and written: as it was found at most a second ago, or as it is found now. Logs why not.
    pub async fn check(&self) -> Outcome {
        // Whoever comes while somebody asks waits for that answer.
        let mut last = self.last.lock().await;
        if let Some((at, outcome)) = &*last
            && at.elapsed() < AGE
        {
            return outcome.clone();
        }
        let asked = timeout(LIMIT, self.store.readiness()).await;
        let outcome = asked
            .unwrap_or_else(|_| {
                let no_answer = StoreError::Unavailable(Some(NoAnswer.into()));
                Err(NotReady::Unavailable(no_answer))
            })
            .map_err(Arc::new);
        match &outcome {
            Ok(()) => {
                if let Some(outage) = self.failures.end() {
                    tracing::info!(
                        failures = outage.failures,
                        seconds = outage.lasted.as_secs(),
                        "the service is ready again"
                    );
                }
            }
            Err(error) => {
                if let Some(more) = self.failures.note(&error.to_string()) {
                    tracing::warn!(
                        error = &**error as &(dyn std::error::Error + 'static),
                        more,
                        "the service is not ready"
                    );
                }
            }
        }
        *last = Some((Instant::now(), outcome.clone()));
        outcome
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::pending,
        sync::atomic::{AtomicU32, Ordering},
    };

    use futures::future::join_all;

    use super::*;
    use crate::ports::MockStoreAdmin;

    /// A store that answers `false` to every second question, and how often it was asked.
    fn changing() -> (Readiness, Arc<AtomicU32>) {
        let asked = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&asked);
        let mut store = MockStoreAdmin::new();
        store.expect_readiness().returning(move || {
            if counted.fetch_add(1, Ordering::SeqCst).is_multiple_of(2) {
                Ok(())
            } else {
                Err(NotReady::NotWritable(StoreError::Unavailable(None)))
            }
        });
        (Readiness::new(Arc::new(store)), asked)
    }

    #[tokio::test(start_paused = true)]
    async fn however_many_ask_the_store_is_asked_once_a_second() {
        let (readiness, asked) = changing();
        let all = join_all((0..100).map(|_| readiness.check())).await;
        assert!(all.iter().all(Result::is_ok));
        assert_eq!(asked.load(Ordering::SeqCst), 1);
        tokio::time::advance(AGE).await;
        let refused = readiness.check().await.unwrap_err();
        assert!(matches!(*refused, NotReady::NotWritable(_)), "{refused:?}");
        assert!(readiness.check().await.is_err());
        assert_eq!(asked.load(Ordering::SeqCst), 2);
        tokio::time::advance(AGE).await;
        readiness.check().await.unwrap();
    }

    /// A store that never says anything.
    struct Silent;

    #[async_trait::async_trait]
    impl StoreAdmin for Silent {
        async fn migrate(&self) -> Result<(), crate::ports::MigrationError> {
            pending().await
        }

        async fn readiness(&self) -> Result<(), NotReady> {
            pending().await
        }

        async fn identity_mode(&self) -> Result<Option<String>, StoreError> {
            pending().await
        }

        async fn fill(
            &self,
            _mode: &str,
            _seed: &crate::ports::DirectorySeed,
            _audit: &[parlor_domain::audit::AuditEntries],
        ) -> Result<bool, StoreError> {
            pending().await
        }

        async fn expire_idempotency_keys(
            &self,
            _older_than: chrono::DateTime<chrono::Utc>,
        ) -> Result<u64, StoreError> {
            pending().await
        }

        async fn expire_sessions(
            &self,
            _now: chrono::DateTime<chrono::Utc>,
        ) -> Result<u64, StoreError> {
            pending().await
        }

        async fn remove_leftovers(&self, _silence: Duration) -> Result<u64, StoreError> {
            pending().await
        }

        async fn close(&self) {
            pending::<()>().await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_store_that_says_nothing_is_not_ready_within_the_limit() {
        let readiness = Readiness::new(Arc::new(Silent));
        let since = Instant::now();
        let refused = readiness.check().await.unwrap_err();
        assert!(matches!(*refused, NotReady::Unavailable(_)), "{refused:?}");
        assert!(since.elapsed() <= LIMIT);
    }
}
