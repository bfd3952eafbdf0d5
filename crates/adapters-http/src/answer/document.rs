//! The answer as one document.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use parlor_application::{answering::AnswerUpdate, messages::Prompted};

use super::failure;
use crate::{api::Api, dto::PromptedDto, problem::Problem, respond::Created};

/// Waits until the answer has ended.
pub(super) async fn respond(api: &Api, prompted: Prompted) -> Result<Response, Problem> {
    let prompt = prompted.prompt;
    match prompted.updates.last().await? {
        AnswerUpdate::Completed(answer) => {
            let message = &answer.message;
            let location = format!(
                "/api/v1/conversations/{}/messages?leaf={}",
                message.conversation_id, message.id
            );
            let body = Json(PromptedDto::new(prompt, answer));
            Ok(Created { location, body }.into_response())
        }
        AnswerUpdate::Failed(answer) => {
            let models = api.application.list_models.execute();
            Err(failure(prompt, answer, &models))
        }
        AnswerUpdate::AccessRevoked | AnswerUpdate::Delta(_) | AnswerUpdate::Rewritten(_) => {
            Err(Problem::not_found())
        }
    }
}
