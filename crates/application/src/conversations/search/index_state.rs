//! Whether the search index is complete, and the tasks that complete it and keep it up to date.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::{
    ports::{IndexingProgress, SearchIndexer, StoreError},
    repeated::RepeatedFailure,
};

/// Whether the index is complete and up to date, as this instance last saw it.
///
/// A search asks here and not the store, so that its work does not depend on what is being indexed.
#[derive(Debug, Default)]
pub struct SearchIndexState {
    is_complete: AtomicBool,
    audiences_behind_since: Mutex<Option<Instant>>,
}

impl SearchIndexState {
    /// Asks the store.
    pub async fn refresh(&self, indexer: &dyn SearchIndexer) -> Result<(), StoreError> {
        self.set(indexer.is_complete().await?);
        Ok(())
    }

    /// Whether everything is indexed.
    pub fn is_complete(&self) -> bool {
        self.is_complete.load(Ordering::Relaxed)
    }

    /// For how long some terms by audience have not been up to date. Searches find the same meanwhile, at more cost.
    pub fn audiences_behind(&self) -> Duration {
        let since = *self.lock_behind();
        since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    fn set_audiences_behind(&self, are_behind: bool) {
        let mut since = self.lock_behind();
        *since = are_behind.then(|| since.unwrap_or_else(Instant::now));
    }

    fn lock_behind(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        let behind = self.audiences_behind_since.lock();
        behind.unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, is_complete: bool) -> bool {
        self.is_complete.swap(is_complete, Ordering::Relaxed)
    }
}

/// Between two parts, so that other writers get in.
const BETWEEN_PARTS: Duration = Duration::from_millis(5);
/// After a failure, and before the store is asked again what is left: what instances of an older version write while they run
/// beside this one.
const BETWEEN_LOOKS: Duration = Duration::from_secs(5);
/// Before the store is asked again which audiences are not up to date.
const BETWEEN_LOOKS_AT_AUDIENCES: Duration = Duration::from_secs(1);

/// Indexes what older versions wrote, part by part, until `stop`. Every instance does so.
pub async fn complete_search_index(
    indexer: Arc<dyn SearchIndexer>,
    state: Arc<SearchIndexState>,
    stop: CancellationToken,
) {
    let mut parts: u64 = 0;
    let failures = RepeatedFailure::default();
    loop {
        let pause = match checked(&failures, indexer.index_more().await) {
            Some(IndexingProgress::Complete) => {
                if !state.set(true) || parts > 0 {
                    tracing::info!(parts, "the search index is complete");
                }
                parts = 0;
                BETWEEN_LOOKS
            }
            Some(IndexingProgress::Continues) => {
                if state.set(false) || parts == 0 {
                    tracing::info!("started indexing conversations for search");
                }
                parts += 1;
                BETWEEN_PARTS
            }
            Some(IndexingProgress::Waits) => BETWEEN_PARTS * 20,
            None => BETWEEN_LOOKS,
        };
        if is_over(&stop, pause).await {
            return;
        }
    }
}

/// Keeps the terms by audience up to date, part by part, until `stop`. Every instance does so.
pub async fn keep_audiences_indexed(
    indexer: Arc<dyn SearchIndexer>,
    state: Arc<SearchIndexState>,
    stop: CancellationToken,
) {
    let failures = RepeatedFailure::default();
    loop {
        let progress = checked(&failures, indexer.index_audiences().await);
        state.set_audiences_behind(progress != Some(IndexingProgress::Complete));
        let pause = match progress {
            Some(IndexingProgress::Complete) => BETWEEN_LOOKS_AT_AUDIENCES,
            Some(IndexingProgress::Continues) => BETWEEN_PARTS,
            Some(IndexingProgress::Waits) => BETWEEN_PARTS * 20,
            None => BETWEEN_LOOKS,
        };
        if is_over(&stop, pause).await {
            return;
        }
    }
}

/// Waits; answers whether there is no time left for another part.
async fn is_over(stop: &CancellationToken, pause: Duration) -> bool {
    tokio::select! {
        () = stop.cancelled() => true,
        () = sleep(pause) => false,
    }
}

/// The progress; `None` after a failure, which is logged, as is the end of failures.
fn checked(
    failures: &RepeatedFailure,
    progress: Result<IndexingProgress, StoreError>,
) -> Option<IndexingProgress> {
    match progress {
        Ok(progress) => {
            if let Some(outage) = failures.end() {
                tracing::info!(
                    failures = outage.failures,
                    seconds = outage.lasted.as_secs(),
                    "indexing conversations for search works again"
                );
            }
            Some(progress)
        }
        Err(error) => {
            note(failures, &error);
            None
        }
    }
}

/// Logs a failure, unless it is one of many of the same cause.
fn note(failures: &RepeatedFailure, error: &StoreError) {
    let cause = match error {
        StoreError::Unavailable(Some(cause)) | StoreError::Other(cause) => cause.to_string(),
        error => error.to_string(),
    };
    if let Some(more) = failures.note(&cause) {
        tracing::warn!(
            error = error as &(dyn std::error::Error + 'static),
            more,
            "failed to index conversations for search, will retry"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::MockSearchIndexer;

    fn indexer(parts: usize) -> Arc<dyn SearchIndexer> {
        let mut indexer = MockSearchIndexer::new();
        let mut left = parts;
        indexer.expect_index_more().returning(move || {
            if left == 0 {
                return Ok(IndexingProgress::Complete);
            }
            left -= 1;
            if left % 3 == 1 {
                return Err(StoreError::Unavailable(None));
            }
            Ok(IndexingProgress::Continues)
        });
        indexer
            .expect_is_complete()
            .returning(move || Ok(parts == 0));
        Arc::new(indexer)
    }

    #[tokio::test(start_paused = true)]
    async fn the_index_is_complete_once_every_part_is_indexed_whatever_fails_on_the_way() {
        let indexer = indexer(9);
        let state = Arc::new(SearchIndexState::default());
        state.refresh(&*indexer).await.unwrap();
        assert!(!state.is_complete());
        let stop = CancellationToken::new();
        let task = complete_search_index(indexer, state.clone(), stop.clone());
        let task = tokio::spawn(task);
        while !state.is_complete() {
            sleep(BETWEEN_PARTS).await;
        }
        stop.cancel();
        task.await.unwrap();
    }

    #[tokio::test]
    async fn a_complete_index_is_so_from_the_start() {
        let state = SearchIndexState::default();
        assert!(!state.is_complete(), "nobody has asked");
        state.refresh(&*indexer(0)).await.unwrap();
        assert!(state.is_complete());
    }

    #[tokio::test(start_paused = true)]
    async fn audiences_are_brought_up_to_date_again_whenever_something_has_changed() {
        let mut indexer = MockSearchIndexer::new();
        let mut calls = 0;
        let (done, mut is_done) = tokio::sync::oneshot::channel();
        let mut done = Some(done);
        indexer.expect_index_audiences().returning(move || {
            calls += 1;
            Ok(match calls {
                1 => return Err(StoreError::Unavailable(None)),
                2 | 5 => IndexingProgress::Complete,
                3 => IndexingProgress::Waits,
                _ => {
                    if let Some(done) = done.take() {
                        done.send(()).unwrap();
                    }
                    IndexingProgress::Continues
                }
            })
        });
        let stop = CancellationToken::new();
        let state = Arc::<SearchIndexState>::default();
        let task = keep_audiences_indexed(Arc::new(indexer), state, stop.clone());
        let task = tokio::spawn(task);
        (&mut is_done).await.unwrap();
        stop.cancel();
        task.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn for_how_long_audiences_are_behind_is_known() {
        for answer in [
            Ok(IndexingProgress::Continues),
            Ok(IndexingProgress::Waits),
            Err(()),
        ] {
            let (complete, is_complete) = tokio::sync::watch::channel(false);
            let mut indexer = MockSearchIndexer::new();
            indexer.expect_index_audiences().returning(move || {
                if *is_complete.borrow() {
                    return Ok(IndexingProgress::Complete);
                }
                answer.map_err(|()| StoreError::Unavailable(None))
            });
            let (state, stop) = (Arc::<SearchIndexState>::default(), CancellationToken::new());
            assert_eq!(state.audiences_behind(), Duration::ZERO);
            let task = keep_audiences_indexed(Arc::new(indexer), state.clone(), stop.clone());
            let task = tokio::spawn(task);
            sleep(Duration::from_mins(10)).await;
            let behind = state.audiences_behind();
            assert!(behind > Duration::from_secs(590), "{answer:?}: {behind:?}");
            complete.send(true).unwrap();
            sleep(BETWEEN_LOOKS * 2).await;
            assert_eq!(state.audiences_behind(), Duration::ZERO, "{answer:?}");
            stop.cancel();
            task.await.unwrap();
        }
    }
}
