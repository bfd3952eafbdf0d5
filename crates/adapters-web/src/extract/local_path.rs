//! Where to go next, when a request says so: a page of ours and nothing else.

use std::{
    fmt::{self, Write as _},
    str::FromStr,
};

use axum::http::Uri;

/// Path and query of a page of this service.
///
/// A browser takes `//evil.example` and `/\evil.example` for other hosts, so neither is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LocalPath(String);

/// The text leads elsewhere.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("not a path of this service")]
pub(crate) struct NotLocal;

impl LocalPath {
    const LONGEST: usize = 2048;

    /// The path, if it is one of this service's.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        let rooted = text.starts_with('/') && !text.starts_with("//");
        let uri = text.parse::<Uri>().ok()?;
        let bare = uri.scheme().is_none() && uri.authority().is_none();
        (plain && rooted && bare && text.len() <= Self::LONGEST && !text.contains('#'))
            .then(|| Self(text.to_owned()))
    }

    /// The list of conversations, where nobody says where to go.
    pub fn home() -> Self {
        Self("/conversations".to_owned())
    }

    /// The path.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The sign-in page that leads here.
    pub fn as_next(&self) -> String {
        if *self == Self::home() {
            return "/sign-in".to_owned();
        }
        let mut target = "/sign-in?next=".to_owned();
        for byte in self.0.bytes() {
            if byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte) {
                target.push(char::from(byte));
            } else {
                // Writing to a text cannot fail.
                let _ = write!(target, "%{byte:02X}");
            }
        }
        target
    }
}

impl FromStr for LocalPath {
    type Err = NotLocal;

    fn from_str(text: &str) -> Result<Self, NotLocal> {
        Self::parse(text).ok_or(NotLocal)
    }
}

impl fmt::Display for LocalPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_pages_are_local() {
        for path in [
            "/",
            "/conversations?filter=mine&q=a%20b",
            "/conversations/x?leaf=y",
        ] {
            assert_eq!(LocalPath::parse(path).unwrap().as_str(), path);
        }
    }

    #[test]
    fn nothing_else_is() {
        for path in [
            "",
            "conversations",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/a\n",
            " /a",
            "https://evil.example/",
            "javascript:alert(1)",
            "/a#b",
            "/한",
            &format!("/{}", "a".repeat(3000)),
        ] {
            assert_eq!(LocalPath::parse(path), None, "{path:?}");
        }
    }

    #[test]
    fn the_sign_in_page_leads_back() {
        let path = LocalPath::parse("/audit?action=a&from=b").unwrap();
        assert_eq!(
            path.as_next(),
            "/sign-in?next=/audit%3Faction%3Da%26from%3Db"
        );
        assert_eq!(LocalPath::home().as_next(), "/sign-in");
    }
}
