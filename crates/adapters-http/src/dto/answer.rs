//! Why an answer ended as it did, and the pieces in which it comes.

use parlor_application::answering::AnswerPiece;
use parlor_domain::message::{AnswerFailure, AnswerStatus, IncompleteReason};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Why an answer is incomplete (`length`, `content_filter`) or failed (all but `length`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AnswerReason)]
pub(crate) enum AnswerReasonDto {
    Length,
    ContentFilter,
    NotConfigured,
    RateLimited,
    ContextTooLong,
    Unavailable,
    Timeout,
    Interrupted,
    EmptyAnswer,
    ModelError,
}

impl AnswerReasonDto {
    /// The reason of a status, if it has one.
    pub const fn of(status: AnswerStatus) -> Option<Self> {
        Some(match status {
            AnswerStatus::Writing | AnswerStatus::Complete | AnswerStatus::Stopped => return None,
            AnswerStatus::Incomplete(IncompleteReason::Length) => Self::Length,
            AnswerStatus::Incomplete(IncompleteReason::ContentFilter)
            | AnswerStatus::Failed(AnswerFailure::ContentFilter) => Self::ContentFilter,
            AnswerStatus::Failed(AnswerFailure::NotConfigured) => Self::NotConfigured,
            AnswerStatus::Failed(AnswerFailure::RateLimited) => Self::RateLimited,
            AnswerStatus::Failed(AnswerFailure::ContextTooLong) => Self::ContextTooLong,
            AnswerStatus::Failed(AnswerFailure::Unavailable) => Self::Unavailable,
            AnswerStatus::Failed(AnswerFailure::Timeout) => Self::Timeout,
            AnswerStatus::Failed(AnswerFailure::Interrupted) => Self::Interrupted,
            AnswerStatus::Failed(AnswerFailure::EmptyAnswer) => Self::EmptyAnswer,
            AnswerStatus::Failed(AnswerFailure::ModelError) => Self::ModelError,
        })
    }
}

/// A piece of an answer: either `text`, or `reasoning`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MessageDelta)]
pub(crate) struct MessageDeltaDto {
    /// The answer.
    message_id: Uuid,
    /// What came of its text.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// What came of its thoughts.
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning: Option<String>,
}

impl MessageDeltaDto {
    pub fn new(message_id: Uuid, piece: AnswerPiece) -> Self {
        let (text, reasoning) = match piece {
            AnswerPiece::Text(text) => (Some(text), None),
            AnswerPiece::Reasoning(reasoning) => (None, Some(reasoning)),
        };
        Self {
            message_id,
            text,
            reasoning,
        }
    }
}
