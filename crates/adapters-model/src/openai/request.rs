//! What is sent to an OpenAI-compatible server.
//!
//! Nothing but the turns of the conversation: the application has seen to it that roles alternate, and that a turn says
//! who wrote it where several people write. The API's own field `name` is not used: it takes only `A-Z a-z 0-9 _ -`, so
//! that a Korean name would be lost; most chat templates drop it without a word; and some servers refuse requests that
//! have it.

use parlor_application::ports::{ChatMessage, ChatRequest};
use serde::Serialize;

/// Whether and how a stream is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Streaming {
    Off,
    Plain,
    /// With `stream_options`, which some servers refuse.
    WithUsage,
}

#[derive(Serialize)]
pub(super) struct RequestDto<'a> {
    model: &'a str,
    messages: Vec<MessageDto<'a>>,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptionsDto>,
}

#[derive(Serialize)]
struct MessageDto<'a> {
    role: &'static str,
    content: &'a str,
}

#[derive(Serialize)]
struct StreamOptionsDto {
    include_usage: bool,
}

impl<'a> RequestDto<'a> {
    pub(super) fn new(request: &'a ChatRequest, streaming: Streaming) -> Self {
        Self {
            model: &request.model,
            messages: request.messages.iter().map(MessageDto::from).collect(),
            stream: streaming != Streaming::Off,
            stream_options: (streaming == Streaming::WithUsage).then_some(StreamOptionsDto {
                include_usage: true,
            }),
        }
    }
}

impl<'a> From<&'a ChatMessage> for MessageDto<'a> {
    fn from(message: &'a ChatMessage) -> Self {
        Self {
            role: message.role.as_str(),
            content: message.content.as_str(),
        }
    }
}

#[cfg(test)]
mod tests {
    use parlor_domain::{message::Role, text::Content};
    use serde_json::json;

    use super::*;

    #[test]
    fn the_turns_are_sent_as_they_are_and_nothing_else_is() {
        let message = |role, content: &str| ChatMessage {
            role,
            author_name: Some("Alice".to_owned()),
            content: Content::from_trusted(content.to_owned()),
        };
        let request = ChatRequest {
            model: "m".to_owned(),
            messages: vec![message(Role::User, "one"), message(Role::Assistant, "two")],
            prompt: Content::default(),
        };
        let messages =
            json!([{"role": "user", "content": "one"}, {"role": "assistant", "content": "two"}]);
        for (streaming, expected) in [
            (
                Streaming::WithUsage,
                json!({"model": "m", "messages": messages, "stream": true, "stream_options": {"include_usage": true}}),
            ),
            (
                Streaming::Plain,
                json!({"model": "m", "messages": messages, "stream": true}),
            ),
            (
                Streaming::Off,
                json!({"model": "m", "messages": messages, "stream": false}),
            ),
        ] {
            let sent = serde_json::to_value(RequestDto::new(&request, streaming)).unwrap();
            assert_eq!(sent, expected);
        }
    }
}
