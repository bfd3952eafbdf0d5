//! Which language a request is answered in.

use axum::http::{HeaderMap, header};

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
    let mut best = (Language::English, 0);
    let ranges = headers
        .get_all(header::ACCEPT_LANGUAGE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    for (tag, weight) in ranges.filter_map(range) {
        if weight > best.1
            && let Some(language) = matching(tag)
        {
            best = (language, weight);
        }
    }
    best.0
}

/// `ko-KR` is Korean; `*` is whatever is first.
fn matching(tag: &str) -> Option<Language> {
    let primary = tag.split('-').next().unwrap_or(tag);
    if primary == "*" {
        return Language::ALL.first().copied();
    }
    Language::ALL
        .into_iter()
        .find(|language| primary.eq_ignore_ascii_case(language.tag()))
}

/// A language range and its weight in thousandths.
fn range(text: &str) -> Option<(&str, u16)> {
    let mut parts = text.split(';').map(str::trim);
    let tag = parts.next().filter(|tag| !tag.is_empty())?;
    let weight = parts.find_map(|part| part.strip_prefix("q="));
    let weight = weight.map_or(Some(1.0), |weight| weight.parse::<f32>().ok())?;
    // Weights have three digits after the point at most.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is from 0 to 1000"
    )]
    let thousandths = (weight.clamp(0.0, 1.0) * 1000.0).round() as u16;
    Some((tag, thousandths))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn language(accept: &'static str, cookie: &'static str) -> Language {
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
        ] {
            assert_eq!(language(accept, "").tag(), tag, "{accept}");
        }
    }

    #[test]
    fn a_visitors_own_choice_comes_first_if_it_is_one() {
        assert_eq!(language("ko", "parlor_language=en"), Language::English);
        assert_eq!(language("en", "a=b; parlor_language=ko"), Language::Korean);
        assert_eq!(language("ko", "parlor_language=xx"), Language::Korean);
    }
}
