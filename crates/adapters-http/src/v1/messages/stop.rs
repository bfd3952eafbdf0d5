//! Stop an answer that is being written.

use axum::{Json, extract::State};
use serde::Deserialize;

use crate::{
    api::Api,
    dto::MessageDto,
    extract::{Authenticated, MessagePath, NoQuery, OptionalJsonBody},
    openapi::problems,
    problem::Problem,
};

/// Nothing is asked beside the path; an empty object is taken too.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// Stop an answer that is being written; what was written stays.
#[utoipa::path(
    post,
    path = "/conversations/{id}/messages/{mid}/stop",
    operation_id = "stop",
    tag = "messages",
    params(MessagePath),
    responses(
        (status = 200, description = "The answer as it is now", body = MessageDto),
        problems::Caller,
        problems::Conversation,
        problems::Body,
        problems::Conflict
    ),
    extensions(("x-permission" = json!("collaborate access and run_ai")))
)]
pub(crate) async fn stop(
    State(api): State<Api>,
    Authenticated(caller): Authenticated,
    MessagePath(conversation_id, message_id): MessagePath,
    _: NoQuery,
    _: OptionalJsonBody<Nothing>,
) -> Result<Json<MessageDto>, Problem> {
    let message = api
        .application
        .stop_answer
        .execute(&caller, conversation_id, message_id)
        .await?;
    Ok(Json(message.into()))
}
