//! In which language the title of a problem is told.

use std::cmp::Reverse;

use axum::http::{HeaderMap, header};

use crate::extract::weighted;

tokio::task_local! {
    static CURRENT: Language;
}

/// A language that titles are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Language {
    /// Also for whoever asks for none of these.
    #[default]
    English,
    Korean,
}

impl Language {
    /// Every language; among those that are wanted alike, the first is taken.
    pub const ALL: &[Self] = &[Self::English, Self::Korean];

    /// The tag (RFC 5646).
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Korean => "ko",
        }
    }

    /// The language that `Accept-Language` wants most (RFC 9110, section 12.5.4), where a range stands for its language
    /// whatever the region. A request that accepts none of them is answered in English: no title at all would help nobody.
    pub fn of(headers: &HeaderMap) -> Self {
        let ranges = weighted(headers, &header::ACCEPT_LANGUAGE);
        let wish = |language: Self| {
            let named = strongest(&ranges, |range| language.is_in(range));
            named.or_else(|| strongest(&ranges, |range| range == "*"))
        };
        let mut taken = (Self::default(), None);
        for &language in Self::ALL {
            let wish = wish(language).filter(|(weight, _)| *weight > 0);
            if wish > taken.1 {
                taken = (language, wish);
            }
        }
        taken.0
    }

    /// The language of the request that is being answered by this task.
    pub fn current() -> Self {
        CURRENT.try_with(|language| *language).unwrap_or_default()
    }

    /// Answers a request in this language.
    pub async fn scope<F: Future>(self, answering: F) -> F::Output {
        CURRENT.scope(self, answering).await
    }

    fn is_in(self, range: &str) -> bool {
        range.split('-').next() == Some(self.tag())
    }
}

/// The weight of a range, and where it stands: of two that weigh the same, the one that comes first is the greater.
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

    fn wanted(accept: &'static str) -> Language {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static(accept));
        Language::of(&headers)
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
            "en;q=0.5, *;q=0.8",
        ] {
            assert_eq!(wanted(accept), Language::Korean, "{accept}");
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
            assert_eq!(wanted(accept), Language::English, "{accept}");
        }
    }

    #[test]
    fn who_asks_for_nothing_that_there_is_gets_english() {
        assert_eq!(Language::of(&HeaderMap::new()), Language::English);
        for accept in [
            "",
            "fr",
            "kok",
            "ko;q=0",
            "ko;q=2",
            "ko;q=nonsense",
            "ko;q=0,en;q=0",
            ",;,=",
        ] {
            assert_eq!(wanted(accept), Language::English, "{accept}");
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
        assert_eq!(Language::of(&headers), Language::Korean);
    }
}
