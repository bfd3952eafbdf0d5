//! The numbers of events, as followers are told them.

use std::{fmt, str::FromStr};

/// The number of an event. It grows from event to event, also where a follower comes back, and means nothing otherwise.
///
/// The upper bits are the number of the last event that is stored, the lower ones count what came since and is not stored: pieces of
/// answers. So whoever comes back with any number is told everything that is stored after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventNumber(u64);

/// It is no number of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the number of an event")]
pub struct NotAnEventNumber;

impl EventNumber {
    const STEP_BITS: u32 = 20;
    const LAST_STEP: u64 = (1 << Self::STEP_BITS) - 1;

    /// The number of a stored event (step 0), or of what comes after it.
    pub(super) const fn new(stored: u64, step: u64) -> Self {
        let step = if step < Self::LAST_STEP {
            step
        } else {
            Self::LAST_STEP
        };
        Self((stored << Self::STEP_BITS) | step)
    }

    /// The last stored event.
    pub(super) const fn stored(self) -> u64 {
        self.0 >> Self::STEP_BITS
    }

    /// How much came since, that is not stored.
    pub(super) const fn step(self) -> u64 {
        self.0 & Self::LAST_STEP
    }

    /// This one, or that of the last event if there are not so many: the store was put back to an earlier state.
    pub(super) const fn up_to(self, last: u64) -> Self {
        if self.stored() > last {
            Self::new(last, 0)
        } else {
            self
        }
    }

    /// The number itself.
    pub const fn as_number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for EventNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for EventNumber {
    type Err = NotAnEventNumber;

    fn from_str(text: &str) -> Result<Self, NotAnEventNumber> {
        // Digits alone: no sign, no blank.
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse() {
            Ok(number) if is_number => Ok(Self(number)),
            _ => Err(NotAnEventNumber),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_stored_is_numbered_between_what_is() {
        let numbers = [(1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (3, 0)]
            .map(|(stored, step)| EventNumber::new(stored, step));
        assert!(numbers.is_sorted_by(|before, after| before < after));
        assert_eq!(numbers.map(EventNumber::stored), [1, 1, 1, 2, 2, 3]);
        assert_eq!(numbers.map(EventNumber::step), [0, 1, 2, 0, 1, 0]);
    }

    #[test]
    fn however_much_comes_it_is_never_numbered_as_a_stored_event() {
        let number = EventNumber::new(1, u64::MAX);
        assert!(number < EventNumber::new(2, 0));
        assert_eq!(number.stored(), 1);
    }

    #[test]
    fn a_number_is_read_as_it_was_written_and_nothing_else_is() {
        let number = EventNumber::new(7, 3);
        assert_eq!(number.to_string().parse(), Ok(number));
        for text in ["", " 1", "+1", "-1", "1.0", "one", "18446744073709551616"] {
            assert_eq!(text.parse::<EventNumber>(), Err(NotAnEventNumber), "{text}");
        }
    }

    #[test]
    fn a_number_of_the_future_is_that_of_the_last_event() {
        assert_eq!(EventNumber::new(9, 3).up_to(4), EventNumber::new(4, 0));
        assert_eq!(EventNumber::new(4, 3).up_to(4), EventNumber::new(4, 3));
    }
}
