//! In which language a request is answered.

use std::cmp::Reverse;

use axum::http::{HeaderMap, header};

use crate::weighted::weighted;

/// The place in `tags` of the language that `Accept-Language` wants most (RFC 9110, section 12.5.4), if it accepts one.
///
/// A range stands for its language whatever the region, and `*` for every language that no other range names. Of two
/// languages with the same weight, the one that the header names first is taken; of two that only `*` accepts, the first of
/// `tags`. Tags are in lower case.
#[must_use]
pub fn preferred(headers: &HeaderMap, tags: &[&str]) -> Option<usize> {
    let ranges = weighted(headers, &header::ACCEPT_LANGUAGE);
    let wish = |tag: &str| {
        let named = strongest(&ranges, |range| range.split('-').next() == Some(tag));
        named.or_else(|| strongest(&ranges, |range| range == "*"))
    };
    let wishes = tags.iter().enumerate().filter_map(|(place, tag)| {
        let (weight, first) = wish(tag)?;
        (weight > 0).then_some((weight, first, Reverse(place)))
    });
    wishes.max().map(|(_, _, Reverse(place))| place)
}

/// The weight of a range, and where it is: of two that weigh the same, the first is the greater.
type Wish = (u16, Reverse<usize>);

fn strongest(ranges: &[(String, u16)], matches: impl Fn(&str) -> bool) -> Option<Wish> {
    let places = ranges.iter().enumerate();
    places
        .filter(|(_, (range, _))| matches(range))
        .map(|(place, (_, weight))| (*weight, Reverse(place)))
        .max()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    const TAGS: [&str; 2] = ["en", "ko"];

    fn wanted(accept: &'static str) -> Option<&'static str> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static(accept));
        preferred(&headers, &TAGS).map(|place| TAGS[place])
    }

    #[test]
    fn the_language_that_is_wanted_most_is_taken() {
        for accept in [
            "ko",
            "ko-KR",
            "KO-kr",
            "ko-Kore-KR",
            "ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7",
            "en;q=0.8, ko",
            "en;q=0.3,ko;q=0.301",
            "fr, de;q=0.9, ko;q=0.1",
            "ko, en",
            "ko, *",
            "en;q=0, *",
            "en;q=0, *;q=0.5",
            "en;q=0.5, *;q=0.8",
        ] {
            assert_eq!(wanted(accept), Some("ko"), "{accept}");
        }
        for accept in [
            "en",
            "en-GB",
            "en, ko",
            "ko;q=0.5, en-US",
            "*",
            "*, ko;q=0.9",
            "ko;q=0, *",
        ] {
            assert_eq!(wanted(accept), Some("en"), "{accept}");
        }
    }

    #[test]
    fn a_header_that_accepts_none_of_them_wants_none() {
        assert_eq!(preferred(&HeaderMap::new(), &TAGS), None);
        for accept in [
            "",
            "fr",
            "kok",
            "ko;q=0",
            "ko;q=2",
            "ko;q=nonsense",
            "ko;q=0,en;q=0",
            "*;q=0",
            ",;,=",
        ] {
            assert_eq!(wanted(accept), None, "{accept}");
        }
    }

    #[test]
    fn several_headers_are_one_list() {
        let mut headers = HeaderMap::new();
        headers.append(
            header::ACCEPT_LANGUAGE,
            HeaderValue::from_static("en;q=0.5"),
        );
        headers.append(header::ACCEPT_LANGUAGE, HeaderValue::from_static("ko"));
        assert_eq!(preferred(&headers, &TAGS), Some(1));
    }
}
