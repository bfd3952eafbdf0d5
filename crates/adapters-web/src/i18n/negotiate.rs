//! Which language a request is answered in.

use axum::http::HeaderMap;
use parlor_http_edge::language;

use super::{Language, Texts};
use crate::session::cookies;

/// The cookie in which a visitor's own choice is kept.
pub(crate) const COOKIE: &str = "parlor_language";

/// The visitor's own choice, or what the browser asks for (RFC 9110, 12.5.4), or English.
pub(crate) fn texts_for(headers: &HeaderMap) -> Texts {
    let chosen = cookies::find(headers, COOKIE).and_then(|tag| Language::of_tag(&tag));
    chosen.unwrap_or_else(|| wanted(headers)).texts()
}

fn wanted(headers: &HeaderMap) -> Language {
    let tags = Language::ALL.map(Language::tag);
    let place = language::preferred(headers, &tags);
    place
        .and_then(|place| Language::ALL.get(place))
        .copied()
        .unwrap_or(Language::English)
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderValue, header};

    use super::*;

    fn answered(accept: &'static str, cookie: &'static str) -> Language {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static(accept));
        headers.insert(header::COOKIE, HeaderValue::from_static(cookie));
        texts_for(&headers).language()
    }

    #[test]
    fn the_browsers_language_is_taken_by_its_weight() {
        for (accept, tag) in [
            ("ko", "ko"),
            ("ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7", "ko"),
            ("en-US,en;q=0.9,ko;q=0.8", "en"),
            ("fr, ko;q=0.2", "ko"),
            ("en;q=0, ko;q=0.1", "ko"),
            ("ko;q=0", "en"),
            ("fr", "en"),
            ("*", "en"),
            ("ko;q=nonsense", "en"),
            ("", "en"),
            ("KO-kr", "ko"),
            ("en;q=0, *;q=0.5", "ko"),
            ("en;q=0.5, *;q=0.8", "ko"),
            ("ko;q=2", "en"),
        ] {
            assert_eq!(answered(accept, "").tag(), tag, "{accept}");
        }
    }

    #[test]
    fn a_visitors_own_choice_comes_first_if_it_is_one() {
        assert_eq!(answered("ko", "parlor_language=en"), Language::English);
        assert_eq!(answered("en", "a=b; parlor_language=ko"), Language::Korean);
        assert_eq!(answered("ko", "parlor_language=xx"), Language::Korean);
    }
}
