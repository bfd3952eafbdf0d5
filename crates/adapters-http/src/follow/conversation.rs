//! What happens in a conversation.

use axum::response::{Response, sse::Event};
use parlor_application::user_limit::Permit;
use parlor_application::{
    conversations::{ConversationEvent, ConversationEventKind, ConversationEvents},
    ports::StoreError,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{NoDataDto, Told, event, respond};
use crate::{
    api::Api,
    dto::{ConversationDto, MessageDeltaDto, MessageDto},
};

/// One event: `event:` is its name, `data:` the JSON that belongs to it, `id:` grows, also where a client comes back with
/// `Last-Event-ID`.
#[derive(Serialize, ToSchema)]
#[serde(tag = "event", content = "data", rename_all = "snake_case")]
#[schema(as = ConversationEvent)]
#[expect(dead_code, reason = "it describes what is written without it")]
pub(crate) enum ConversationEventDto {
    /// A message is stored. Also told of an answer that is being written when the stream begins, with what is written so far: it takes
    /// the place of what was told of the message before.
    MessageCreated(MessageDto),
    /// More of an answer is written.
    MessageDelta(MessageDeltaDto),
    /// An answer is whole, was cut by the provider, or was stopped.
    MessageCompleted(MessageDto),
    /// An answer ended before its time; what was written stays.
    MessageFailed(MessageDto),
    /// The title, the grants, the owner, or what the caller may do are others now.
    ConversationChanged(ConversationDto),
    /// The conversation was deleted. Nothing comes after.
    ConversationDeleted(NoDataDto),
    /// The caller may not see the conversation any more. Nothing comes after.
    AccessRevoked(NoDataDto),
}

/// Begins to tell what happens in a conversation.
pub(crate) fn tell_conversation(api: &Api, events: ConversationEvents, permit: Permit) -> Response {
    respond(api, events, permit)
}

impl Told for ConversationEvents {
    async fn next(&mut self) -> Result<Option<Event>, StoreError> {
        let next = Self::next(self).await?;
        Ok(next.map(told))
    }
}

fn told(ConversationEvent { number, kind }: ConversationEvent) -> Event {
    let event = match kind {
        ConversationEventKind::MessageCreated(message) => {
            event("message_created", &MessageDto::from(message))
        }
        ConversationEventKind::MessageDelta { message_id, piece } => {
            let delta = MessageDeltaDto::new(message_id.as_uuid(), piece);
            event("message_delta", &delta)
        }
        ConversationEventKind::MessageCompleted(message) => {
            event("message_completed", &MessageDto::from(message))
        }
        ConversationEventKind::MessageFailed(message) => {
            event("message_failed", &MessageDto::from(message))
        }
        ConversationEventKind::ConversationChanged(view) => {
            event("conversation_changed", &ConversationDto::from(*view))
        }
        ConversationEventKind::ConversationDeleted => event("conversation_deleted", &NoDataDto {}),
        ConversationEventKind::AccessRevoked => event("access_revoked", &NoDataDto {}),
    };
    event.id(number.to_string())
}
