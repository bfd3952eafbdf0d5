//! Ask for another answer beside one that is there.

use axum::{extract::State, response::Response};
use parlor_application::messages::RegenerateRequest;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    answer::{Admission, AnswerEvent},
    api::Api,
    dto::PromptedDto,
    extract::{
        AnswerForm, Authenticated, IdempotencyKeyHeader, MessagePath, NoQuery, OptionalJsonBody,
    },
    openapi::problems,
    problem::Problem,
};

/// How to ask again.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewAnswer)]
pub(crate) struct NewAnswerDto {
    /// The id of the model to ask; absent or null, the model of the answer.
    model: Option<String>,
}

/// Ask for another answer beside this one, which stays.
#[utoipa::path(
    post,
    path = "/conversations/{id}/messages/{mid}/regenerate",
    operation_id = "regenerate",
    tag = "messages",
    params(MessagePath, IdempotencyKeyHeader),
    request_body = Option<NewAnswerDto>,
    responses(
        (
            status = 201,
            description = "The prompt that is answered again, and the whole new answer",
            body = PromptedDto
        ),
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
pub(crate) async fn regenerate(
    State(api): State<Api>,
    Authenticated(caller): Authenticated,
    MessagePath(conversation_id, message_id): MessagePath,
    _: NoQuery,
    form: AnswerForm,
    key: IdempotencyKeyHeader,
    body: OptionalJsonBody<NewAnswerDto>,
) -> Result<Response, Problem> {
    let request = RegenerateRequest {
        conversation_id,
        message_id,
        model: body.value.model,
        idempotency_key: key.with(body.fingerprint),
    };
    let admission = Admission::of(&api, &caller, form)?;
    let prompted = api
        .application
        .regenerate_answer
        .execute(caller, request)
        .await;
    admission.respond(&api, prompted, Problem::from).await
}
