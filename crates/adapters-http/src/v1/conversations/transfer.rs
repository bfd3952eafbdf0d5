//! Give a conversation to another owner.

use axum::extract::State;
use parlor_domain::ids::UserId;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    api::Api,
    dto::ConversationDto,
    extract::{Authenticated, ConversationPath, IfMatch, JsonBody, NoQuery},
    openapi::problems,
    problem::Problem,
    respond::Versioned,
    wire::Text,
};

/// A new owner.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewOwner)]
pub(crate) struct NewOwnerDto {
    /// An active user of the organization.
    #[schema(value_type = Uuid)]
    user_id: Text<UserId>,
}

/// Give a conversation to another owner; its grants stay. Who gives its own away may have no access after it.
#[utoipa::path(
    put,
    path = "/conversations/{id}/owner",
    operation_id = "transfer_conversation",
    tag = "conversations",
    params(ConversationPath, IfMatch),
    request_body = NewOwnerDto,
    responses(
        (
            status = 200,
            description = "The conversation as it is now, with the access that the caller has now",
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
pub(crate) async fn transfer(
    State(api): State<Api>,
    Authenticated(caller): Authenticated,
    ConversationPath(id): ConversationPath,
    _: NoQuery,
    IfMatch(condition): IfMatch,
    body: JsonBody<NewOwnerDto>,
) -> Result<Versioned<ConversationDto>, Problem> {
    let Text(owner_id) = body.value.user_id;
    let view = api
        .application
        .transfer_conversation
        .execute(&caller, id, &condition, owner_id)
        .await?;
    Ok(view.into())
}
