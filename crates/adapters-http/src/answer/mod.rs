//! The two forms in which a prompt and a regeneration are answered: one document once the answer is whole, or events as it
//! comes. In both, the answer itself is written on the service's own account, whether or not the client stays.

mod document;
mod event;
mod failure;
mod stream;

use std::time::Duration;

use axum::response::Response;
use parlor_application::{
    caller::Caller,
    messages::{Prompted, WriteError},
    user_limit::{LimitReached, Permit},
};

pub(crate) use event::AnswerEvent;
use failure::failure;

use crate::{
    api::Api,
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
                document::respond(api, prompted).await
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
