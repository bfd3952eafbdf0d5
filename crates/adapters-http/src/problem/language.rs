//! In which language the title of a problem is told.

use axum::http::HeaderMap;
use parlor_http_edge::language;

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
        let tags: Vec<_> = Self::ALL.iter().map(|language| language.tag()).collect();
        let place = language::preferred(headers, &tags);
        place
            .and_then(|place| Self::ALL.get(place))
            .copied()
            .unwrap_or_default()
    }

    /// The language of the request that is being answered by this task.
    pub fn current() -> Self {
        CURRENT.try_with(|language| *language).unwrap_or_default()
    }

    /// Answers a request in this language.
    pub async fn scope<F: Future>(self, answering: F) -> F::Output {
        CURRENT.scope(self, answering).await
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderValue, header};

    use super::*;

    fn wanted(accept: &'static str) -> Language {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static(accept));
        Language::of(&headers)
    }

    #[test]
    fn the_language_that_is_wanted_most_is_taken() {
        assert_eq!(wanted("en;q=0, *;q=0.5"), Language::Korean);
        assert_eq!(wanted("ko;q=0.5, en-US"), Language::English);
    }

    #[test]
    fn who_asks_for_nothing_that_there_is_gets_english() {
        assert_eq!(Language::of(&HeaderMap::new()), Language::English);
        assert_eq!(wanted("fr, ko;q=0"), Language::English);
    }
}
