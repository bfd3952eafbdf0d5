//! Rename a conversation.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use super::create::title;
use crate::{
    api::Api,
    dto::ConversationDto,
    extract::{Authenticated, ConversationPath, IfMatch, JsonBody, NoQuery},
    openapi::problems,
    problem::Problem,
    respond::Versioned,
};

/// A new title.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewTitle)]
pub(crate) struct NewTitleDto {
    /// What it is called.
    #[schema(min_length = 1, max_length = 200)]
    title: String,
}

/// Give a conversation another title.
#[utoipa::path(
    patch,
    path = "/conversations/{id}",
    operation_id = "rename_conversation",
    tag = "conversations",
    params(ConversationPath, IfMatch),
    request_body = NewTitleDto,
    responses(
        (
            status = 200,
            description = "The conversation as it is now",
            body = ConversationDto,
            headers(("ETag" = String, description = "Its version"))
        ),
        problems::Caller,
        problems::Conversation,
        problems::Body,
        problems::Conflict,
        problems::Version
    ),
    extensions(("x-permission" = json!("manage access")))
)]
pub(crate) async fn rename(
    State(api): State<Api>,
    Authenticated(caller): Authenticated,
    ConversationPath(id): ConversationPath,
    _: NoQuery,
    IfMatch(condition): IfMatch,
    body: JsonBody<NewTitleDto>,
) -> Result<Versioned<ConversationDto>, Problem> {
    let title = title(&body.value.title)?;
    let view = api
        .application
        .rename_conversation
        .execute(&caller, id, &condition, title)
        .await?;
    Ok(view.into())
}
