//! Follow a conversation.

use axum::{extract::State, response::Response};

use crate::{
    answer::open_stream,
    api::Api,
    extract::{Authenticated, ConversationPath, LastEventId, NoQuery},
    follow::{ConversationEventDto, tell_conversation},
    openapi::problems,
    problem::Problem,
};

/// Follow what happens in a conversation, for as long as the caller may see it.
///
/// A comment comes every 15 seconds while there is nothing to tell.
#[utoipa::path(
    get,
    path = "/conversations/{id}/events",
    operation_id = "follow_conversation",
    tag = "conversations",
    params(ConversationPath, LastEventId),
    responses(
        (
            status = 200,
            description = "What happens, as it happens",
            content((ConversationEventDto = "text/event-stream"))
        ),
        problems::Caller,
        problems::Conversation,
        problems::Stream
    ),
    extensions(("x-permission" = json!("view access")))
)]
pub(crate) async fn follow(
    State(api): State<Api>,
    Authenticated(caller): Authenticated,
    ConversationPath(id): ConversationPath,
    _: NoQuery,
    LastEventId(after): LastEventId,
) -> Result<Response, Problem> {
    let permit = open_stream(&api, &caller)?;
    let follow = &api.application.follow_conversation;
    let events = follow.execute(&caller, id, after).await?;
    Ok(tell_conversation(&api, events, permit))
}
