//! Why an answer failed, and what helps.

use std::time::Duration;

use parlor_application::ports::{MessageView, Model};
use parlor_domain::message::{AnswerFailure, AnswerStatus};

use crate::{
    dto::PromptedDto,
    problem::{Code, Problem},
};

/// What a failed answer is answered with; the prompt and what was written of the answer are stored and told.
pub(super) fn failure(prompt: MessageView, answer: MessageView, models: &[Model]) -> Problem {
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
    let used = answer.message.model();
    let has_others = models.iter().any(|model| Some(model.id.as_str()) != used);
    let detail = advice(failure, is_kept, has_others);
    let problem =
        Problem::new(code(failure), detail).with_messages(PromptedDto::new(prompt, answer));
    match failure {
        AnswerFailure::RateLimited | AnswerFailure::Interrupted => problem.retry_after(SOON),
        _ => problem,
    }
}

const fn code(failure: AnswerFailure) -> Code {
    match failure {
        AnswerFailure::NotConfigured => Code::ModelNotConfigured,
        AnswerFailure::RateLimited => Code::ModelRateLimited,
        AnswerFailure::ContextTooLong => Code::ContextTooLong,
        AnswerFailure::ContentFilter => Code::ContentFiltered,
        AnswerFailure::Unavailable => Code::ModelUnavailable,
        AnswerFailure::Timeout => Code::ModelTimedOut,
        AnswerFailure::Interrupted => Code::AnswerInterrupted,
        AnswerFailure::EmptyAnswer => Code::EmptyAnswer,
        AnswerFailure::ModelError => Code::ModelFailed,
    }
}

/// What helps. Another model is offered only where there is one.
const fn advice(failure: AnswerFailure, is_kept: bool, has_others: bool) -> &'static str {
    match (failure, has_others) {
        (AnswerFailure::NotConfigured, false) => {
            "The provider does not accept the configured key, address or model; an administrator has to correct it"
        }
        (AnswerFailure::NotConfigured, true) => {
            "The provider does not accept the configured key, address or model; an administrator has to correct it, \
             or choose another model"
        }
        (AnswerFailure::RateLimited, false) => {
            "The provider's rate limit or quota is used up; regenerate the answer later"
        }
        (AnswerFailure::RateLimited, true) => {
            "The provider's rate limit or quota is used up; regenerate the answer later, or with another model"
        }
        (AnswerFailure::ContextTooLong, false) => "Start a new branch or conversation",
        (AnswerFailure::ContextTooLong, true) => {
            "Start a new branch or conversation, or choose another model with a longer context"
        }
        (AnswerFailure::ContentFilter, false) => "Rephrase the prompt",
        (AnswerFailure::ContentFilter, true) => "Rephrase the prompt, or choose another model",
        (AnswerFailure::Unavailable, false) => "Regenerate the answer in a moment",
        (AnswerFailure::Unavailable, true) => {
            "Regenerate the answer in a moment, or with another model"
        }
        (AnswerFailure::Interrupted, _)
        | (AnswerFailure::Timeout | AnswerFailure::ModelError, false)
            if is_kept =>
        {
            "What the model wrote is stored; regenerate the answer"
        }
        (AnswerFailure::Timeout | AnswerFailure::ModelError, true) if is_kept => {
            "What the model wrote is stored; regenerate the answer, or choose another model"
        }
        (AnswerFailure::Interrupted, _)
        | (
            AnswerFailure::Timeout | AnswerFailure::ModelError | AnswerFailure::EmptyAnswer,
            false,
        ) => "Regenerate the answer",
        (AnswerFailure::Timeout | AnswerFailure::ModelError | AnswerFailure::EmptyAnswer, true) => {
            "Regenerate the answer, or choose another model"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_model_is_offered_only_where_there_is_one() {
        let mut offers = 0;
        for failure in AnswerFailure::ALL {
            for is_kept in [false, true] {
                let alone = advice(failure, is_kept, false);
                assert!(!alone.contains("another"), "{alone}");
                assert!(!alone.contains("longer context"), "{alone}");
                let among_others = advice(failure, is_kept, true);
                assert!(among_others.starts_with(alone), "{among_others}");
                offers += usize::from(among_others.contains("another model"));
            }
        }
        // All but an answer that broke off, which has nothing to do with its model.
        assert_eq!(offers, 2 * (AnswerFailure::ALL.len() - 1));
    }
}
