//! What a stream tells.

use axum::response::sse::Event;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    dto::{MessageDeltaDto, MessageDto},
    follow::NoDataDto,
    problem::{Language, Problem, ProblemDto},
};

/// One event: `event:` is its name, `data:` the JSON that belongs to it, `id:` grows.
#[derive(Serialize, ToSchema)]
#[serde(tag = "event", content = "data", rename_all = "snake_case")]
pub(crate) enum AnswerEvent<'a> {
    /// A message is stored: first the prompt, then the answer, which is empty yet.
    MessageCreated(MessageDto),
    /// More of the answer is written.
    MessageDelta(MessageDeltaDto),
    /// The answer is whole, was cut by the provider, or was stopped.
    MessageCompleted(MessageDto),
    /// The answer ended before its time; what was written stays.
    MessageFailed(MessageDto),
    /// What went wrong. Nothing comes after.
    Error(ProblemDto<'a>),
    /// The conversation may not be seen any more, or is gone. Nothing comes after.
    AccessRevoked(NoDataDto),
}

impl AnswerEvent<'_> {
    const fn name(&self) -> &'static str {
        match self {
            Self::MessageCreated(_) => "message_created",
            Self::MessageDelta(_) => "message_delta",
            Self::MessageCompleted(_) => "message_completed",
            Self::MessageFailed(_) => "message_failed",
            Self::Error(_) => "error",
            Self::AccessRevoked(_) => "access_revoked",
        }
    }

    fn data(&self) -> Result<String, serde_json::Error> {
        match self {
            Self::MessageCreated(message)
            | Self::MessageCompleted(message)
            | Self::MessageFailed(message) => serde_json::to_string(message),
            Self::MessageDelta(delta) => serde_json::to_string(delta),
            Self::Error(problem) => serde_json::to_string(problem),
            Self::AccessRevoked(nothing) => serde_json::to_string(nothing),
        }
    }

    /// As it goes out.
    pub fn to_sse(&self, id: u64) -> Event {
        let data = self.data().unwrap_or_else(|error| {
            let problem = Problem::internal(&error);
            serde_json::to_string(&problem.document(Language::default())).unwrap_or_default()
        });
        Event::default()
            .id(id.to_string())
            .event(self.name())
            .data(data)
    }
}
