//! The models that can be prompted.

use std::num::NonZeroU32;

use async_trait::async_trait;
use futures::stream::BoxStream;
use parlor_domain::{
    message::{AnswerFailure, IncompleteReason, Role, Usage},
    text::Content,
};

/// A model that answers, a piece at a time.
///
/// An implementor MUST
/// - answer the pieces as they come, without waiting for the whole;
/// - never split a Unicode scalar value between two pieces;
/// - end the stream after [`ModelEvent::Finished`] or after an error, whichever comes first, and end with one of them:
///   a connection that closes before the model said that it was done is [`ModelError::Incomplete`];
/// - tell what the model thinks apart from what it says;
/// - tell first how many of the oldest turns it leaves out, if any;
/// - bound how much of an answer it takes, and for how long nothing of it may come;
/// - try again only while nothing has come;
/// - stop its work when the stream is dropped;
/// - put neither prompts, answers nor keys into errors or logs.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait ChatModel: Send + Sync {
    /// Asks the model. `Err` is a failure before anything came.
    async fn answer(&self, request: ChatRequest) -> Result<AnswerStream, ModelError>;
}

/// The pieces of one answer.
pub type AnswerStream = BoxStream<'static, Result<ModelEvent, ModelError>>;

/// What is sent to a model: the turns of the path that the answer follows, the oldest first. They begin and end with a turn of
/// the people, and alternate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatRequest {
    /// The id under which [`ModelCatalog`] lists the model.
    pub model: String,
    /// The turns, the last of them with the prompt to answer.
    pub messages: Vec<ChatMessage>,
    /// That prompt alone, as its author wrote it. The turns have it already.
    pub prompt: Content,
}

/// One turn as a model sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatMessage {
    /// Who speaks.
    pub role: Role,
    /// Who wrote the last message of a turn of the people. Where several people wrote, the content says who said what.
    pub author_name: Option<String>,
    /// What was said.
    pub content: Content,
}

/// What a model tells while it answers.
#[derive(Clone, PartialEq, Eq)]
pub enum ModelEvent {
    /// The model was not sent so many of the oldest turns, because the conversation is longer than it can read. Comes first,
    /// if at all.
    LeftOut {
        /// How many of the request's turns.
        turns: usize,
    },
    /// More text.
    Text(String),
    /// More of what the model thinks.
    Reasoning(String),
    /// All the text so far was reasoning: only its end told the model's thoughts from what it says.
    TextWasReasoning,
    /// The model said that it is done.
    Finished {
        /// Why the provider cut the answer, if it did.
        cut: Option<IncompleteReason>,
        /// What it cost, where the model told.
        usage: Option<Usage>,
    },
}

/// Why there is no answer, or no more of it.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The model could not be reached.
    #[error("the model cannot be reached")]
    Unreachable(#[source] Option<Cause>),
    /// Nothing came for too long.
    #[error("the model took too long")]
    TimedOut,
    /// The model, or what stands before it, answered with an error.
    #[error("the model refused with status {status}")]
    Refused {
        /// What that means.
        failure: AnswerFailure,
        /// The HTTP status, or 200 for an error that came within the stream.
        status: u16,
        /// The error's code as the provider names it, where it is a plain word.
        code: Option<String>,
    },
    /// What came is no answer.
    #[error("the model's answer cannot be understood")]
    Malformed(#[source] Option<Cause>),
    /// The connection closed before the model said that it was done.
    #[error("the model's answer broke off")]
    Incomplete,
}

/// What an adapter's library says of an error.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

impl ModelError {
    /// How a message that failed so is marked.
    pub const fn as_failure(&self) -> AnswerFailure {
        match self {
            Self::Unreachable(_) => AnswerFailure::Unavailable,
            Self::TimedOut => AnswerFailure::Timeout,
            Self::Refused { failure, .. } => *failure,
            Self::Malformed(_) => AnswerFailure::ModelError,
            Self::Incomplete => AnswerFailure::Interrupted,
        }
    }

    /// The provider's code, for the log.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } => code.as_deref(),
            _ => None,
        }
    }
}

/// A model that one can prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// What a client names it by.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// How many tokens it can read and write together, where that is configured.
    pub context_length: Option<NonZeroU32>,
    /// Whether it answers where a client names none. Exactly one does.
    pub is_default: bool,
}

/// The models that are configured. Known at start, so nothing here waits.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
pub trait ModelCatalog: Send + Sync {
    /// The models in the order of the configuration; at least one, and exactly one of them the default.
    fn models(&self) -> Vec<Model>;
}
