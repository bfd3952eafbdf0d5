//! Create a conversation.

use axum::extract::State;
use parlor_application::conversations::NewConversationRequest;
use parlor_domain::text::Title;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    api::Api,
    dto::{ConversationDto, PrivacyDto, WantedPrivacy},
    extract::{Bringing, IdempotencyKeyHeader, NoQuery, OptionalJsonBody, refused},
    openapi::problems,
    problem::Problem,
    respond::{Created, Versioned},
    wire::Text,
};

/// A new conversation.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewConversation)]
pub(crate) struct NewConversationDto {
    /// What it is called; without one the first prompt names it.
    #[schema(min_length = 1, max_length = 200)]
    title: Option<String>,
    /// Private or shared; without a wish as the organization's setting says.
    #[schema(value_type = Option<PrivacyDto>)]
    privacy: Option<Text<WantedPrivacy>>,
}

/// Create a conversation, owned by the caller.
#[utoipa::path(
    post,
    path = "/conversations",
    operation_id = "create_conversation",
    tag = "conversations",
    params(IdempotencyKeyHeader),
    request_body = Option<NewConversationDto>,
    responses(
        (
            status = 201,
            description = "The conversation",
            body = ConversationDto,
            headers(
                ("ETag" = String, description = "Its version"),
                ("Location" = String, description = "Where it is")
            )
        ),
        problems::Caller,
        problems::Conversation,
        problems::Body,
        problems::Conflict
    ),
    extensions(("x-permission" = json!("run_ai")))
)]
pub(crate) async fn create(
    State(api): State<Api>,
    Bringing(visitor, key, NoQuery, body): Bringing<
        IdempotencyKeyHeader,
        NoQuery,
        OptionalJsonBody<NewConversationDto>,
    >,
) -> Result<Created<Versioned<ConversationDto>>, Problem> {
    let title = match body.value.title.as_deref().map(title).transpose() {
        Ok(title) => title,
        Err(problem) => return Err(refused(&api, visitor, problem).await),
    };
    let request = NewConversationRequest {
        title,
        privacy: body.value.privacy.map(|Text(WantedPrivacy(kind))| kind),
        idempotency_key: key.with(body.fingerprint),
    };
    let view = api
        .application
        .create_conversation
        .execute_as(visitor, request)
        .await?;
    Ok(view.into())
}

/// The title of a body.
pub(super) fn title(text: &str) -> Result<Title, Problem> {
    Title::parse(text).map_err(|error| Problem::field("/title", error.to_string()))
}
