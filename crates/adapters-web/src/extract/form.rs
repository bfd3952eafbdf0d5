//! Forms: the documented fields and no others, under the token of the page that they stood on.

use std::{borrow::Cow, time::Duration};

use axum::{
    body::Bytes,
    extract::{FromRequest, Request, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header},
    response::IntoResponse,
};
use parlor_http_edge::encoding::is_encoded;
use serde::{
    Deserialize,
    de::{DeserializeOwned, IntoDeserializer, value::Error as Malformed},
};

use crate::{errors::PageError, frame::Surroundings};

/// How long a browser may take to send a form.
const PATIENCE: Duration = Duration::from_secs(30);
/// The field with the token.
const TOKEN: &str = "csrf";

/// A form's fields as a struct, which must deny unknown ones. The token is checked, and is no field of it.
///
/// A field may be there several times where the struct has a `Vec`.
pub(crate) struct Form<T>(pub T);

/// A form without fields.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoFields {}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = PageError;

    async fn from_request(request: Request, state: &S) -> Result<Self, PageError> {
        if !is_form(request.headers()) {
            return Err(PageError::NotAForm);
        }
        if is_encoded(request.headers()) {
            return Err(PageError::Encoded);
        }
        let surroundings = request.extensions().get::<Surroundings>().cloned();
        let surroundings = surroundings
            .ok_or_else(|| PageError::internal("a form stands outside of its surroundings"))?;
        let bytes = tokio::time::timeout(PATIENCE, Bytes::from_request(request, state))
            .await
            .map_err(|_| PageError::Broken)?
            .map_err(unreadable)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| PageError::InvalidForm)?;
        let (tokens, fields) = split(text);
        match tokens.as_slice() {
            [token] if surroundings.csrf.is(token) => {}
            _ => return Err(PageError::Token),
        }
        serde_html_form::from_str(&fields)
            .map(Self)
            .map_err(|_| PageError::InvalidForm)
    }
}

fn unreadable(rejection: BytesRejection) -> PageError {
    if rejection.into_response().status() == StatusCode::PAYLOAD_TOO_LARGE {
        PageError::TooLarge
    } else {
        PageError::Broken
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| {
        let essence = kind.split(';').next().unwrap_or(kind).trim();
        essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
    })
}

/// The tokens, and the other fields as they came.
fn split(text: &str) -> (Vec<&str>, String) {
    let (mut tokens, mut fields) = (Vec::new(), Vec::new());
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            // The token's own letters need no escape.
            Some((TOKEN, token)) => tokens.push(token),
            _ => fields.push(pair),
        }
    }
    (tokens, fields.join("&"))
}

/// For a field that a browser sends empty where nothing was typed.
pub(crate) fn non_empty<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    let text = Option::<Cow<'de, str>>::deserialize(deserializer)?;
    match text {
        Some(text) if !text.is_empty() => {
            let value = T::deserialize(text.into_owned().into_deserializer());
            value
                .map(Some)
                .map_err(|error: Malformed| serde::de::Error::custom(error))
        }
        _ => Ok(None),
    }
}

/// What was typed into a field of several lines. Browsers send its line breaks as in mail, whatever was typed.
pub(crate) fn typed_lines(text: &str) -> String {
    text.replace("\r\n", "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_no_field() {
        let (tokens, fields) = split("a=1&csrf=t&b=2&csrf=u&csrfx=3");
        assert_eq!(tokens, ["t", "u"]);
        assert_eq!(fields, "a=1&b=2&csrfx=3");
    }

    #[test]
    fn only_a_form_is_one() {
        let of = |kind: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, kind.parse().unwrap());
            is_form(&headers)
        };
        assert!(of("application/x-www-form-urlencoded"));
        assert!(of("Application/X-WWW-Form-Urlencoded; charset=UTF-8"));
        assert!(!of("text/plain"));
        assert!(!of("multipart/form-data; boundary=x"));
        assert!(!is_form(&HeaderMap::new()));
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Fields {
        #[serde(default)]
        group: Vec<String>,
        #[serde(default, deserialize_with = "non_empty")]
        title: Option<String>,
    }

    #[test]
    fn fields_are_taken_by_their_names_and_no_others() {
        let read = |text| serde_html_form::from_str::<Fields>(text);
        let fields = read("group=a&group=b&title=").unwrap();
        assert_eq!(fields.group, ["a", "b"]);
        assert_eq!(fields.title, None);
        assert_eq!(
            read("title=a+b%20c").unwrap().title.as_deref(),
            Some("a b c")
        );
        assert!(read("title=a&title=b").is_err());
        assert!(read("other=a").is_err());
    }
}
