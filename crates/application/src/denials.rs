//! Repeated denials, which are counted for a minute and then have one entry (see [`parlor_domain::denial`]).

use std::{sync::Arc, time::Duration};

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{ports::AuditRecorder, repeated::RepeatedFailure};

/// Between two looks for counts whose minute is over: how long after it their entries come at most.
pub const DENIALS_PERIOD: Duration = Duration::from_secs(5);

/// Writes the entries of counted denials whose time is over, until `stop`. Every instance does so, for the counts of all.
///
/// What is counted at a stop or a crash stays in the store: another instance writes its entry, or the next start.
pub async fn end_counted_denials(
    recorder: Arc<dyn AuditRecorder>,
    every: Duration,
    stop: CancellationToken,
) {
    let failures = RepeatedFailure::default();
    loop {
        match recorder.end_denials().await {
            // There may be more.
            Ok(ended) if ended > 0 && !stop.is_cancelled() => continue,
            Ok(_) => {
                failures.end();
            }
            Err(error) => {
                if let Some(more) = failures.note(&error.to_string()) {
                    tracing::warn!(
                        error = &error as &(dyn std::error::Error + 'static),
                        more,
                        "entries of repeated denials not written yet"
                    );
                }
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(every) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tokio::time::Instant;

    use super::*;
    use crate::ports::{MockAuditRecorder, StoreError};

    /// A recorder that answers these one after the other and then 0, and when it was asked.
    fn recorder(
        answers: Vec<Result<u64, StoreError>>,
    ) -> (Arc<MockAuditRecorder>, Arc<Mutex<Vec<Duration>>>) {
        let asked = Arc::<Mutex<Vec<Duration>>>::default();
        let (noted, start) = (asked.clone(), Instant::now());
        let answers = Mutex::new(answers.into_iter());
        let mut recorder = MockAuditRecorder::new();
        recorder.expect_end_denials().returning(move || {
            noted.lock().unwrap().push(start.elapsed());
            answers.lock().unwrap().next().unwrap_or(Ok(0))
        });
        (Arc::new(recorder), asked)
    }

    #[tokio::test(start_paused = true)]
    async fn all_counts_are_ended_at_once_and_then_each_period_also_after_a_failure() {
        let answers = vec![Ok(256), Ok(3), Ok(0), Err(StoreError::Unavailable(None))];
        let (recorder, asked) = recorder(answers);
        let stop = CancellationToken::new();
        let ending = tokio::spawn(end_counted_denials(recorder, DENIALS_PERIOD, stop.clone()));
        sleep(DENIALS_PERIOD * 2 + Duration::from_secs(1)).await;
        stop.cancel();
        ending.await.unwrap();
        let zero = Duration::ZERO;
        let expected = [zero, zero, zero, DENIALS_PERIOD, DENIALS_PERIOD * 2];
        assert_eq!(*asked.lock().unwrap(), expected);
    }
}
