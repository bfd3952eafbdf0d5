//! `Idempotency-Key`.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, request::Parts},
};
use parlor_application::idempotency::IdempotencyKey;
use utoipa::{
    IntoParams,
    openapi::{
        Required,
        path::{Parameter, ParameterBuilder, ParameterIn},
    },
};

use crate::{api::Api, problem::Problem};

const LONGEST: usize = 255;

/// The key that a client chose, if it chose one.
pub(crate) struct IdempotencyKeyHeader(Option<String>);

impl IdempotencyKeyHeader {
    /// The key for the request with this fingerprint.
    pub fn with(self, fingerprint: [u8; 32]) -> Option<IdempotencyKey> {
        self.0.map(|key| IdempotencyKey { key, fingerprint })
    }
}

impl FromRequestParts<Api> for IdempotencyKeyHeader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Result<Self, Problem> {
        key(&parts.headers).map(Self).map_err(|Malformed| {
            Problem::header(
                "`Idempotency-Key` is not one quoted string of 1 to 255 ASCII characters",
            )
        })
    }
}

impl IntoParams for IdempotencyKeyHeader {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![header_parameter(
            "Idempotency-Key",
            "A key of your choice, quoted or bare: the same request under the same key within 24 hours gives the first answer again",
        )]
    }
}

pub(crate) fn header_parameter(name: &str, description: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(<String as utoipa::PartialSchema>::schema()))
        .build()
}

#[derive(Debug, PartialEq, Eq)]
struct Malformed;

fn key(headers: &HeaderMap) -> Result<Option<String>, Malformed> {
    let mut values = headers.get_all("idempotency-key").iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => one_key(value).map(Some).ok_or(Malformed),
        (Some(_), Some(_)) => Err(Malformed),
    }
}

fn one_key(value: &HeaderValue) -> Option<String> {
    let text = value.to_str().ok()?.trim_matches([' ', '\t']);
    let key = match text.strip_prefix('"') {
        Some(quoted) => unquote(quoted)?,
        None if text.bytes().all(|b| b.is_ascii_graphic() && b != b'"') => text.to_owned(),
        None => return None,
    };
    (1..=LONGEST).contains(&key.len()).then_some(key)
}

/// What follows the opening quote of a string (RFC 8941, section 3.3.3), without its closing quote.
fn unquote(quoted: &str) -> Option<String> {
    let mut key = String::new();
    let mut characters = quoted.chars();
    loop {
        match characters.next()? {
            '"' => return characters.as_str().is_empty().then_some(key),
            '\\' => key.push(characters.next().filter(|c| matches!(c, '"' | '\\'))?),
            c @ ' '..='~' => key.push(c),
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&str]) -> Result<Option<String>, Malformed> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("idempotency-key", HeaderValue::from_str(value).unwrap());
        }
        key(&headers)
    }

    #[test]
    fn a_quoted_and_a_bare_key_are_the_same_key() {
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(
            read(&["\"8e03978e-40d5\""]),
            Ok(Some("8e03978e-40d5".to_owned()))
        );
        assert_eq!(
            read(&["8e03978e-40d5"]),
            Ok(Some("8e03978e-40d5".to_owned()))
        );
        assert_eq!(
            read(&[r#""a \"b\" \\""#]),
            Ok(Some(r#"a "b" \"#.to_owned()))
        );
        assert!(read(&[&"x".repeat(255)]).is_ok());
    }

    #[test]
    fn empty_long_broken_and_repeated_keys_are_refused() {
        let long = "x".repeat(256);
        for values in [
            &[""][..],
            &["\"\""],
            &["\"a"],
            &["\"a\"b"],
            &["a b"],
            &["a\"b"],
            &["\"a\\n\""],
            &["a", "b"],
            &[&long],
        ] {
            assert_eq!(read(values), Err(Malformed), "{values:?}");
        }
    }
}
