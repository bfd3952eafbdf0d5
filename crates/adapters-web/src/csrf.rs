//! No page of elsewhere sends a form in somebody's name.
//!
//! Twice: a form holds a token that is made from the session's secret (or, before one is signed in, from a cookie of the visit), which nobody
//! elsewhere can know; and a browser says where a request comes from, in `Sec-Fetch-Site` and `Origin`.

use std::fmt;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};

use crate::{errors::PageError, web::Web};

/// What a form of ours holds in its field `csrf`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct CsrfToken(String);

impl CsrfToken {
    /// The token of whoever holds this secret. It does not tell the secret.
    pub fn of(secret: &str) -> Self {
        let digest = Sha256::new()
            .chain_update(b"parlor form token 1\0")
            .chain_update(secret)
            .finalize();
        Self(hexadecimal(&digest))
    }

    /// What tells the session that a page belongs to from others, and nothing else: it may stand in an address.
    pub fn session_mark(&self) -> String {
        let digest = Sha256::new()
            .chain_update(b"parlor session mark 1\0")
            .chain_update(&self.0)
            .finalize();
        hexadecimal(digest.get(..16).unwrap_or(&digest))
    }

    /// What shows that a value in a cookie was written by us, for this very session: whoever can set cookies in a browser, such as a
    /// neighbor under the same domain, cannot make it.
    pub fn seal(&self, value: &str) -> String {
        let digest = Sha256::new()
            .chain_update(b"parlor cookie seal 1\0")
            .chain_update(&self.0)
            // Of a fixed length, so that no seal leads to that of a longer value.
            .chain_update(Sha256::digest(value))
            .finalize();
        hexadecimal(digest.get(..16).unwrap_or(&digest))
    }

    /// Whether a form held this token. The time that it takes tells nothing of it.
    pub fn is(&self, given: &str) -> bool {
        Sha256::digest(given) == Sha256::digest(&self.0)
    }
}

impl fmt::Display for CsrfToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for CsrfToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CsrfToken(…)")
    }
}

/// Bytes as text that fits everywhere.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Refuses what changes something and comes from elsewhere.
pub(crate) async fn from_here_only(
    State(web): State<Web>,
    request: Request,
    next: Next,
) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if reads || is_from_here(request.headers(), web.options.public_url.as_deref()) {
        next.run(request).await
    } else {
        PageError::Foreign.into_response()
    }
}

/// Whether nothing that the browser says speaks of elsewhere.
///
/// `Origin` is `null` for our own forms too, since our pages let no referrer out (Fetch, "append a request `Origin` header"); then
/// `Sec-Fetch-Site` decides, and where even that is missing the token alone.
fn is_from_here(headers: &HeaderMap, public_url: Option<&str>) -> bool {
    let site = headers.get("sec-fetch-site");
    if site.is_some_and(|site| site != "same-origin" && site != "none") {
        return false;
    }
    match headers.get(header::ORIGIN) {
        None => true,
        Some(origin) if origin == "null" => true,
        Some(origin) => origin
            .to_str()
            .is_ok_and(|origin| is_ours(origin, headers, public_url)),
    }
}

fn is_ours(origin: &str, headers: &HeaderMap, public_url: Option<&str>) -> bool {
    let Some((scheme, authority)) = origin.split_once("://") else {
        return false;
    };
    if !matches!(scheme, "http" | "https") {
        return false;
    }
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let is_host = host.is_some_and(|host| host.eq_ignore_ascii_case(authority));
    let public = public_url.and_then(|url| url.split_once("://"));
    let is_public = public.is_some_and(|(public_scheme, rest)| {
        let public = rest.split('/').next().unwrap_or(rest);
        public_scheme.eq_ignore_ascii_case(scheme) && public.eq_ignore_ascii_case(authority)
    });
    is_host || is_public
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn from_here(pairs: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("127.0.0.1:8080"));
        for (name, value) in pairs {
            headers.insert(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        is_from_here(&headers, Some("https://parlor.example/"))
    }

    #[test]
    fn a_token_is_its_secrets_alone_and_does_not_show_in_debug() {
        let token = CsrfToken::of("secret");
        assert!(token.is(&CsrfToken::of("secret").to_string()));
        assert!(!token.is(&CsrfToken::of("other").to_string()));
        assert!(!token.is(""));
        assert!(!token.to_string().contains("secret"));
        assert_eq!(format!("{token:?}"), "CsrfToken(…)");
    }

    #[test]
    fn what_comes_from_our_own_pages_is_from_here() {
        for pairs in [
            &[][..],
            &[("sec-fetch-site", "same-origin"), ("origin", "null")],
            &[
                ("sec-fetch-site", "same-origin"),
                ("origin", "http://127.0.0.1:8080"),
            ],
            &[("sec-fetch-site", "none")],
            &[("origin", "http://127.0.0.1:8080")],
            &[("origin", "https://parlor.example")],
        ] {
            assert!(from_here(pairs), "{pairs:?}");
        }
    }

    #[test]
    fn what_comes_from_elsewhere_is_not() {
        for pairs in [
            &[("sec-fetch-site", "cross-site")][..],
            &[
                ("sec-fetch-site", "same-site"),
                ("origin", "http://127.0.0.1:8080"),
            ],
            &[("sec-fetch-site", "cross-site"), ("origin", "null")],
            &[("origin", "https://evil.example")],
            &[("origin", "http://127.0.0.1:8081")],
            &[("origin", "http://parlor.example")],
            &[("origin", "https://parlor.example.evil.example")],
            &[("origin", "chrome-extension://127.0.0.1:8080")],
            &[
                ("sec-fetch-site", "same-origin"),
                ("origin", "https://evil.example"),
            ],
        ] {
            assert!(!from_here(pairs), "{pairs:?}");
        }
    }
}
