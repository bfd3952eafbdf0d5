//! What an OpenAI-compatible server says.
//!
//! It is read leniently: fields that we don't know are passed over, those that we need may be missing or null, and
//! what is only nice to have (usage, error codes) may have any shape.

use parlor_domain::message::Usage;
use serde::Deserialize;
use serde_json::Value;

const CODE_BYTES: usize = 64;

/// Why something is no chat completion. Says nothing of what came: that may be somebody's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Malformed {
    #[error("it is longer than an answer may be")]
    TooLong,
    #[error("it is not UTF-8")]
    NotUtf8,
    #[error("it is not the JSON of a chat completion")]
    NotACompletion,
    #[error("it is neither JSON nor an event stream")]
    ContentType,
}

/// One event of a stream.
#[derive(Deserialize)]
pub(super) struct ChunkDto {
    #[serde(default)]
    choices: Option<Vec<ChoiceDto>>,
    #[serde(default)]
    usage: Value,
    #[serde(default)]
    error: Value,
}

#[derive(Deserialize)]
struct ChoiceDto {
    #[serde(default)]
    delta: Option<TextDto>,
    #[serde(default)]
    message: Option<TextDto>,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct TextDto {
    #[serde(default)]
    content: Option<String>,
    /// What some models say in place of an answer.
    #[serde(default)]
    refusal: Option<String>,
}

impl TextDto {
    fn into_text(self) -> Option<String> {
        [self.content, self.refusal]
            .into_iter()
            .flatten()
            .find(|text| !text.is_empty())
    }
}

/// What one event, or a whole completion, tells.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// Text, never empty.
    pub(super) text: Option<String>,
    /// Whether the model said that it is done.
    pub(super) is_finished: bool,
    /// What the answer cost so far.
    pub(super) usage: Option<Usage>,
}

/// An error that a server told.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ErrorTold {
    /// Its code, where it is a plain word.
    pub(super) code: Option<String>,
}

/// Reads one event of a stream.
pub(super) fn read_chunk(json: &str) -> Result<Result<Told, ErrorTold>, Malformed> {
    let chunk = parse(json.as_bytes())?;
    Ok(chunk.into_told(|choice| choice.delta))
}

/// Reads the completion that a server answers which doesn't stream.
pub(super) fn read_completion(json: &[u8]) -> Result<Result<Told, ErrorTold>, Malformed> {
    let completion = parse(json)?;
    if completion.error.is_null() && completion.choices.as_ref().is_none_or(Vec::is_empty) {
        return Err(Malformed::NotACompletion);
    }
    Ok(completion.into_told(|choice| choice.message))
}

/// The code of an error's body, if it is one.
pub(super) fn read_error_code(json: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(json).ok()?;
    // Some servers answer `{"error": {..}}`, others the error itself.
    code_of(body.get("error").unwrap_or(&body))
}

fn parse(json: &[u8]) -> Result<ChunkDto, Malformed> {
    // The library's error quotes what it read, and so is not kept.
    serde_json::from_slice(json).map_err(|_| Malformed::NotACompletion)
}

impl ChunkDto {
    fn into_told(
        self,
        text_of: impl FnOnce(ChoiceDto) -> Option<TextDto>,
    ) -> Result<Told, ErrorTold> {
        if !self.error.is_null() {
            return Err(ErrorTold {
                code: code_of(&self.error),
            });
        }
        let mut told = Told {
            usage: usage_of(&self.usage),
            ..Told::default()
        };
        // We ask for one answer, so there is one choice.
        if let Some(choice) = self.choices.into_iter().flatten().next() {
            // Some servers say an empty reason for none.
            told.is_finished = choice
                .finish_reason
                .as_ref()
                .is_some_and(|reason| !reason.is_empty());
            told.text = text_of(choice).and_then(TextDto::into_text);
        }
        Ok(told)
    }
}

fn usage_of(usage: &Value) -> Option<Usage> {
    let tokens = |field| {
        let tokens = usage.get(field)?.as_u64()?;
        Some(u32::try_from(tokens).unwrap_or(u32::MAX))
    };
    Some(Usage {
        prompt_tokens: tokens("prompt_tokens")?,
        completion_tokens: tokens("completion_tokens")?,
    })
}

/// The code of an error, or its type: whichever is a plain word. An error's message is never kept, for it may quote
/// the prompt.
fn code_of(error: &Value) -> Option<String> {
    ["code", "type"]
        .iter()
        .filter_map(|field| error.get(field)?.as_str())
        .find(|word| is_plain_word(word))
        .map(str::to_owned)
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

    fn told(chunk: &Value) -> Told {
        read_chunk(&chunk.to_string()).unwrap().unwrap()
    }

    #[test]
    fn text_comes_from_the_first_choice_and_fields_that_we_dont_know_are_passed_over() {
        let chunk = json!({
            "id": "x", "choices": [{"index": 0, "delta": {"role": "assistant", "content": "a"}, "logprobs": null}],
            "usage": null,
        });
        assert_eq!(
            told(&chunk),
            Told {
                text: Some("a".to_owned()),
                ..Told::default()
            }
        );
    }

    #[test]
    fn what_is_missing_null_or_empty_tells_nothing() {
        for chunk in [
            json!({}),
            json!({"choices": null, "error": null, "usage": {"prompt_tokens": "many"}}),
            json!({"choices": []}),
            json!({"choices": [{"delta": {"role": "assistant", "content": null}, "finish_reason": ""}]}),
            json!({"choices": [{"delta": {"content": ""}}]}),
            json!({"choices": [{"delta": {"reasoning_content": "hm"}}]}),
            json!({"choices": [{"delta": null}]}),
        ] {
            assert_eq!(told(&chunk), Told::default(), "{chunk}");
        }
    }

    #[test]
    fn the_end_and_the_usage_are_read_from_wherever_they_stand() {
        let usage = Usage {
            prompt_tokens: 3,
            completion_tokens: u32::MAX,
        };
        let chunk = json!({
            "choices": [{"delta": {}, "finish_reason": "length"}],
            "usage": {"prompt_tokens": 3, "completion_tokens": 9_999_999_999_u64, "total_tokens": 4},
        });
        assert_eq!(
            told(&chunk),
            Told {
                text: None,
                is_finished: true,
                usage: Some(usage)
            }
        );
        let refusal = json!({"choices": [{"delta": {"content": null, "refusal": "No."}}]});
        assert_eq!(told(&refusal).text.as_deref(), Some("No."));
    }

    #[test]
    fn of_an_error_only_a_code_that_is_a_plain_word_is_kept() {
        let code = |error: Value| {
            read_chunk(&json!({"error": error}).to_string())
                .unwrap()
                .unwrap_err()
                .code
        };
        assert_eq!(
            code(json!({"code": "rate_limit", "message": "secret"})).as_deref(),
            Some("rate_limit")
        );
        assert_eq!(
            code(json!({"code": 500, "type": "server_error"})).as_deref(),
            Some("server_error")
        );
        assert_eq!(
            code(json!({"code": "the prompt was: secret", "type": "x".repeat(65)})),
            None
        );
        assert_eq!(code(json!("secret")), None);
        assert_eq!(
            read_error_code(br#"{"error":{"code":"bad_key"}}"#).as_deref(),
            Some("bad_key")
        );
        assert_eq!(
            read_error_code(br#"{"object":"error","type":"not_found"}"#).as_deref(),
            Some("not_found")
        );
        assert_eq!(read_error_code(b"<html>"), None);
    }

    #[test]
    fn what_is_no_completion_is_refused_without_quoting_it() {
        for text in ["secret", "{", "[1]", r#"{"choices": "secret"}"#] {
            let refused = read_chunk(text).unwrap_err();
            assert!(!format!("{refused} {refused:?}").contains("secret"));
        }
        assert_eq!(
            read_completion(br#"{"choices": []}"#),
            Err(Malformed::NotACompletion)
        );
    }

    #[test]
    fn a_completion_that_was_not_streamed_is_read_from_its_message() {
        let json = br#"{"choices":[{"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}]}"#;
        let told = read_completion(json).unwrap().unwrap();
        assert_eq!(
            told,
            Told {
                text: Some("hi".to_owned()),
                is_finished: true,
                usage: None
            }
        );
    }
}
