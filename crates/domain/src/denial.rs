//! When a denied request is a repeat of an earlier one.
//!
//! The audit log has the first denial of a conversation's id to one person at once. Repeats within a minute are counted, and
//! have one entry together when the minute ends.

use chrono::{DateTime, TimeDelta, Utc};

/// How long repeats are counted, from the first denial on, by the store's clock.
pub const REPEAT_WINDOW: TimeDelta = TimeDelta::minutes(1);

/// Whether a denial at `now` repeats the one that was stored at `first`. Both times are the store's.
///
/// A clock that was set back by more than the window ends it: else repeats would be counted until the clock catches up.
pub fn is_repeat(first: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now.signed_duration_since(first).abs() < REPEAT_WINDOW
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denial_is_a_repeat_for_a_minute_and_not_after_a_clock_was_set_back() {
        let first = DateTime::UNIX_EPOCH + TimeDelta::days(1);
        let almost = REPEAT_WINDOW - TimeDelta::microseconds(1);
        for (pause, expected) in [
            (TimeDelta::zero(), true),
            (almost, true),
            (REPEAT_WINDOW, false),
            (TimeDelta::hours(1), false),
            (-almost, true),
            (-REPEAT_WINDOW, false),
        ] {
            assert_eq!(is_repeat(first, first + pause), expected, "{pause}");
        }
    }
}
