//! What each error of a use case becomes. Failures of ours are logged here, once, inside the request's span.

use std::{error::Error, time::Duration};

use parlor_application::{
    access_gate::{AccessError, Forbidden},
    conversations::{
        CreateConversationError, EditError, ExportError, ForkError, SaveSharingError, SearchError,
        TooManySearches, TransferError,
    },
    idempotency::IdempotencyError,
    messages::WriteError,
    organization::AuthenticateError,
    ports::{AuthenticationUnavailable, StoreError},
    user_limit::LimitReached,
    version_condition::VersionMismatch,
};
use parlor_domain::{
    access::Action, conversation::PrivateConversationsDisabled, message_tree::CannotAppend,
};

use super::{Code, Problem};

/// When to try again what a user has too much of under way.
const SOON: Duration = Duration::from_secs(5);

impl Problem {
    /// A failure of ours that nobody can mend by asking otherwise.
    pub fn internal(error: &(dyn Error + 'static)) -> Self {
        tracing::error!(error, "a request failed");
        Self::new(
            Code::Internal,
            "The request failed for a reason that is ours; it is logged under the request's id",
        )
    }

    fn unavailable(error: &(dyn Error + 'static)) -> Self {
        tracing::error!(error, "a request failed because something is away");
        Self::new(
            Code::Unavailable,
            "Something that this needs is away; trying again later may help",
        )
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::new(
                Code::Conflict,
                "Somebody else changed the same thing at the same time; trying again may help",
            ),
            StoreError::Unavailable(_) => Self::unavailable(&error),
            StoreError::Corrupt { .. } | StoreError::Other(_) => Self::internal(&error),
        }
    }
}

impl From<AuthenticationUnavailable> for Problem {
    fn from(error: AuthenticationUnavailable) -> Self {
        Self::unavailable(&error)
    }
}

impl From<AuthenticateError> for Problem {
    fn from(error: AuthenticateError) -> Self {
        match error {
            AuthenticateError::InvalidToken => Self::unauthenticated(),
            AuthenticateError::Unavailable(error) => error.into(),
            AuthenticateError::Store(error) => error.into(),
        }
    }
}

impl From<AccessError> for Problem {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Unauthenticated => Self::unauthenticated(),
            AccessError::NotFound => Self::not_found(),
            AccessError::Forbidden(needed) => needed.into(),
            AccessError::Store(error) => error.into(),
        }
    }
}

impl From<Forbidden> for Problem {
    fn from(needed: Forbidden) -> Self {
        let needed = match needed {
            Forbidden::Action(action) => needed_for(action),
            Forbidden::Permission(permissions) => permissions
                .iter()
                .map(|permission| format!("`{permission}`"))
                .collect::<Vec<_>>()
                .join(" or "),
        };
        Self::new(Code::Forbidden, format!("This needs {needed}"))
    }
}

fn needed_for(action: Action) -> String {
    let level = action.needed_level();
    if action.needs_run_ai() {
        format!("{level} access and `run_ai`")
    } else {
        format!("{level} access")
    }
}

impl From<PrivateConversationsDisabled> for Problem {
    fn from(_: PrivateConversationsDisabled) -> Self {
        Self::new(
            Code::PrivateConversationsDisabled,
            "The organization has switched private conversations off",
        )
    }
}

impl From<VersionMismatch> for Problem {
    fn from(_: VersionMismatch) -> Self {
        Self::new(
            Code::VersionMismatch,
            "The conversation was changed since the version in `If-Match`; nothing was done",
        )
    }
}

impl From<IdempotencyError> for Problem {
    fn from(error: IdempotencyError) -> Self {
        match error {
            IdempotencyError::KeyReused => Self::new(
                Code::IdempotencyKeyReused,
                "This idempotency key was used for another request within the last 24 hours",
            ),
            IdempotencyError::Store(error) => error.into(),
        }
    }
}

impl From<EditError> for Problem {
    fn from(error: EditError) -> Self {
        match error {
            EditError::Access(error) => error.into(),
            EditError::VersionMismatch(error) => error.into(),
            EditError::PrivateConversationsDisabled(error) => error.into(),
            EditError::Store(error) => error.into(),
        }
    }
}

impl From<CreateConversationError> for Problem {
    fn from(error: CreateConversationError) -> Self {
        match error {
            CreateConversationError::Access(error) => error.into(),
            CreateConversationError::PrivateConversationsDisabled(error) => error.into(),
            CreateConversationError::Idempotency(error) => error.into(),
            CreateConversationError::Store(error) => error.into(),
        }
    }
}

impl From<ForkError> for Problem {
    fn from(error: ForkError) -> Self {
        match error {
            ForkError::Access(error) => error.into(),
            ForkError::TooMany(full) => Self::new(
                Code::TooManyForks,
                "Your earlier forks are not finished; wait for them, then try again",
            )
            .retry_after(full.retry_after),
            ForkError::UnknownLeaf => {
                Self::field("/leaf", "there is no such message in the conversation")
            }
            ForkError::PrivateConversationsDisabled(error) => error.into(),
            ForkError::Idempotency(error) => error.into(),
            ForkError::Store(error) => error.into(),
        }
    }
}

impl From<ExportError> for Problem {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Access(error) => error.into(),
            ExportError::TooMany(LimitReached::User { limit }) => Self::new(
                Code::TooManyExports,
                format!("You can run {limit} exports at once"),
            )
            .retry_after(SOON),
            ExportError::TooMany(LimitReached::Process) => Self::new(
                Code::ServiceBusy,
                "The service runs as many exports as it can at once; try again later",
            )
            .retry_after(SOON),
        }
    }
}

impl From<TransferError> for Problem {
    fn from(error: TransferError) -> Self {
        match error {
            TransferError::Edit(error) => error.into(),
            TransferError::UnknownUser => Self::field("/user_id", "there is no such active user"),
        }
    }
}

impl From<SaveSharingError> for Problem {
    fn from(error: SaveSharingError) -> Self {
        match error {
            SaveSharingError::Edit(error) => error.into(),
            SaveSharingError::VersionRequired => Self::new(
                Code::PreconditionRequired,
                "Saving grants needs `If-Match` with the version that they were read under",
            ),
            // The handler knows where in the body they stand, and says so.
            SaveSharingError::UnknownGroups(_) => Self::field("/groups", "unknown groups"),
        }
    }
}

impl From<WriteError> for Problem {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Access(error) => error.into(),
            WriteError::UnknownMessage => Self::not_found(),
            WriteError::NotAnAnswer => Self::new(
                Code::NotAnAnswer,
                "Only a model's answer can be asked for again or stopped",
            ),
            WriteError::UnknownModel => Self::field("/model", "there is no such model"),
            WriteError::PrivateConversationsDisabled(error) => error.into(),
            WriteError::CannotAppend(CannotAppend::StillWriting) => Self::new(
                Code::AnswerInProgress,
                "The answer to continue from is still being written; stop it, or wait for it",
            ),
            WriteError::CannotAppend(error @ CannotAppend::TooManyMessages) => {
                Self::new(Code::ConversationFull, error.to_string())
            }
            WriteError::Idempotency(error) => error.into(),
            WriteError::StillRunning(_) => Self::new(
                Code::IdempotencyKeyInUse,
                "The first request with this idempotency key is still being answered",
            ),
            WriteError::TooManyPrompts {
                per_minute,
                retry_after,
            } => Self::new(
                Code::RateLimited,
                format!("You may prompt {per_minute} times in a row, and so often in each minute after that"),
            )
            .retry_after(retry_after),
            WriteError::ShuttingDown => {
                Self::new(Code::ShuttingDown, "The service takes no new prompts now")
            }
            WriteError::Store(error) => error.into(),
        }
    }
}

impl From<SearchError> for Problem {
    fn from(error: SearchError) -> Self {
        let too_many = match error {
            SearchError::TooMany(too_many) => too_many,
            SearchError::Store(error) => return error.into(),
        };
        match too_many {
            TooManySearches::InAMinute {
                per_minute,
                retry_after,
            } => Self::new(
                Code::RateLimited,
                format!("You can search {per_minute} times in a row, and so often in each minute after that"),
            )
            .retry_after(retry_after),
            TooManySearches::AtOnce {
                at_once,
                retry_after,
            } => Self::new(
                Code::RateLimited,
                format!("You can run {at_once} searches at once"),
            )
            .retry_after(retry_after),
        }
    }
}
