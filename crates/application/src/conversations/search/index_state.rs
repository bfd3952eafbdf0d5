//! Whether the search index is complete, and the task that completes it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{
    ports::{IndexingProgress, SearchIndexer, StoreError},
    repeated::RepeatedFailure,
};

/// Whether the index is complete, as this instance last saw it.
///
/// A search asks here and not the store, so that its work does not depend on what is being indexed.
#[derive(Debug, Default)]
pub struct SearchIndexState {
    is_complete: AtomicBool,
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

    fn set(&self, is_complete: bool) -> bool {
        self.is_complete.swap(is_complete, Ordering::Relaxed)
    }
}

/// Between two parts, so that other writers get in.
const BETWEEN_PARTS: Duration = Duration::from_millis(5);
/// Before the store is asked again what is left: what instances of an older version write while they run beside this one.
const BETWEEN_LOOKS: Duration = Duration::from_secs(5);

/// Indexes what older versions wrote, part by part, until `stop`. Every instance does so.
pub async fn complete_search_index(
    indexer: Arc<dyn SearchIndexer>,
    state: Arc<SearchIndexState>,
    stop: CancellationToken,
) {
    let mut parts: u64 = 0;
    let failures = RepeatedFailure::default();
    loop {
        let progress = indexer.index_more().await;
        if progress.is_ok()
            && let Some(outage) = failures.end()
        {
            tracing::info!(
                failures = outage.failures,
                seconds = outage.lasted.as_secs(),
                "indexing conversations for search works again"
            );
        }
        let pause = match progress {
            Ok(IndexingProgress::Complete) => {
                if !state.set(true) || parts > 0 {
                    tracing::info!(parts, "the search index is complete");
                }
                parts = 0;
                BETWEEN_LOOKS
            }
            Ok(IndexingProgress::Continues) => {
                if state.set(false) || parts == 0 {
                    tracing::info!("started indexing conversations for search");
                }
                parts += 1;
                BETWEEN_PARTS
            }
            Ok(IndexingProgress::Waits) => BETWEEN_PARTS * 20,
            Err(error) => {
                note(&failures, &error);
                BETWEEN_LOOKS
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(pause) => {}
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
}
