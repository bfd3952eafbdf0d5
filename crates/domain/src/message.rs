//! One message: a prompt that somebody wrote, or the answer of a model.

use std::num::NonZeroU32;

use chrono::{DateTime, Utc};

use crate::{
    ids::{ConversationId, MessageId, UserId},
    text::Content,
    worded::worded,
};

/// A message of a conversation. Nobody edits or deletes one; asking again makes a sibling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// The conversation that it is part of.
    pub conversation_id: ConversationId,
    /// What it follows; none for a first message.
    pub parent_id: Option<MessageId>,
    /// Its place in the order in which the conversation's messages came, from 1.
    pub position: u32,
    /// How many messages stand before it on its path; 0 for a first message.
    pub depth: u32,
    /// What it says, as far as it is written.
    pub content: Content,
    /// When it came.
    pub created_at: DateTime<Utc>,
    /// Whose it is.
    pub kind: MessageKind,
}

/// A prompt or an answer, with what only that kind has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageKind {
    /// What somebody asked.
    Prompt {
        /// Who asked. A message keeps its author for ever.
        author_id: UserId,
    },
    /// What a model said.
    Answer {
        /// The id of the model that was asked.
        model: String,
        /// How far it has come.
        status: AnswerStatus,
        /// What the model thought before it answered, where the provider tells that apart. It is shown on request, and
        /// neither searched nor sent to a model again.
        reasoning: Option<Content>,
        /// How many of the oldest messages before it the model was not sent, because the conversation is longer than it can
        /// read. None where it was sent all of them.
        left_out: Option<NonZeroU32>,
        /// What it cost, where the model told.
        usage: Option<Usage>,
    },
}

worded! {
    /// Who speaks, in the words of the chat models.
    Role {
        /// A person.
        User = "user",
        /// A model.
        Assistant = "assistant",
    }
}

/// How far an answer has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerStatus {
    /// It grows.
    Writing,
    /// Some text, and an end that the model announced.
    Complete,
    /// Some text, which the provider cut.
    Incomplete(IncompleteReason),
    /// A person stopped it, or its author lost the right to prompt; what was written stays.
    Stopped,
    /// No answer, or one that broke off; what was written stays.
    Failed(AnswerFailure),
}

worded! {
    /// Why a provider cut an answer.
    IncompleteReason {
        /// The answer reached the length that the model or the provider allows.
        Length = "length",
        /// The provider's content filter ended it.
        ContentFilter = "content_filter",
    }
}

worded! {
    /// Why an answer failed. The list is closed: whatever a provider says becomes one of these.
    AnswerFailure {
        /// The provider does not accept the key, the address or the model as they are configured.
        NotConfigured = "not_configured",
        /// The provider refuses more requests for now, or the quota is used up.
        RateLimited = "rate_limited",
        /// The conversation is longer than the model can read.
        ContextTooLong = "context_too_long",
        /// The provider's content filter refused, and no text came.
        ContentFilter = "content_filter",
        /// The provider cannot be reached, or is overloaded.
        Unavailable = "unavailable",
        /// Nothing came for too long, or the whole answer took too long.
        Timeout = "timeout",
        /// The answer broke off: the connection closed, or the service stopped.
        Interrupted = "interrupted",
        /// The model ended without any text.
        EmptyAnswer = "empty_answer",
        /// Any other error of the provider, or a response that is no answer.
        ModelError = "model_error",
    }
}

impl AnswerStatus {
    /// Every status, with every reason.
    pub fn all() -> impl Iterator<Item = Self> {
        let cut = IncompleteReason::ALL.iter().copied().map(Self::Incomplete);
        let failed = AnswerFailure::ALL.iter().copied().map(Self::Failed);
        [Self::Writing, Self::Complete, Self::Stopped]
            .into_iter()
            .chain(cut)
            .chain(failed)
    }

    /// The stable word for it, in stores and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Writing => "writing",
            Self::Complete => "complete",
            Self::Incomplete(_) => "incomplete",
            Self::Stopped => "stopped",
            Self::Failed(_) => "failed",
        }
    }

    /// The stable word for why it is so, where there is a reason.
    pub const fn reason(self) -> Option<&'static str> {
        match self {
            Self::Incomplete(reason) => Some(reason.as_str()),
            Self::Failed(failure) => Some(failure.as_str()),
            Self::Writing | Self::Complete | Self::Stopped => None,
        }
    }

    /// Whether it still grows.
    pub const fn is_writing(self) -> bool {
        matches!(self, Self::Writing)
    }
}

/// What an answer cost, in the model's tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Tokens read.
    pub prompt_tokens: u32,
    /// Tokens written.
    pub completion_tokens: u32,
}

impl Message {
    /// Who speaks.
    pub const fn role(&self) -> Role {
        match self.kind {
            MessageKind::Prompt { .. } => Role::User,
            MessageKind::Answer { .. } => Role::Assistant,
        }
    }

    /// How far it has come; a prompt is always complete.
    pub const fn status(&self) -> AnswerStatus {
        match self.kind {
            MessageKind::Prompt { .. } => AnswerStatus::Complete,
            MessageKind::Answer { status, .. } => status,
        }
    }

    /// What the model thought, apart from what it said.
    pub const fn reasoning(&self) -> Option<&Content> {
        match &self.kind {
            MessageKind::Answer { reasoning, .. } => reasoning.as_ref(),
            MessageKind::Prompt { .. } => None,
        }
    }

    /// How many of the oldest messages the model was not sent.
    pub const fn left_out(&self) -> Option<NonZeroU32> {
        match self.kind {
            MessageKind::Answer { left_out, .. } => left_out,
            MessageKind::Prompt { .. } => None,
        }
    }

    /// How long its content and its reasoning are together, in bytes (UTF-8).
    pub fn bytes(&self) -> usize {
        let reasoning = self.reasoning().map_or(0, |it| it.as_str().len());
        self.content.as_str().len() + reasoning
    }

    /// The id of the model that was asked, for an answer.
    pub const fn model(&self) -> Option<&str> {
        match &self.kind {
            MessageKind::Answer { model, .. } => Some(model.as_str()),
            MessageKind::Prompt { .. } => None,
        }
    }

    /// Who wrote it, if a person did.
    pub const fn author_id(&self) -> Option<UserId> {
        match self.kind {
            MessageKind::Prompt { author_id } => Some(author_id),
            MessageKind::Answer { .. } => None,
        }
    }
}
