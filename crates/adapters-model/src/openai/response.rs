//! What an OpenAI-compatible server says.
//!
//! It is read leniently: fields that we don't know are passed over, those that we need may be missing or null, and
//! may have another shape than the one that is documented. What carries no text is skipped.

use parlor_domain::message::{AnswerFailure, IncompleteReason, Usage};
use serde_json::{Deserializer, Map, Value};

use super::reason::{ErrorTold, says_something};

/// The status of an error within a response that started well.
pub(super) const WITHIN_STREAM: u16 = 200;

/// Why something is no chat completion. Says nothing of what came: that may be somebody's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Malformed {
    #[error("it is longer than an answer may be")]
    TooLong,
    #[error("it is not UTF-8")]
    NotUtf8,
    #[error("it is not the JSON of a chat completion")]
    NotACompletion,
}

/// How a model says that it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Done,
    Cut(IncompleteReason),
    Failed(AnswerFailure),
}

/// What one event, or a whole completion, tells.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// What the model thinks; never empty.
    pub(super) reasoning: Option<String>,
    /// Text, never empty.
    pub(super) text: Option<String>,
    /// How the model said that it is done, if it did.
    pub(super) end: Option<End>,
    /// What the answer cost so far.
    pub(super) usage: Option<Usage>,
    /// What went wrong.
    pub(super) error: Option<ErrorTold>,
    /// Whether it has the shape of a chat completion at all.
    pub(super) is_completion: bool,
}

/// What the data of one event holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Data {
    /// Chunks, mostly one.
    Chunks(Vec<Told>),
    /// The server's word for the end of the stream.
    Done,
    /// Nothing that concerns an answer.
    Nothing,
}

/// Reads the data of one event of a stream.
pub(super) fn read_data(data: &str) -> Result<Data, Malformed> {
    let data = data.trim();
    if is_done(data) {
        return Ok(Data::Done);
    }
    if !data.starts_with(['{', '[']) {
        return Ok(Data::Nothing);
    }
    Ok(Data::Chunks(read_values(data.as_bytes())?))
}

/// Whether it is `[DONE]`, in whatever spelling.
pub(super) fn is_done(data: &str) -> bool {
    let word = data.trim().trim_matches('"');
    let word = word
        .strip_prefix('[')
        .and_then(|word| word.strip_suffix(']'));
    word.is_some_and(|word| word.trim().eq_ignore_ascii_case("done"))
}

/// Reads JSON values that follow one another: mostly one, but some servers leave out what should be between events.
pub(super) fn read_values(json: &[u8]) -> Result<Vec<Told>, Malformed> {
    let mut all = Vec::new();
    for value in Deserializer::from_slice(json).into_iter::<Value>() {
        // The library's error quotes what it read, and so is not kept.
        match value.map_err(|_| Malformed::NotACompletion)? {
            Value::Array(values) => all.extend(values.into_iter().map(read_value)),
            value => all.push(read_value(value)),
        }
    }
    Ok(all)
}

/// An error that an event of its own tells; none if it says nothing.
pub(super) fn read_error(text: &str) -> Option<ErrorTold> {
    match serde_json::from_str::<Value>(text) {
        Ok(value) if !says_something(&value) => None,
        Err(_) if text.trim().is_empty() => None,
        _ => Some(ErrorTold::from_body(WITHIN_STREAM, text.as_bytes())),
    }
}

fn read_value(value: Value) -> Told {
    let Value::Object(mut chunk) = value else {
        return Told::default();
    };
    let mut told = Told {
        error: error_of(&chunk),
        usage: usage_of(chunk.get("usage").unwrap_or(&Value::Null)),
        ..Told::default()
    };
    let choices = match chunk.remove("choices") {
        Some(Value::Array(choices)) => choices,
        Some(choice @ Value::Object(_)) => vec![choice],
        Some(Value::Null) => Vec::new(),
        _ => return told,
    };
    told.is_completion = true;
    // We ask for one answer, so there is one choice.
    let is_first =
        |choice: &Map<String, Value>| choice.get("index").and_then(Value::as_u64).unwrap_or(0) == 0;
    let choice = choices.into_iter().find_map(|choice| match choice {
        Value::Object(choice) if is_first(&choice) => Some(choice),
        _ => None,
    });
    if let Some(choice) = choice {
        read_choice(choice, &mut told);
    }
    told
}

fn read_choice(mut choice: Map<String, Value>, told: &mut Told) {
    told.end = end_of(choice.get("finish_reason").unwrap_or(&Value::Null));
    told.usage = told.usage.or_else(|| usage_of(choice.get("usage")?));
    if let Some(error) = choice.get("error").filter(|error| says_something(error)) {
        told.error
            .get_or_insert_with(|| ErrorTold::read(WITHIN_STREAM, error));
    }
    let (mut text, mut reasoning) = (String::new(), String::new());
    let is_given =
        |choice: &Map<String, Value>, field: &str| choice.get(field).is_some_and(Value::is_object);
    if is_given(&choice, "delta") {
        read_message(choice.remove("delta"), &mut text, &mut reasoning);
    } else if is_given(&choice, "message") {
        read_message(choice.remove("message"), &mut text, &mut reasoning);
        // Whoever tells a message whole has told its end.
        told.end = told.end.or(Some(End::Done));
    } else if let Some(Value::String(said)) = choice.remove("text") {
        text = said;
    }
    let given = |text: String| Some(text).filter(|text| !text.is_empty());
    (told.text, told.reasoning) = (given(text), given(reasoning));
}

/// A message or a part of one. What a model says in place of an answer (`refusal`) is its text.
fn read_message(message: Option<Value>, text: &mut String, reasoning: &mut String) {
    let Some(Value::Object(message)) = message else {
        return;
    };
    // Servers that know several names for it repeat it under each.
    for field in [
        "reasoning_content",
        "reasoning",
        "thinking",
        "reasoning_text",
    ] {
        if let Some(thought) = message.get(field) {
            read_text(thought, reasoning);
        }
        if !reasoning.is_empty() {
            break;
        }
    }
    if let Some(content) = message.get("content") {
        read_parts(content, text, reasoning);
    }
    if text.is_empty()
        && let Some(refusal) = message.get("refusal")
    {
        read_text(refusal, text);
    }
}

/// Text, or parts of which some are thoughts.
fn read_parts(content: &Value, text: &mut String, reasoning: &mut String) {
    match content {
        Value::String(said) => text.push_str(said),
        Value::Array(parts) => {
            for part in parts {
                read_parts(part, text, reasoning);
            }
        }
        Value::Object(part) => {
            let kind = part.get("type").and_then(Value::as_str).unwrap_or_default();
            if matches!(
                kind,
                "thinking" | "reasoning" | "reasoning_text" | "redacted_thinking"
            ) {
                let thought = ["thinking", "reasoning", "text", "content"]
                    .iter()
                    .find_map(|field| part.get(*field));
                read_text(thought.unwrap_or(&Value::Null), reasoning);
            } else {
                let said = ["text", "content", "refusal"]
                    .iter()
                    .find_map(|field| part.get(*field));
                read_text(said.unwrap_or(&Value::Null), text);
            }
        }
        _ => {}
    }
}

/// All text of a value that is text, a part with text, or several of them.
fn read_text(value: &Value, text: &mut String) {
    match value {
        Value::String(said) => text.push_str(said),
        Value::Array(parts) => parts.iter().for_each(|part| read_text(part, text)),
        Value::Object(part) => {
            if let Some(Value::String(said)) = part.get("text") {
                text.push_str(said);
            }
        }
        _ => {}
    }
}

/// The error in a chunk, in whatever spelling, if it says something.
fn error_of(chunk: &Map<String, Value>) -> Option<ErrorTold> {
    let read = |error: &Value| Some(ErrorTold::read(WITHIN_STREAM, error));
    let says = |field: &str| chunk.get(field).filter(|value| says_something(value));
    if let Some(error) = says("error") {
        return read(error);
    }
    let is = |field: &str, word: &str| chunk.get(field).and_then(Value::as_str) == Some(word);
    if chunk.contains_key("choices") && !is("object", "error") {
        return None;
    }
    // Without choices, what says an error is one by another name.
    let whole = || read(&Value::Object(chunk.clone()));
    if is("object", "error") || is("type", "error") {
        return whole();
    }
    let names = [
        "errors",
        "detail",
        "error_message",
        "error_msg",
        "exception",
    ];
    if names.into_iter().any(|name| says(name).is_some()) {
        return whole();
    }
    let has_message = chunk
        .get("message")
        .is_some_and(|message| message.is_string() && says_something(message));
    let has_code = ["code", "type", "status"]
        .into_iter()
        .any(|name| says(name).is_some());
    if has_message && has_code {
        return whole();
    }
    None
}

/// How a finish reason says that the model is done. Servers have their own words for it, and some say a number.
fn end_of(reason: &Value) -> Option<End> {
    let word = match reason {
        Value::Null | Value::Bool(false) => return None,
        Value::String(word) => word.trim().to_ascii_lowercase(),
        Value::Object(reason) => return end_of(reason.get("type")?),
        Value::Bool(true) | Value::Number(_) | Value::Array(_) => return Some(End::Done),
    };
    Some(match word.as_str() {
        "" | "null" | "none" => return None,
        "length"
        | "max_tokens"
        | "max_output_tokens"
        | "max_length"
        | "model_length"
        | "model_context_window_exceeded"
        | "token_limit"
        | "truncated" => End::Cut(IncompleteReason::Length),
        "content_filter"
        | "content-filter"
        | "content_filtered"
        | "safety"
        | "recitation"
        | "prohibited_content"
        | "blocklist"
        | "spii"
        | "sensitive"
        | "refusal"
        | "guardrail_intervened" => End::Cut(IncompleteReason::ContentFilter),
        "error" | "failed" | "engine_error" | "malformed_response" => {
            End::Failed(AnswerFailure::ModelError)
        }
        "timeout" => End::Failed(AnswerFailure::Timeout),
        "insufficient_system_resource" => End::Failed(AnswerFailure::Unavailable),
        "network_error" | "abort" | "aborted" | "cancelled" | "canceled" | "interrupted" => {
            End::Failed(AnswerFailure::Interrupted)
        }
        _ => End::Done,
    })
}

/// A count of tokens; some servers write `3.0`.
fn usage_of(usage: &Value) -> Option<Usage> {
    let tokens = |names: [&str; 2]| {
        let count = names.iter().find_map(|name| usage.get(name))?;
        let count = count.as_u64().or_else(|| whole_number(count.as_f64()?))?;
        Some(u32::try_from(count).unwrap_or(u32::MAX))
    };
    Some(Usage {
        prompt_tokens: tokens(["prompt_tokens", "input_tokens"])?,
        completion_tokens: tokens(["completion_tokens", "output_tokens"])?,
    })
}

fn whole_number(number: f64) -> Option<u64> {
    // Through text, since a cast would round without a word.
    format!("{number:.0}").parse().ok()
}

#[cfg(test)]
mod tests;
