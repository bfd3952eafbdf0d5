//! Which of Parlor's reasons an error of a provider is.
//!
//! Providers agree neither on statuses nor on codes, so the words of the error are read, too. They decide only which
//! reason it is: no word of them is kept but a code that is a plain word.

use parlor_domain::message::AnswerFailure;
use serde_json::Value;

/// The longest code that is kept.
const CODE_BYTES: usize = 64;
/// So much of an error's words is read.
const WORDS_BYTES: usize = 4 * 1024;
/// How deep an error is read into.
const DEPTH: u32 = 4;

/// An error that a server told.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ErrorTold {
    /// Why the answer fails.
    pub(super) failure: AnswerFailure,
    /// Its code, where it is a plain word or a number.
    pub(super) code: Option<String>,
}

impl ErrorTold {
    /// What an error means that came with this HTTP status; 200 for one within a stream.
    pub(super) fn read(status: u16, error: &Value) -> Self {
        let mut words = String::new();
        collect(error, DEPTH, &mut words);
        // A status within the error says more than that of the stream, which started well.
        let status = if status == 200 {
            inner_status(error).unwrap_or(status)
        } else {
            status
        };
        Self {
            failure: reason(status, &words.to_lowercase()),
            code: code_of(error),
        }
    }

    /// An error that is known by its status and text alone.
    pub(super) fn from_body(status: u16, body: &[u8]) -> Self {
        match serde_json::from_slice::<Value>(body) {
            // Some servers answer `{"error": {..}}`, others the error itself, and some an array with one of them.
            Ok(body) => {
                let inner = body.get(0).unwrap_or(&body);
                let error = inner.get("error").filter(|error| says_something(error));
                Self::read(status, error.unwrap_or(inner))
            }
            Err(_) => Self::read(status, &Value::from(String::from_utf8_lossy(body))),
        }
    }
}

/// Whether an error in a response is one: servers send empty ones along with good answers.
pub(super) fn says_something(error: &Value) -> bool {
    match error {
        Value::Null => false,
        Value::Bool(is_error) => *is_error,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(errors) => errors.iter().any(says_something),
        Value::Object(fields) => fields.values().any(says_something),
    }
}

/// The words of an error, wherever they are in it.
fn collect(error: &Value, depth: u32, words: &mut String) {
    if words.len() >= WORDS_BYTES || depth == 0 {
        return;
    }
    match error {
        Value::String(text) => {
            let left = WORDS_BYTES.saturating_sub(words.len());
            words.extend(text.chars().take(left));
            words.push('\n');
        }
        Value::Array(errors) => {
            for error in errors {
                collect(error, depth - 1, words);
            }
        }
        Value::Object(fields) => {
            for error in fields.values() {
                collect(error, depth - 1, words);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// An HTTP status that an error has as its code.
fn inner_status(error: &Value) -> Option<u16> {
    ["code", "status", "status_code", "http_code"]
        .iter()
        .find_map(|field| {
            let value = error.get(field)?;
            let number = value.as_u64().or_else(|| value.as_str()?.parse().ok())?;
            u16::try_from(number)
                .ok()
                .filter(|status| (300..=599).contains(status))
        })
}

const CONTENT_FILTER: &[&str] = &[
    "content_filter",
    "content filter",
    "content_policy",
    "content policy",
    "content management policy",
    "responsibleaipolicy",
    "data_inspection_failed",
    "datainspectionfailed",
    "prohibited_content",
    "moderation",
];
const CONTEXT: &[&str] = &[
    "context_length",
    "context length",
    "context too long",
    "context_too_long",
    "context window",
    "context size",
    "context_size",
    "maximum context",
    "prompt is too long",
    "prompt too long",
    "input is too long",
    "input too long",
    "too many input tokens",
    "too many tokens",
    "string_above_max_length",
    "reduce the length of the",
    "exceeds the maximum number of tokens",
    "maximum number of tokens allowed",
    "max_model_len",
    "tokens_limit_reached",
    "range of input length",
];
const RATE: &[&str] = &[
    "rate_limit",
    "rate limit",
    "ratelimit",
    "too many requests",
    "too_many_requests",
    "quota",
    "insufficient_balance",
    "insufficient balance",
    "insufficient credit",
    "resource_exhausted",
    "billing",
];
const NOT_CONFIGURED: &[&str] = &[
    "invalid_api_key",
    "incorrect api key",
    "invalid api key",
    "api key not valid",
    "api_key_invalid",
    "authentication",
    "unauthorized",
    "unauthenticated",
    "permission_denied",
    "permission_error",
    "model_not_found",
    "model not found",
    "model_not_exist",
    "model not exist",
    "no such model",
    "unknown model",
    "invalid model",
    "deployment_not_found",
    "deploymentnotfound",
    "not a valid model",
];
const UNAVAILABLE: &[&str] = &[
    "overloaded",
    "unavailable",
    "no healthy upstream",
    "server is busy",
    "server_busy",
    "engine_overloaded",
    "over capacity",
    "at capacity",
    "upstream_error",
    "provider disconnected",
    "insufficient_system_resource",
];
const TIMEOUT: &[&str] = &["timed out", "timed_out", "timeout", "deadline exceeded"];

/// The first rule that fits decides: what a provider says outweighs the status with which it says it.
fn reason(status: u16, words: &str) -> AnswerFailure {
    let says = |signs: &[&str]| signs.iter().any(|sign| words.contains(sign));
    if matches!(status, 402 | 429) {
        return AnswerFailure::RateLimited;
    }
    if matches!(status, 300..=399 | 401 | 403 | 404 | 405 | 407 | 410) && !says(CONTENT_FILTER) {
        return AnswerFailure::NotConfigured;
    }
    if says(CONTENT_FILTER) {
        AnswerFailure::ContentFilter
    } else if status == 413 || says(CONTEXT) {
        AnswerFailure::ContextTooLong
    } else if says(RATE) {
        AnswerFailure::RateLimited
    } else if says(NOT_CONFIGURED) {
        AnswerFailure::NotConfigured
    } else if matches!(status, 408 | 504 | 524) {
        AnswerFailure::Timeout
    } else if matches!(status, 502 | 503 | 520..=523 | 529) || says(UNAVAILABLE) {
        AnswerFailure::Unavailable
    } else if says(TIMEOUT) {
        AnswerFailure::Timeout
    } else {
        AnswerFailure::ModelError
    }
}

/// The code of an error, or its type: whichever is a plain word first, else a number. An error's message is never kept, for
/// it may quote the prompt.
fn code_of(error: &Value) -> Option<String> {
    let field = |field: &str| error.get(field);
    let word = ["code", "type", "status"]
        .iter()
        .filter_map(|name| field(name)?.as_str())
        .find(|word| is_plain_word(word));
    match word {
        Some(word) => Some(word.to_owned()),
        None => field("code")?.as_u64().map(|number| number.to_string()),
    }
}

fn is_plain_word(word: &str) -> bool {
    !word.is_empty()
        && word.len() <= CODE_BYTES
        && word
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_an_error_only_a_code_that_is_a_plain_word_or_a_number_is_kept() {
        let code = |error: Value| ErrorTold::read(200, &error).code;
        assert_eq!(
            code(json!({"code": "rate_limit", "message": "secret"})).as_deref(),
            Some("rate_limit")
        );
        assert_eq!(
            code(json!({"code": 500, "type": "server_error"})).as_deref(),
            Some("server_error")
        );
        assert_eq!(code(json!({"code": 500})).as_deref(), Some("500"));
        assert_eq!(
            code(json!({"code": "the prompt was: secret", "type": "x".repeat(65)})),
            None
        );
        assert_eq!(code(json!("secret")), None);
    }

    #[test]
    fn an_error_that_says_nothing_is_none() {
        for nothing in [
            json!(null),
            json!(""),
            json!(" \n"),
            json!({}),
            json!([]),
            json!(false),
            json!(0),
            json!({"message": "", "code": null}),
            json!([{}]),
        ] {
            assert!(!says_something(&nothing), "{nothing}");
        }
        for something in [
            json!("boom"),
            json!({"message": "boom"}),
            json!({"code": 500}),
            json!(true),
            json!([{"msg": "boom"}]),
        ] {
            assert!(says_something(&something), "{something}");
        }
    }

    #[test]
    fn a_status_alone_has_a_reason() {
        for (status, failure) in [
            (307, AnswerFailure::NotConfigured),
            (400, AnswerFailure::ModelError),
            (401, AnswerFailure::NotConfigured),
            (402, AnswerFailure::RateLimited),
            (403, AnswerFailure::NotConfigured),
            (404, AnswerFailure::NotConfigured),
            (405, AnswerFailure::NotConfigured),
            (408, AnswerFailure::Timeout),
            (413, AnswerFailure::ContextTooLong),
            (422, AnswerFailure::ModelError),
            (429, AnswerFailure::RateLimited),
            (500, AnswerFailure::ModelError),
            (502, AnswerFailure::Unavailable),
            (503, AnswerFailure::Unavailable),
            (504, AnswerFailure::Timeout),
            (529, AnswerFailure::Unavailable),
        ] {
            for body in ["", "<html>no</html>", "{}"] {
                let told = ErrorTold::from_body(status, body.as_bytes());
                assert_eq!(
                    (told.failure, told.code),
                    (failure, None),
                    "{status} {body}"
                );
            }
        }
    }
}
