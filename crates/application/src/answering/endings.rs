//! Counts how answers end.

use std::sync::atomic::{AtomicU64, Ordering};

use parlor_domain::message::{AnswerFailure, AnswerStatus, IncompleteReason};

/// How many answers ended in each way since this process started.
///
/// Each answer is counted once, by the instance that stored its end.
#[derive(Debug, Default)]
pub struct AnswerEndings {
    complete: AtomicU64,
    stopped: AtomicU64,
    incomplete: [AtomicU64; IncompleteReason::ALL.len()],
    failed: [AtomicU64; AnswerFailure::ALL.len()],
    left_out: AtomicU64,
}

impl AnswerEndings {
    /// Counts an answer whose end this process stored.
    pub fn note(&self, status: AnswerStatus) {
        self.note_many(status, 1);
    }

    /// Counts answers that ended in the same way.
    pub fn note_many(&self, status: AnswerStatus, count: u64) {
        if let Some(counter) = self.counter(status) {
            counter.fetch_add(count, Ordering::Relaxed);
        }
    }

    /// Counts an answer whose model was not sent the oldest messages.
    pub fn note_left_out(&self) {
        self.left_out.fetch_add(1, Ordering::Relaxed);
    }

    /// Every way in which an answer can end, with how many did.
    pub fn counts(&self) -> impl Iterator<Item = (AnswerStatus, u64)> {
        AnswerStatus::all().filter_map(|status| {
            let counter = self.counter(status)?;
            Some((status, counter.load(Ordering::Relaxed)))
        })
    }

    /// How many answers there were whose model was not sent the oldest messages.
    pub fn left_out(&self) -> u64 {
        self.left_out.load(Ordering::Relaxed)
    }

    /// The counter of a status; none for an answer that has not ended.
    fn counter(&self, status: AnswerStatus) -> Option<&AtomicU64> {
        match status {
            AnswerStatus::Writing => None,
            AnswerStatus::Complete => Some(&self.complete),
            AnswerStatus::Stopped => Some(&self.stopped),
            AnswerStatus::Incomplete(reason) => {
                self.incomplete.get(place(&IncompleteReason::ALL, reason))
            }
            AnswerStatus::Failed(failure) => self.failed.get(place(&AnswerFailure::ALL, failure)),
        }
    }
}

fn place<T: Copy + PartialEq>(all: &[T], value: T) -> usize {
    all.iter()
        .position(|&other| other == value)
        .unwrap_or(all.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ending_has_a_counter_of_its_own() {
        let endings = AnswerEndings::default();
        let all = || AnswerStatus::all().filter(|status| !status.is_writing());
        for (count, status) in (1..).zip(all()) {
            endings.note_many(status, count);
        }
        endings.note(AnswerStatus::Writing);
        let expected: Vec<_> = all().zip(1..).collect();
        assert_eq!(endings.counts().collect::<Vec<_>>(), expected);
    }
}
