//! What a client can send that every store can hold and compare.
//!
//! The stores' own ranges differ: one has no time before 4713 BC and no text with a NUL, another has both. What a client made up
//! is looked at before it gets to a store, so that it gets the same answer from each.

use chrono::{DateTime, Datelike as _, Utc};

/// The time, if it is of the years 1970 to 9999.
pub fn storable_time(time: DateTime<Utc>) -> Option<DateTime<Utc>> {
    (1970..=9999).contains(&time.year()).then_some(time)
}

/// The text, if there is no NUL in it.
pub fn storable_text(text: String) -> Option<String> {
    (!text.contains('\0')).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_from_1970_to_9999_are_storable_and_no_others() {
        for (seconds, is_storable) in [
            (0, true),
            (1_790_000_000, true),
            (253_402_300_799, true),
            (253_402_300_800, false),
            (-1, false),
            (-288_230_376_151, false),
        ] {
            let time = DateTime::from_timestamp(seconds, 0).unwrap();
            assert_eq!(storable_time(time).is_some(), is_storable, "{time}");
        }
    }

    #[test]
    fn text_with_a_nul_is_not_storable() {
        for (text, is_storable) in [("", true), ("Jörg \u{1f34a}", true), ("a\0b", false)] {
            assert_eq!(storable_text(text.to_owned()).is_some(), is_storable);
        }
    }
}
