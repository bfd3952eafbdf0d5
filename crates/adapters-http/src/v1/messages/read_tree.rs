//! Read the map of a conversation.

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use parlor_application::ports::MessageNode;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    api::Api,
    cursor::CursorScope,
    dto::{PageDto, RoleDto},
    extract::{ConversationPath, PageQuery, StrictQuery, Visiting},
    openapi::problems,
    problem::Problem,
};

/// A message in the map of its conversation.
#[derive(Serialize, ToSchema)]
#[schema(as = MessageNode)]
pub(crate) struct MessageNodeDto {
    /// Its id.
    id: Uuid,
    /// What it follows; null for a first message.
    #[schema(required = true)]
    parent_id: Option<Uuid>,
    /// Who speaks.
    role: RoleDto,
    /// Who wrote it; null for a model's answer.
    #[schema(required = true)]
    author_id: Option<Uuid>,
    /// When it came.
    created_at: DateTime<Utc>,
    /// How it begins.
    preview: String,
}

impl From<MessageNode> for MessageNodeDto {
    fn from(node: MessageNode) -> Self {
        Self {
            id: node.id.as_uuid(),
            parent_id: node.parent_id.map(parlor_domain::ids::MessageId::as_uuid),
            role: node.role.into(),
            author_id: node.author_id.map(parlor_domain::ids::UserId::as_uuid),
            created_at: node.created_at,
            preview: node.preview,
        }
    }
}

/// List all messages of a conversation, shortened, in the order in which they came.
#[utoipa::path(
    get,
    path = "/conversations/{id}/tree",
    operation_id = "read_tree",
    tag = "messages",
    params(ConversationPath, PageQuery),
    responses(
        (status = 200, description = "A page of the map", body = PageDto<MessageNodeDto>),
        problems::Caller,
        problems::Conversation
    ),
    extensions(("x-permission" = json!("view access")))
)]
pub(crate) async fn read_tree(
    State(api): State<Api>,
    Visiting(visitor, ConversationPath(id), StrictQuery(query)): Visiting<
        ConversationPath,
        StrictQuery<PageQuery>,
    >,
) -> Result<Json<PageDto<MessageNodeDto>>, Problem> {
    let scope = CursorScope::new("tree", visitor.identity).with(id.as_uuid());
    let after: u32 = scope.open(query.cursor.as_deref())?.unwrap_or(0);
    let page = api
        .application
        .read_tree
        .execute_as(visitor, id, after, query.size())
        .await?;
    Ok(Json(PageDto::of(page, &scope)))
}
