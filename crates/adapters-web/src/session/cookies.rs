//! Cookies: none is for scripts, and none is sent along from elsewhere but with a visit.

use axum::http::{HeaderMap, HeaderValue, header};
use cookie::{Cookie, SameSite, time::Duration};

/// The whole name of a cookie. With the prefix browsers take it by TLS alone, from this very host.
pub(crate) fn name(secure: bool, name: &str) -> String {
    let prefix = if secure { "__Host-" } else { "" };
    format!("{prefix}{name}")
}

/// The value of the cookie of this name. One that is there twice is none: nobody can tell which is ours.
pub(crate) fn find(headers: &HeaderMap, name: &str) -> Option<String> {
    let mut values = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(Cookie::split_parse)
        .filter_map(Result::ok)
        .filter(|cookie| cookie.name() == name)
        .map(|cookie| cookie.value().to_owned());
    match (values.next(), values.next()) {
        (Some(value), None) => Some(value),
        _ => None,
    }
}

/// How long a cookie stays.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Lifetime {
    /// Until the browser is closed.
    Visit,
    /// So many seconds.
    Seconds(i64),
    /// It goes.
    Gone,
}

/// What sets a cookie.
pub(crate) fn set(name: &str, value: &str, lifetime: Lifetime, secure: bool) -> HeaderValue {
    let mut cookie = Cookie::build((name, value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(secure);
    match lifetime {
        Lifetime::Visit => {}
        Lifetime::Seconds(seconds) => cookie = cookie.max_age(Duration::seconds(seconds)),
        Lifetime::Gone => cookie = cookie.max_age(Duration::ZERO),
    }
    // Names are ours, and values are letters, digits, `-` and `_`.
    HeaderValue::try_from(cookie.build().to_string()).unwrap_or(HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(cookies: &[&'static str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for cookie in cookies {
            headers.append(header::COOKIE, HeaderValue::from_static(cookie));
        }
        find(&headers, "a")
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        assert_eq!(value(&["b=2; a=1"]).as_deref(), Some("1"));
        assert_eq!(value(&["b=2", "a=1"]).as_deref(), Some("1"));
        assert_eq!(value(&["aa=1; A=2"]), None);
    }

    #[test]
    fn one_that_is_there_twice_is_none() {
        assert_eq!(value(&["a=1; a=2"]), None);
        assert_eq!(value(&["a=1", "a=1"]), None);
    }

    #[test]
    fn no_cookie_is_for_scripts() {
        for secure in [false, true] {
            let cookie = set("a", "1", Lifetime::Seconds(60), secure);
            let cookie = cookie.to_str().unwrap();
            assert!(
                cookie.starts_with("a=1; HttpOnly; SameSite=Lax;"),
                "{cookie}"
            );
            assert!(
                cookie.contains("Path=/; Max-Age=60") || cookie.contains("Max-Age=60"),
                "{cookie}"
            );
            assert_eq!(cookie.contains("Secure"), secure);
        }
    }
}
