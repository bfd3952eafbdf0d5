//! The two forms in which a prompt and a regeneration are answered: one document once the answer is whole, or events as it
//! comes. In both, the answer itself is written on the service's own account, whether or not the client stays.

mod document;
mod event;
mod stream;

use std::time::Duration;

use axum::response::Response;
use parlor_application::{
    caller::Caller,
    messages::{Prompted, WriteError},
    ports::MessageView,
    user_limit::{LimitReached, Permit},
};
use parlor_domain::message::{AnswerFailure, AnswerStatus};

pub(crate) use event::AnswerEvent;

use crate::{
    api::Api,
    dto::PromptedDto,
    extract::AnswerForm,
    problem::{Code, Problem},
};

/// What is taken before an answer begins, so that a refusal leaves nothing behind.
pub(crate) struct Admission {
    form: AnswerForm,
    permit: Permit,
}

impl Admission {
    /// Counts one more open stream of the caller, in both forms: a prompt that waits for its whole answer is open as long.
    pub fn of(api: &Api, caller: &Caller, form: AnswerForm) -> Result<Self, Problem> {
        let permit = open_stream(api, caller)?;
        Ok(Self { form, permit })
    }

    /// Answers in the form that the caller wants.
    pub async fn respond(
        self,
        api: &Api,
        prompted: Result<Prompted, WriteError>,
        refused: impl FnOnce(WriteError) -> Problem,
    ) -> Result<Response, Problem> {
        let prompted = prompted.map_err(refused)?;
        match self.form {
            AnswerForm::Stream => Ok(stream::respond(api, prompted, self.permit)),
            AnswerForm::Json => {
                let _open = self.permit;
                document::respond(prompted).await
            }
        }
    }
}

/// Counts one more open stream of the caller.
pub(crate) fn open_stream(api: &Api, caller: &Caller) -> Result<Permit, Problem> {
    const SOON: Duration = Duration::from_secs(5);
    let permit = api.application.streams.enter(caller.user_id());
    permit.map_err(|reached| {
        let problem = match reached {
            LimitReached::User { limit } => {
                let detail = format!("You can have {limit} prompts and streams open at once");
                Problem::new(Code::TooManyStreams, detail)
            }
            LimitReached::Process => Problem::new(
                Code::TooManyConnections,
                "The service has as many streams open as it can carry; trying again later may help",
            ),
        };
        problem.retry_after(SOON)
    })
}

/// What a failed answer is answered with; the prompt and what was written of the answer are stored and told.
fn failure(prompt: MessageView, answer: MessageView) -> Problem {
    const SOON: Duration = Duration::from_secs(10);
    let failure = match answer.message.status() {
        AnswerStatus::Failed(failure) => failure,
        // Asked of an answer that lost its writer: it is marked so in a moment.
        AnswerStatus::Writing
        | AnswerStatus::Complete
        | AnswerStatus::Incomplete(_)
        | AnswerStatus::Stopped => AnswerFailure::Interrupted,
    };
    let is_kept = !answer.message.content.as_str().is_empty();
    let (code, detail) = match failure {
        AnswerFailure::NotConfigured => (
            Code::ModelNotConfigured,
            "The provider does not accept the configured key, address or model; an administrator has to correct it",
        ),
        AnswerFailure::RateLimited => (
            Code::ModelRateLimited,
            "The provider's rate limit or quota is used up; regenerate the answer later, or with another model",
        ),
        AnswerFailure::ContextTooLong => (
            Code::ContextTooLong,
            "Start a new branch or conversation, or choose a model with a longer context",
        ),
        AnswerFailure::ContentFilter => (
            Code::ContentFiltered,
            "Rephrase the prompt, or choose another model",
        ),
        AnswerFailure::Unavailable => (
            Code::ModelUnavailable,
            "Regenerate the answer in a moment, or with another model",
        ),
        AnswerFailure::Timeout => (
            Code::ModelTimedOut,
            if is_kept {
                "What the model wrote is stored; regenerate the answer, or choose another model"
            } else {
                "Regenerate the answer, or choose another model"
            },
        ),
        AnswerFailure::Interrupted => (
            Code::AnswerInterrupted,
            if is_kept {
                "What the model wrote is stored; regenerate the answer"
            } else {
                "Regenerate the answer"
            },
        ),
        AnswerFailure::EmptyAnswer => (
            Code::EmptyAnswer,
            "Regenerate the answer, or choose another model",
        ),
        AnswerFailure::ModelError => (
            Code::ModelFailed,
            if is_kept {
                "What the model wrote is stored; regenerate the answer, or choose another model"
            } else {
                "Regenerate the answer, or choose another model"
            },
        ),
    };
    let problem = Problem::new(code, detail).with_messages(PromptedDto::new(prompt, answer));
    match failure {
        AnswerFailure::RateLimited | AnswerFailure::Interrupted => problem.retry_after(SOON),
        _ => problem,
    }
}
