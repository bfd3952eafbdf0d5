//! Prompt a model.

use axum::{extract::State, response::Response};
use parlor_application::messages::{PromptRequest, WriteError};
use parlor_domain::{ids::MessageId, message_tree::Place, text::Content};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    answer::{Admission, AnswerEvent},
    api::Api,
    dto::PromptedDto,
    extract::{
        AnswerForm, Authenticated, ConversationPath, IdempotencyKeyHeader, JsonBody, NoQuery,
    },
    openapi::problems,
    problem::Problem,
    wire::{Text, present},
};

/// A prompt.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPrompt)]
pub(crate) struct NewPromptDto {
    /// What to ask.
    #[schema(min_length = 1)]
    content: String,
    /// What it follows: absent, the newest leaf; null, nothing (a new first message); any other message, as a branch from it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Uuid>)]
    #[expect(
        clippy::option_option,
        reason = "absent, null and a value are three different wishes"
    )]
    parent_id: Option<Option<Text<MessageId>>>,
    /// The id of the model to ask; absent or null, that of the newest answer before the prompt, or the default.
    model: Option<String>,
}

/// Send a prompt, and follow the answer to it.
///
/// The answer is written on the service's own account: a client that goes away loses nothing.
#[utoipa::path(
    post,
    path = "/conversations/{id}/messages",
    operation_id = "prompt",
    tag = "messages",
    params(ConversationPath, IdempotencyKeyHeader),
    request_body = NewPromptDto,
    responses(
        (status = 201, description = "The prompt and the whole answer", body = PromptedDto),
        (
            status = 200,
            description = "The same as Server-Sent Events, as they come",
            content((AnswerEvent = "text/event-stream"))
        ),
        problems::Caller,
        problems::Conversation,
        problems::Body,
        problems::Conflict,
        problems::Model
    ),
    extensions(("x-permission" = json!("collaborate access and run_ai")))
)]
pub(crate) async fn prompt(
    State(api): State<Api>,
    Authenticated(caller): Authenticated,
    ConversationPath(conversation_id): ConversationPath,
    _: NoQuery,
    form: AnswerForm,
    key: IdempotencyKeyHeader,
    body: JsonBody<NewPromptDto>,
) -> Result<Response, Problem> {
    let idempotency_key = key.with(body.fingerprint);
    let body = body.value;
    let limit = api.options.limits.message_characters;
    let content = Content::parse_prompt(body.content, limit)
        .map_err(|error| Problem::field("/content", error.to_string()))?;
    let place = match body.parent_id {
        None => Place::NewestLeaf,
        Some(None) => Place::First,
        Some(Some(Text(id))) => Place::After(id),
    };
    let request = PromptRequest {
        conversation_id,
        content,
        place,
        model: body.model,
        idempotency_key,
    };
    let admission = Admission::of(&api, &caller, form)?;
    let prompted = api
        .application
        .prompt_conversation
        .execute(caller, request)
        .await;
    admission
        .respond(&api, prompted, |error| match (error, place) {
            (WriteError::UnknownMessage, Place::After(_)) => {
                Problem::field("/parent_id", "there is no such message in the conversation")
            }
            (error, _) => error.into(),
        })
        .await
}
