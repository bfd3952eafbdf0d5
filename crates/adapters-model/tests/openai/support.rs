//! What the tests of the client share.

use std::{error::Error as _, time::Duration};

use futures::StreamExt as _;
use parlor_adapters_model::{OpenAiChatModel, OpenAiProvider};
use parlor_application::ports::{
    AnswerStream, ChatMessage, ChatModel as _, ChatRequest, ModelError, ModelEvent,
};
use parlor_domain::{
    message::{IncompleteReason, Role, Usage},
    text::Content,
};

/// The prompt of every request; no error may quote it.
pub const PROMPT: &str = "where is the secret?";

/// A provider with times that suit tests.
pub fn provider(base_url: impl Into<String>) -> OpenAiProvider {
    OpenAiProvider {
        connect_timeout: Duration::from_secs(5),
        idle_timeout: Duration::from_secs(10),
        retry_delay: Duration::from_millis(2),
        ..OpenAiProvider::new("test", base_url)
    }
}

/// Asks a provider.
pub async fn ask(provider: OpenAiProvider) -> Result<AnswerStream, ModelError> {
    OpenAiChatModel::new(provider)
        .unwrap()
        .answer(request("m"))
        .await
}

/// A request with one prompt.
pub fn request(model: &str) -> ChatRequest {
    let prompt = ChatMessage {
        role: Role::User,
        author_name: Some("Alice".to_owned()),
        content: Content::from_trusted(PROMPT.to_owned()),
    };
    ChatRequest {
        model: model.to_owned(),
        prompt: prompt.content.clone(),
        messages: vec![prompt],
    }
}

/// All that came of an answer.
#[derive(Debug)]
pub struct Whole {
    /// The pieces of text.
    pub pieces: Vec<String>,
    /// All thoughts.
    pub reasoning: String,
    /// Why the answer was cut.
    pub cut: Option<IncompleteReason>,
    /// The usage, or what went wrong.
    pub end: Result<Option<Usage>, ModelError>,
}

impl Whole {
    /// Of an answer that failed before anything came.
    pub fn failed(error: ModelError) -> Self {
        Self {
            pieces: Vec::new(),
            reasoning: String::new(),
            cut: None,
            end: Err(error),
        }
    }
}

/// Reads a stream to its end, which must be one of the two that the port allows.
pub async fn read(mut stream: AnswerStream) -> Whole {
    let mut pieces = Vec::new();
    let (mut reasoning, mut cut) = (String::new(), None);
    let end = loop {
        match stream
            .next()
            .await
            .expect("a stream ends with `Finished` or an error")
        {
            Ok(ModelEvent::Text(text)) => pieces.push(text),
            Ok(ModelEvent::Reasoning(thought)) => reasoning.push_str(&thought),
            Ok(ModelEvent::TextWasReasoning) => {
                let text = std::mem::take(&mut pieces).concat();
                reasoning.push_str(text.trim());
            }
            Ok(ModelEvent::LeftOut { .. }) => panic!("a provider leaves nothing out"),
            Ok(ModelEvent::Finished { cut: why, usage }) => {
                cut = why;
                break Ok(usage);
            }
            Err(error) => break Err(error),
        }
    };
    assert!(
        stream.next().await.is_none(),
        "something came after the end"
    );
    Whole {
        pieces,
        reasoning,
        cut,
        end,
    }
}

/// Asks, and reads the answer to its end.
pub async fn ask_and_read(provider: OpenAiProvider) -> Whole {
    read(ask(provider).await.unwrap()).await
}

/// Everything that an error would show in a log.
pub fn shown(error: &ModelError) -> String {
    let mut shown = format!("{error} {error:?}");
    let mut source = error.source();
    while let Some(error) = source {
        shown = format!("{shown} {error} {error:?}");
        source = error.source();
    }
    shown
}

/// An event with a piece of text.
pub fn text_event(text: &str) -> String {
    event(
        &serde_json::json!({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": null}]}),
    )
}

/// The event with which a model says that it is done.
pub fn finish_event() -> String {
    event(&serde_json::json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}))
}

/// The event that tells the usage: three tokens read, five written.
pub fn usage_event() -> String {
    event(&serde_json::json!({
        "choices": [],
        "usage": {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8},
    }))
}

/// The usage of [`usage_event`].
pub const USAGE: Usage = Usage {
    prompt_tokens: 3,
    completion_tokens: 5,
};

/// The last event.
pub const DONE: &str = "data: [DONE]\n\n";

fn event(data: &serde_json::Value) -> String {
    format!("data: {data}\n\n")
}
