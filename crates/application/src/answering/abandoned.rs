//! Answers whose writer is gone: an instance that dies leaves them behind as `writing`.

use std::{sync::Arc, time::Duration};

use parlor_domain::message::{AnswerFailure, AnswerStatus};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::AnswerEndings;
use crate::{ports::AnswerJournal, repeated::RepeatedFailure};

/// How long a writer may give no sign of life before its answer counts as abandoned. A writer gives one every second
/// ([`AnswerTimes::sign_of_life`](super::AnswerTimes)), or pauses for at most five while its store is away.
pub const WRITER_SILENCE: Duration = Duration::from_secs(15);

/// Between two looks for abandoned answers. With [`WRITER_SILENCE`], an instance that dies leaves a failed answer within 30
/// seconds, as long as any other one is there.
pub const WATCH_PERIOD: Duration = Duration::from_secs(5);

/// Marks abandoned answers as interrupted, with what had come, until `stop`. Every instance does so, for the answers of all.
///
/// A store that was away took no signs, so the time in which it was counts as nobody's silence. For the same reason the first
/// look comes after `silence`: what was before is not known.
pub async fn watch_over_abandoned_answers(
    journal: Arc<dyn AnswerJournal>,
    endings: Arc<AnswerEndings>,
    silence: Duration,
    every: Duration,
    stop: CancellationToken,
) {
    let mut patience = Patience::new(silence);
    let mut pause = silence;
    let failures = RepeatedFailure::default();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(pause) => {}
        }
        pause = every;
        match journal.interrupt_abandoned(patience.now()).await {
            Ok(abandoned) => {
                patience.answered();
                failures.end();
                if abandoned > 0 {
                    endings.note_many(AnswerStatus::Failed(AnswerFailure::Interrupted), abandoned);
                    tracing::warn!(
                        abandoned,
                        "answers were marked as interrupted: whoever wrote them gives no sign any more"
                    );
                }
            }
            Err(error) => {
                patience.failed();
                if let Some(more) = failures.note(&error.to_string()) {
                    tracing::warn!(
                        error = &error as &(dyn std::error::Error + 'static),
                        more,
                        "the store was not asked for abandoned answers; it is asked again"
                    );
                }
            }
        }
    }
}

/// How long a silence is borne.
struct Patience {
    silence: Duration,
    /// When the store answered last.
    answered: Instant,
    outage: Option<Outage>,
}

/// The store was away, and writers may not have had the time to give a sign since.
struct Outage {
    /// When the store had answered last before it.
    since: Instant,
    /// When the store answered again, if it has.
    until: Option<Instant>,
}

impl Patience {
    fn new(silence: Duration) -> Self {
        Self {
            silence,
            answered: Instant::now(),
            outage: None,
        }
    }

    /// How long a silence is borne now: as always, and for as long after an outage, all the time since before it too.
    fn now(&mut self) -> Duration {
        let is_over = |outage: &Outage| {
            outage
                .until
                .is_some_and(|until| until.elapsed() >= self.silence)
        };
        self.outage = self.outage.take().filter(|outage| !is_over(outage));
        let outage = self.outage.as_ref();
        self.silence + outage.map_or(Duration::ZERO, |outage| outage.since.elapsed())
    }

    fn answered(&mut self) {
        self.answered = Instant::now();
        if let Some(outage) = &mut self.outage {
            outage.until.get_or_insert(self.answered);
        }
    }

    fn failed(&mut self) {
        let since = self
            .outage
            .as_ref()
            .map_or(self.answered, |outage| outage.since);
        self.outage = Some(Outage { since, until: None });
    }
}
