//! Failures that come again and again while something is not there: one line a cause, and then how often it came.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// After the first line, how long until the next one; doubled with each.
const FIRST_PAUSE: Duration = Duration::from_secs(10);
/// The longest time between two lines while it lasts.
const LONGEST_PAUSE: Duration = Duration::from_mins(5);
/// How long nothing may have failed for the failures to be over.
const SETTLED: Duration = Duration::from_secs(5);
/// After so long without a failure, the next one is a new one.
const QUIET: Duration = Duration::from_mins(1);

/// How many causes are told apart; of more, each is logged like the first.
const CAUSES: usize = 16;

/// Decides which of many failures of one kind are logged.
#[derive(Debug, Default)]
pub struct RepeatedFailure(Mutex<Vec<Cause>>);

#[derive(Debug)]
struct Cause {
    message: String,
    since: Instant,
    last: Instant,
    /// Since the beginning.
    failures: u64,
    /// Since the last line.
    unlogged: u64,
    next_line: Instant,
    pause: Duration,
}

impl Cause {
    fn new(cause: &str, now: Instant) -> Self {
        Self {
            message: cause.to_owned(),
            since: now,
            last: now,
            failures: 0,
            unlogged: 0,
            next_line: now,
            pause: FIRST_PAUSE,
        }
    }

    fn note(&mut self, now: Instant) -> Option<u64> {
        self.last = now;
        self.failures += 1;
        if now < self.next_line {
            self.unlogged += 1;
            return None;
        }
        self.next_line = now + self.pause;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        Some(std::mem::take(&mut self.unlogged))
    }
}

/// What is over.
#[derive(Debug, PartialEq, Eq)]
pub struct Outage {
    /// How many failures there were.
    pub failures: u64,
    /// How long it lasted.
    pub lasted: Duration,
}

impl RepeatedFailure {
    /// Notes a failure. It is to be logged where this answers `Some`, with how many more of this cause there were since the last
    /// line: at once when it begins, and from then on less and less often.
    ///
    /// Numbers do not tell causes apart: what does not answer within 5 s and within 12 s does not answer.
    pub fn note(&self, cause: &str) -> Option<u64> {
        let cause = &*cause.replace(|letter: char| letter.is_ascii_digit(), "");
        let now = Instant::now();
        let mut causes = self.lock();
        causes.retain(|known| now - known.last < QUIET);
        if let Some(known) = causes.iter_mut().find(|known| known.message == cause) {
            return known.note(now);
        }
        if causes.len() == CAUSES
            && let Some(first) = causes.first_mut()
        {
            return first.note(now);
        }
        let mut new = Cause::new(cause, now);
        let noted = new.note(now);
        causes.push(new);
        noted
    }

    /// It worked. Answers what is over, where something failed before and nothing did for some seconds: what now works and now
    /// does not is one outage.
    pub fn end(&self) -> Option<Outage> {
        let mut causes = self.lock();
        let last = causes.iter().map(|known| known.last).max()?;
        let since = causes.iter().map(|known| known.since).min()?;
        if last.elapsed() < SETTLED {
            return None;
        }
        let failures = causes.drain(..).map(|known| known.failures).sum();
        Some(Outage {
            failures,
            lasted: since.elapsed(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Cause>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    const AWAY: &str = "the store is unavailable";

    #[tokio::test(start_paused = true)]
    async fn of_many_failures_a_second_few_lines_are_left_which_count_them() {
        let failures = RepeatedFailure::default();
        let (mut lines, mut counted) = (0, 0);
        for _ in 0..600 * 60 {
            if let Some(more) = failures.note(AWAY) {
                lines += 1;
                counted += more + 1;
            }
            advance(Duration::from_millis(100)).await;
        }
        // An hour: after 10 s, 20 s, 40 s and so on, and then every five minutes.
        assert!((10..=20).contains(&lines), "{lines}");
        assert!(counted > 600 * 55, "{counted}");
        assert_eq!(failures.end(), None, "the last one was just now");
        advance(SETTLED).await;
        let outage = failures.end().unwrap();
        assert_eq!(outage.failures, 600 * 60);
        assert_eq!(failures.end(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn what_works_now_and_then_is_one_outage() {
        let failures = RepeatedFailure::default();
        let mut lines = 0;
        for _ in 0..100 {
            lines += u32::from(failures.note(AWAY).is_some());
            assert_eq!(failures.end(), None);
            advance(Duration::from_millis(50)).await;
        }
        assert_eq!(lines, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn each_cause_and_each_outage_has_a_line_of_its_own() {
        let failures = RepeatedFailure::default();
        // They take turns, as where many things fail in two ways.
        assert_eq!(failures.note(AWAY), Some(0));
        assert_eq!(failures.note("the store failed"), Some(0));
        for _ in 0..3 {
            assert_eq!(failures.note(AWAY), None);
            assert_eq!(failures.note("the store failed"), None);
        }
        advance(SETTLED).await;
        assert_eq!(failures.end().unwrap().failures, 8);
        assert_eq!(failures.note(AWAY), Some(0));
        assert_eq!(failures.note(AWAY), None);
        advance(QUIET).await;
        assert_eq!(failures.note(AWAY), Some(0));
    }

    #[tokio::test(start_paused = true)]
    async fn causes_that_differ_in_numbers_alone_are_one() {
        let failures = RepeatedFailure::default();
        assert_eq!(failures.note("no answer within 12s"), Some(0));
        assert_eq!(failures.note("no answer within 5s"), None);
    }

    #[tokio::test(start_paused = true)]
    async fn however_many_causes_there_are_the_log_is_not_flooded() {
        let failures = RepeatedFailure::default();
        let causes = (0..1_000).map(|number| format!("failure {}", "x".repeat(number)));
        let lines = causes.filter_map(|cause| failures.note(&cause)).count();
        assert_eq!(lines, CAUSES);
    }
}
