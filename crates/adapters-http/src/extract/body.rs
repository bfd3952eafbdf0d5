//! JSON bodies: one object, in UTF-8, with the documented fields and no others.

use std::time::Duration;

use axum::{
    body::Bytes,
    extract::{FromRequest, OriginalUri, Request, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header},
    response::IntoResponse,
};
use parlor_http_edge::encoding::is_encoded;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_path_to_error::{Path, Segment};
use sha2::{Digest, Sha256};

use crate::{
    api::Api,
    problem::{Code, Problem},
    wire::Object,
};

/// How long a client may take to send a body.
const PATIENCE: Duration = Duration::from_secs(30);

/// The body as a struct, which must deny unknown fields.
pub(crate) struct JsonBody<T> {
    /// What the body says.
    pub value: T,
    /// A digest of method, path and content.
    pub fingerprint: [u8; 32],
}

/// The same, where no body at all means the default.
pub(crate) struct OptionalJsonBody<T> {
    /// What the body says.
    pub value: T,
    /// A digest of method, path and content.
    pub fingerprint: [u8; 32],
}

impl<T: DeserializeOwned> FromRequest<Api> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Problem> {
        let content = Content::read(request, api).await?;
        if !content.is_json {
            return Err(not_json());
        }
        Ok(Self {
            value: parse(&content.bytes)?,
            fingerprint: content.fingerprint,
        })
    }
}

impl<T: DeserializeOwned + Default> FromRequest<Api> for OptionalJsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Problem> {
        let content = Content::read(request, api).await?;
        let value = if content.bytes.is_empty() {
            T::default()
        } else if content.is_json {
            parse(&content.bytes)?
        } else {
            return Err(not_json());
        };
        Ok(Self {
            value,
            fingerprint: content.fingerprint,
        })
    }
}

struct Content {
    is_json: bool,
    bytes: Bytes,
    fingerprint: [u8; 32],
}

impl Content {
    async fn read(request: Request, api: &Api) -> Result<Self, Problem> {
        if is_encoded(request.headers()) {
            return Err(Problem::new(
                Code::UnsupportedContentEncoding,
                "Send the body as it is, without `Content-Encoding`, and without any `Transfer-Encoding` but `chunked`",
            ));
        }
        let is_json = is_json(request.headers());
        let mut fingerprint = Sha256::new();
        let uri = request.extensions().get::<OriginalUri>();
        let path = uri.map_or_else(|| request.uri().path(), |OriginalUri(uri)| uri.path());
        for part in [request.method().as_str(), path] {
            fingerprint.update(part.len().to_be_bytes());
            fingerprint.update(part);
        }
        let bytes = tokio::time::timeout(PATIENCE, Bytes::from_request(request, api))
            .await
            .map_err(|_| Problem::new(Code::RequestTimeout, "The body came too slowly"))?
            .map_err(|rejection| unreadable(rejection, api))?;
        fingerprint.update(&bytes);
        Ok(Self {
            is_json,
            bytes,
            fingerprint: fingerprint.finalize().into(),
        })
    }
}

fn unreadable(rejection: BytesRejection, api: &Api) -> Problem {
    if rejection.into_response().status() == StatusCode::PAYLOAD_TOO_LARGE {
        let limit = api.options.limits.body_bytes;
        Problem::new(
            Code::BodyTooLarge,
            format!("A body has at most {limit} bytes"),
        )
    } else {
        Problem::new(Code::UnreadableBody, "The body broke off")
    }
}

fn not_json() -> Problem {
    Problem::new(
        Code::UnsupportedMediaType,
        "The body must be JSON in UTF-8, with `Content-Type: application/json`",
    )
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE);
    let Some(value) = value.and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let mut parts = value.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default();
    kind.eq_ignore_ascii_case("application/json")
        && parts.filter(|part| !part.is_empty()).all(|part| {
            part.split_once('=').is_some_and(|(name, value)| {
                !name.eq_ignore_ascii_case("charset")
                    || value.trim_matches('"').eq_ignore_ascii_case("utf-8")
            })
        })
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let malformed = |error: &serde_json::Error| {
        Problem::new(
            Code::MalformedJson,
            format!(
                "The body is not JSON: line {}, column {}",
                error.line(),
                error.column()
            ),
        )
    };
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Problem::new(Code::MalformedJson, "The body is not UTF-8"))?;
    // First as a whole, so that a body that is no JSON at all is never blamed for a field.
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| malformed(&error))?;
    let mut json = serde_json::Deserializer::from_str(text);
    match serde_path_to_error::deserialize(&mut json) {
        Ok(Object(value)) => Ok(value),
        Err(error) if error.inner().is_data() => {
            let (path, message) = (error.path().clone(), error.into_inner().to_string());
            // The place in the text is of no use beside the pointer.
            let message = message
                .rsplit_once(" at line ")
                .map_or(&*message, |(it, _)| it);
            Err(Problem::field(pointer(&path, message), message))
        }
        Err(error) => Err(malformed(error.inner())),
    }
}

/// The most characters of a name in a pointer: of a longer one the beginning stands there.
const LONGEST_TOKEN: usize = 100;

/// The JSON pointer (RFC 6901) of what is wrong.
fn pointer(path: &Path, message: &str) -> String {
    let mut pointer = String::new();
    let mut push = |token: &str| {
        let (token, rest) = match token.char_indices().nth(LONGEST_TOKEN) {
            Some((end, _)) => (token.get(..end).unwrap_or_default(), "…"),
            None => (token, ""),
        };
        pointer.push('/');
        pointer.push_str(&token.replace('~', "~0").replace('/', "~1"));
        pointer.push_str(rest);
    };
    let mut last = None;
    for segment in path {
        let token = match segment {
            Segment::Seq { index } => index.to_string(),
            Segment::Map { key } => key.clone(),
            Segment::Enum { .. } | Segment::Unknown => continue,
        };
        push(&token);
        last = Some(token);
    }
    // For a field that is missing or there twice the path ends at the object that should have it once.
    let field = ["missing field `", "duplicate field `"]
        .iter()
        .find_map(|before| message.strip_prefix(before)?.strip_suffix('`'));
    if let Some(field) = field.filter(|field| last.as_deref() != Some(*field)) {
        push(field);
    }
    pointer
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use parlor_domain::{grants::Level, ids::GroupId};
    use serde::Deserialize;

    use super::*;
    use crate::wire::Text;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only whether it can be read matters here")]
    struct Body {
        title: String,
        #[serde(default)]
        groups: Vec<Object<Grant>>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only whether it can be read matters here")]
    struct Grant {
        group_id: Text<GroupId>,
        level: Text<Level>,
    }

    fn problem(json: &str) -> serde_json::Value {
        let problem = parse::<Body>(json.as_bytes()).unwrap_err();
        serde_json::to_value(problem.document(crate::problem::Language::English)).unwrap()
    }

    #[test]
    fn what_does_not_validate_is_pointed_at() {
        let group = "0190a2b4-7e1c-7cc0-98c4-dc0c0c07398f";
        for (json, pointer) in [
            ("[]".to_owned(), ""),
            ("null".to_owned(), ""),
            ("{}".to_owned(), "/title"),
            (r#"{"title":"a","title":"b"}"#.to_owned(), "/title"),
            (r#"{"title":7}"#.to_owned(), "/title"),
            (r#"{"title":"a","role/~":1}"#.to_owned(), "/role~1~0"),
            (r#"{"title":"a","groups":{}}"#.to_owned(), "/groups"),
            (
                r#"{"title":"a","groups":[["x","view"]]}"#.to_owned(),
                "/groups/0",
            ),
            (
                r#"{"title":"a","groups":[{}]}"#.to_owned(),
                "/groups/0/group_id",
            ),
            (
                format!(r#"{{"title":"a","groups":[{{"group_id":"{group}","level":"manage"}}]}}"#),
                "/groups/0/level",
            ),
            (
                format!(
                    r#"{{"title":"a","groups":[{{"group_id":"{group}","level":"view","x":1}}]}}"#
                ),
                "/groups/0/x",
            ),
        ] {
            let problem = problem(&json);
            assert_eq!(problem["status"], 422, "{json}");
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{json}");
        }
    }

    #[test]
    fn a_problem_repeats_only_so_much_of_what_was_sent() {
        let long = "점".repeat(300_000);
        for json in [
            format!(r#"{{"title":"a","{long}":1}}"#),
            format!(r#"{{"title":"a","groups":[{{"level":"{long}"}}]}}"#),
        ] {
            let problem = problem(&json).to_string();
            assert!(problem.len() < 4_000, "{} bytes", problem.len());
        }
        let name = "/a".repeat(200);
        let problem = problem(&format!(r#"{{"title":"a","{name}":1}}"#));
        let pointer = problem["errors"][0]["pointer"].as_str().unwrap();
        assert_eq!(pointer, format!("/{}…", "~1a".repeat(50)));
        let detail = problem["errors"][0]["detail"].as_str().unwrap();
        assert!(detail.contains("expected"), "{detail}");
    }

    #[test]
    fn what_is_no_json_is_malformed_whatever_stands_before_the_mistake() {
        for json in [
            "",
            "{",
            "{\"x\":1,}",
            "{\"title\":7",
            "{} {}",
            r#"{"title":"\ud800"}"#,
        ] {
            let problem = problem(json);
            assert_eq!(problem["code"], "malformed-json", "{json}");
        }
        assert!(parse::<Body>(b"{\"title\":\"\xff\"}").is_err());
    }

    #[test]
    fn json_is_application_json_in_utf_8() {
        let json = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(value));
            is_json(&headers)
        };
        assert!(json("application/json"));
        assert!(json("Application/JSON; charset=\"UTF-8\""));
        for other in [
            "text/plain",
            "application/jsonp",
            "application/json; charset=latin1",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
        ] {
            assert!(!json(other), "{other}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }
}
