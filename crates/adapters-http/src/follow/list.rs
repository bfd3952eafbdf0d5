//! What changes in the list of conversations.

use axum::response::{Response, sse::Event};
use parlor_application::user_limit::Permit;
use parlor_application::{
    conversations::{ListEvent, ListEvents},
    ports::StoreError,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{NoDataDto, Told, event, respond};
use crate::{api::Api, dto::ConversationDto};

/// One event: `event:` is its name, `data:` the JSON that belongs to it. None has an `id:`: whoever comes back reads the list again.
#[derive(Serialize, ToSchema)]
#[serde(tag = "event", content = "data", rename_all = "snake_case")]
#[schema(as = ListEvent)]
#[expect(dead_code, reason = "it describes what is written without it")]
pub(crate) enum ListEventDto {
    /// This conversation is new in the list, or another than before: its title, its privacy, its activity, what the caller may do.
    ConversationChanged(ConversationDto),
    /// This conversation is in the list no more.
    ConversationRemoved(RemovedDto),
    /// The caller is not an active user any more. Nothing comes after.
    AccessRevoked(NoDataDto),
}

/// A conversation that is in the list no more.
#[derive(Serialize, ToSchema)]
#[schema(as = RemovedConversation)]
pub(crate) struct RemovedDto {
    /// The conversation.
    id: Uuid,
}

/// Begins to tell what changes in the list.
pub(crate) fn tell_list(api: &Api, events: ListEvents, permit: Permit) -> Response {
    respond(api, events, permit)
}

impl Told for ListEvents {
    async fn next(&mut self) -> Result<Option<Event>, StoreError> {
        let next = Self::next(self).await?;
        Ok(next.map(told))
    }
}

fn told(change: ListEvent) -> Event {
    match change {
        ListEvent::Changed(view) => event("conversation_changed", &ConversationDto::from(*view)),
        ListEvent::Removed(id) => event("conversation_removed", &RemovedDto { id: id.as_uuid() }),
        ListEvent::Ended => event("access_revoked", &NoDataDto {}),
    }
}
