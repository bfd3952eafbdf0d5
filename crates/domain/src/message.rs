//! One message: a prompt that somebody wrote, or the answer of a model.

use chrono::{DateTime, Utc};

use crate::{
    ids::{ConversationId, MessageId, UserId},
    text::Content,
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
        /// What it cost, where the model told.
        usage: Option<Usage>,
    },
}

/// Who speaks, in the words of the chat models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A person.
    User,
    /// A model.
    Assistant,
}

impl Role {
    /// The stable word for it, in stores and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }
}

/// How far an answer has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerStatus {
    /// It grows.
    Writing,
    /// It is whole.
    Complete,
    /// Somebody stopped it, or its author lost the right to prompt; what was written stays.
    Stopped,
    /// It ended before its time; what was written stays.
    Failed(AnswerFailure),
}

/// Why an answer failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerFailure {
    /// The model could not be reached.
    Unreachable,
    /// The model took too long.
    TimedOut,
    /// The model answered with an error, or with something that is no answer.
    Refused,
    /// The service stopped while the answer was being written.
    Interrupted,
}

impl AnswerFailure {
    /// Every failure.
    pub const ALL: [Self; 4] = [
        Self::Unreachable,
        Self::TimedOut,
        Self::Refused,
        Self::Interrupted,
    ];

    /// The stable word for it, in stores.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::TimedOut => "timed_out",
            Self::Refused => "refused",
            Self::Interrupted => "interrupted",
        }
    }
}

impl AnswerStatus {
    /// The stable word for it, in stores and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Writing => "writing",
            Self::Complete => "complete",
            Self::Stopped => "stopped",
            Self::Failed(_) => "failed",
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

    /// Who wrote it, if a person did.
    pub const fn author_id(&self) -> Option<UserId> {
        match self.kind {
            MessageKind::Prompt { author_id } => Some(author_id),
            MessageKind::Answer { .. } => None,
        }
    }
}
