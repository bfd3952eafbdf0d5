//! Delete a conversation.

use axum::{extract::State, http::StatusCode};

use crate::{
    api::Api,
    extract::{Authenticated, ConversationPath, IfMatch, NoQuery},
    openapi::problems,
    problem::Problem,
};

/// Delete a conversation with all its messages, for ever.
#[utoipa::path(
    delete,
    path = "/conversations/{id}",
    operation_id = "delete_conversation",
    tag = "conversations",
    params(ConversationPath, IfMatch),
    responses(
        (status = 204, description = "It is gone"),
        problems::Caller,
        problems::Conversation,
        problems::Conflict,
        problems::Version
    ),
    extensions(("x-permission" = json!("manage access")))
)]
pub(crate) async fn delete(
    State(api): State<Api>,
    Authenticated(caller): Authenticated,
    ConversationPath(id): ConversationPath,
    _: NoQuery,
    IfMatch(condition): IfMatch,
) -> Result<StatusCode, Problem> {
    api.application
        .delete_conversation
        .execute(&caller, id, &condition)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
