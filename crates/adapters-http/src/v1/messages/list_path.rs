//! Read the messages on one path.

use axum::{Json, extract::State};
use parlor_application::messages::{PathCursor, PathRequest};
use parlor_domain::ids::MessageId;
use serde::Deserialize;

use crate::{
    api::Api,
    cursor::CursorScope,
    dto::{MessageDto, PageDto},
    extract::{ConversationPath, Limit, StrictQuery, Visiting},
    openapi::problems,
    problem::Problem,
    wire::Text,
};

/// Which path.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PathQuery {
    /// The last message of the path; without it the newest leaf.
    #[param(value_type = Option<Uuid>)]
    leaf: Option<Text<MessageId>>,
    /// How many items: 1 to 100.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 50)]
    limit: Option<Text<Limit>>,
    /// The `next_cursor` of the page before; it keeps to the path of the first page.
    cursor: Option<String>,
}

/// List the messages from the first one to a leaf, oldest first.
#[utoipa::path(
    get,
    path = "/conversations/{id}/messages",
    operation_id = "list_messages",
    tag = "messages",
    params(ConversationPath, PathQuery),
    responses(
        (status = 200, description = "A page of the path", body = PageDto<MessageDto>),
        problems::Caller,
        problems::Conversation
    ),
    extensions(("x-permission" = json!("view access")))
)]
pub(crate) async fn list_path(
    State(api): State<Api>,
    Visiting(visitor, ConversationPath(id), StrictQuery(query)): Visiting<
        ConversationPath,
        StrictQuery<PathQuery>,
    >,
) -> Result<Json<PageDto<MessageDto>>, Problem> {
    let leaf = query.leaf.map(|Text(id)| id);
    let scope = CursorScope::new("messages", visitor.identity)
        .with(id.as_uuid())
        .with_option(leaf.map(MessageId::as_uuid));
    let after: Option<PathCursor> = scope.open(query.cursor.as_deref())?;
    let request = after.map_or(PathRequest::From(leaf), PathRequest::After);
    let page = api
        .application
        .list_messages
        .execute_as(visitor, id, request, Limit::size(query.limit))
        .await?;
    Ok(Json(PageDto::of(page, &scope)))
}
