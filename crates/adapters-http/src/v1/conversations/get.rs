//! Open a conversation.

use axum::extract::State;

use crate::{
    api::Api,
    dto::ConversationDto,
    extract::{ConversationPath, NoQuery, Visiting},
    openapi::problems,
    problem::Problem,
    respond::Versioned,
};

/// Read a conversation.
#[utoipa::path(
    get,
    path = "/conversations/{id}",
    operation_id = "get_conversation",
    tag = "conversations",
    params(ConversationPath),
    responses(
        (
            status = 200,
            description = "The conversation",
            body = ConversationDto,
            headers(("ETag" = String, description = "Its version"))
        ),
        problems::Caller,
        problems::Conversation
    ),
    extensions(("x-permission" = json!("view access")))
)]
pub(crate) async fn get(
    State(api): State<Api>,
    Visiting(visitor, ConversationPath(id), NoQuery): Visiting<ConversationPath, NoQuery>,
) -> Result<Versioned<ConversationDto>, Problem> {
    let use_case = &api.application.get_conversation;
    let view = use_case.execute_as(visitor, id).await?;
    Ok(view.into())
}
