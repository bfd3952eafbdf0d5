//! Fork: a private copy of what one may read.

use axum::extract::State;
use parlor_application::conversations::ForkRequest;
use parlor_domain::ids::MessageId;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    api::Api,
    dto::ConversationDto,
    extract::{Authenticated, ConversationPath, IdempotencyKeyHeader, NoQuery, OptionalJsonBody},
    openapi::problems,
    problem::Problem,
    respond::{Created, Versioned},
    wire::Text,
};

/// What to copy.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewFork)]
pub(crate) struct NewForkDto {
    /// Only the path to this message; without it everything.
    #[schema(value_type = Option<Uuid>)]
    leaf: Option<Text<MessageId>>,
}

/// Copy a conversation, or one path of it, under new ids into a private one of the caller.
///
/// A user's forks run one after the other; at most 8 wait, each for at most 10 seconds. Others are refused.
#[utoipa::path(
    post,
    path = "/conversations/{id}/fork",
    operation_id = "fork_conversation",
    tag = "conversations",
    params(ConversationPath, IdempotencyKeyHeader),
    request_body = Option<NewForkDto>,
    responses(
        (
            status = 201,
            description = "The copy",
            body = ConversationDto,
            headers(
                ("ETag" = String, description = "Its version"),
                ("Location" = String, description = "Where it is")
            )
        ),
        problems::Caller,
        problems::Conversation,
        problems::Body,
        problems::Conflict,
        problems::TooMany
    ),
    extensions(("x-permission" = json!("view access and run_ai")))
)]
pub(crate) async fn fork(
    State(api): State<Api>,
    Authenticated(caller): Authenticated,
    ConversationPath(conversation_id): ConversationPath,
    _: NoQuery,
    key: IdempotencyKeyHeader,
    body: OptionalJsonBody<NewForkDto>,
) -> Result<Created<Versioned<ConversationDto>>, Problem> {
    let request = ForkRequest {
        conversation_id,
        leaf: body.value.leaf.map(|Text(id)| id),
        idempotency_key: key.with(body.fingerprint),
    };
    let view = api
        .application
        .fork_conversation
        .execute(&caller, request)
        .await?;
    Ok(view.into())
}
