//! A place in the list, as it stands in an address.

use std::{fmt, str::FromStr};

use parlor_application::ports::ActivityCursor;

/// `<microseconds since 1970>.<id>`. Whoever makes one up finds only another place in its own list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ListCursor(pub ActivityCursor);

/// The text is no place.
#[derive(Debug, thiserror::Error)]
#[error("not a place in the list")]
pub(super) struct NotACursor;

impl FromStr for ListCursor {
    type Err = NotACursor;

    fn from_str(text: &str) -> Result<Self, NotACursor> {
        let (micros, id) = text.split_once('.').ok_or(NotACursor)?;
        let micros = micros.parse().map_err(|_| NotACursor)?;
        let id = id.parse().map_err(|_| NotACursor)?;
        let place = Self(ActivityCursor::from_micros(micros, id).ok_or(NotACursor)?);
        // One spelling only.
        (place.to_string() == text)
            .then_some(place)
            .ok_or(NotACursor)
    }
}

impl fmt::Display for ListCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(place) = self;
        write!(
            f,
            "{}.{}",
            place.last_activity_at.timestamp_micros(),
            place.id
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0190a2b4-7e1c-7cc0-98c4-dc0c0c07398f";

    #[test]
    fn a_place_is_read_as_it_is_written() {
        let text = format!("1790000000000123.{ID}");
        assert_eq!(text.parse::<ListCursor>().unwrap().to_string(), text);
    }

    #[test]
    fn what_is_no_place_is_refused() {
        for text in [
            "",
            ".",
            ID,
            "1790000000000123.",
            "1790000000000123",
            &format!("+1.{ID}"),
            &format!("01.{ID}"),
            &format!("99999999999999999999.{ID}"),
            &format!("1.{}", ID.to_uppercase()),
            // Times that a store cannot hold.
            &format!("-1.{ID}"),
            &format!("-288230376151711744.{ID}"),
            &format!("253402300800000000.{ID}"),
        ] {
            assert!(text.parse::<ListCursor>().is_err(), "{text}");
        }
    }
}
