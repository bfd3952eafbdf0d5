//! What can go wrong with a conversation and is told where it went wrong, with nothing that was typed lost.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use i18n_embed_fl::fl;
use parlor_application::{
    access_gate::AccessError,
    conversations::{EditError, ForkError, SaveSharingError},
    idempotency::IdempotencyError,
    messages::WriteError,
};
use parlor_domain::{
    message_tree::{CannotAppend, MessageTree},
    text::{InvalidPrompt, InvalidTitle, Title},
};

use crate::{errors::PageError, i18n::Texts};

/// What is told, in the reader's language.
pub(crate) struct Trouble {
    pub status: StatusCode,
    pub title: String,
    pub text: String,
    retry_after: Option<Duration>,
}

impl Trouble {
    fn new(status: StatusCode, (title, text): (String, String)) -> Self {
        Self {
            status,
            title,
            text,
            retry_after: None,
        }
    }

    /// The headers of the answer.
    pub fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if let Some(after) = self.retry_after {
            let seconds = after.as_millis().div_ceil(1000).max(1);
            if let Ok(seconds) = HeaderValue::try_from(seconds.to_string()) {
                headers.insert(header::RETRY_AFTER, seconds);
            }
        }
        headers
    }

    /// Somebody changed the conversation since the page was made.
    pub fn stale(t: Texts) -> Self {
        let words = (
            fl!(t, "conversation-stale-title"),
            fl!(t, "conversation-stale-text"),
        );
        Self::new(StatusCode::PRECONDITION_FAILED, words)
    }

    /// The form was sent before, with other content.
    fn sent_before(t: Texts) -> Self {
        let words = (
            fl!(t, "conversation-not-sent"),
            fl!(t, "conversation-sent-before"),
        );
        Self::new(StatusCode::CONFLICT, words)
    }

    fn private_disabled(t: Texts) -> Self {
        let words = (
            fl!(t, "conversation-private-disabled-title"),
            fl!(t, "conversation-private-disabled-text"),
        );
        Self::new(StatusCode::CONFLICT, words)
    }

    /// The text is no title.
    pub fn title(t: Texts, error: InvalidTitle) -> Self {
        let text = match error {
            InvalidTitle::Empty => fl!(t, "conversation-title-empty"),
            InvalidTitle::TooLong => {
                fl!(
                    t,
                    "conversation-title-too-long",
                    limit = Title::MAX_CHARACTERS
                )
            }
            InvalidTitle::ControlCharacter => fl!(t, "conversation-title-control"),
        };
        let words = (fl!(t, "conversation-not-renamed"), text);
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, words)
    }

    /// The text is no prompt.
    pub fn prompt(t: Texts, error: InvalidPrompt) -> Self {
        let text = match error {
            InvalidPrompt::Empty => fl!(t, "conversation-prompt-empty"),
            InvalidPrompt::TooLong { limit } => {
                fl!(
                    t,
                    "conversation-prompt-too-long",
                    limit = t.number(limit as u64)
                )
            }
            InvalidPrompt::Nul => fl!(t, "conversation-prompt-nul"),
        };
        let words = (fl!(t, "conversation-not-sent"), text);
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, words)
    }

    /// Why no answer began, unless that is a page of its own.
    pub fn write(t: Texts, error: WriteError) -> Result<Self, PageError> {
        use StatusCode as S;
        let not_sent = || fl!(t, "conversation-not-sent");
        Ok(match error {
            WriteError::Access(error) => return access(t, error),
            WriteError::UnknownMessage => return Err(PageError::NotFound),
            WriteError::NotAnAnswer => return Err(PageError::InvalidForm),
            WriteError::UnknownModel => {
                let text = fl!(t, "conversation-unknown-model");
                Self::new(S::UNPROCESSABLE_ENTITY, (not_sent(), text))
            }
            WriteError::PrivateConversationsDisabled(_) => {
                let text = fl!(t, "conversation-start-not-private");
                Self::new(S::CONFLICT, (not_sent(), text))
            }
            WriteError::Idempotency(IdempotencyError::KeyReused) => Self::sent_before(t),
            WriteError::Idempotency(IdempotencyError::Store(error)) => return Err(error.into()),
            WriteError::CannotAppend(CannotAppend::StillWriting) | WriteError::StillRunning(_) => {
                let text = fl!(t, "conversation-still-writing");
                Self::new(S::CONFLICT, (not_sent(), text))
            }
            WriteError::CannotAppend(CannotAppend::TooManyMessages) => {
                let limit = t.number(MessageTree::MAX_MESSAGES);
                let text = fl!(t, "conversation-full", limit = limit);
                Self::new(S::CONFLICT, (not_sent(), text))
            }
            WriteError::TooManyPrompts {
                per_minute,
                retry_after,
            } => {
                let seconds = retry_after.as_millis().div_ceil(1000).max(1);
                let text = fl!(
                    t,
                    "conversation-too-many-prompts",
                    limit = per_minute.get(),
                    seconds = u64::try_from(seconds).unwrap_or(u64::MAX)
                );
                let mut trouble = Self::new(S::TOO_MANY_REQUESTS, (not_sent(), text));
                trouble.retry_after = Some(retry_after);
                trouble
            }
            WriteError::ShuttingDown => {
                let text = fl!(t, "conversation-shutting-down");
                Self::new(S::SERVICE_UNAVAILABLE, (not_sent(), text))
            }
            WriteError::Store(error) => Self::page(t, &error.into()),
        })
    }

    /// Why nothing was changed, unless that is a page of its own.
    pub fn edit(t: Texts, error: EditError) -> Result<Self, PageError> {
        Ok(match error {
            EditError::Access(error) => return access(t, error),
            EditError::VersionMismatch(_) => Self::stale(t),
            EditError::PrivateConversationsDisabled(_) => Self::private_disabled(t),
            EditError::Store(error) => Self::page(t, &error.into()),
        })
    }

    /// Why the removed grants were not given back, unless that is a page of its own.
    pub fn sharing(t: Texts, error: SaveSharingError) -> Result<Self, PageError> {
        match error {
            SaveSharingError::Edit(error) => Self::edit(t, error),
            SaveSharingError::VersionRequired => Err(PageError::InvalidForm),
            SaveSharingError::UnknownGroups(_) => {
                let words = (
                    fl!(t, "conversation-undo-failed-title"),
                    fl!(t, "conversation-undo-failed-text"),
                );
                Ok(Self::new(StatusCode::CONFLICT, words))
            }
        }
    }

    /// Why nothing was copied, unless that is a page of its own.
    pub fn fork(t: Texts, error: ForkError) -> Result<Self, PageError> {
        Ok(match error {
            ForkError::Access(error) => return access(t, error),
            ForkError::TooMany(full) => {
                let seconds = full.retry_after.as_millis().div_ceil(1000).max(1);
                let text = fl!(
                    t,
                    "conversation-too-many-forks",
                    seconds = u64::try_from(seconds).unwrap_or(u64::MAX)
                );
                let title = fl!(t, "conversation-not-forked");
                let mut trouble = Self::new(StatusCode::TOO_MANY_REQUESTS, (title, text));
                trouble.retry_after = Some(full.retry_after);
                trouble
            }
            ForkError::UnknownLeaf => return Err(PageError::NotFound),
            ForkError::PrivateConversationsDisabled(_) => {
                let text = fl!(t, "conversation-fork-disabled");
                let title = fl!(t, "conversation-private-disabled-title");
                Self::new(StatusCode::CONFLICT, (title, text))
            }
            ForkError::Idempotency(IdempotencyError::KeyReused) => {
                let text = fl!(t, "conversation-forked-before");
                let title = fl!(t, "conversation-not-forked");
                Self::new(StatusCode::CONFLICT, (title, text))
            }
            ForkError::Idempotency(IdempotencyError::Store(error)) | ForkError::Store(error) => {
                Self::page(t, &error.into())
            }
        })
    }

    /// What would be a page of its own, told in place.
    fn page(t: Texts, error: &PageError) -> Self {
        Self::new(error.status(), error.words(t))
    }
}

/// Who may still see it is told in place; who may not gets the page that all get who may not.
fn access(t: Texts, error: AccessError) -> Result<Trouble, PageError> {
    match PageError::from(error) {
        error @ (PageError::Forbidden | PageError::NoPermission(_)) => Ok(Trouble::page(t, &error)),
        error => Err(error),
    }
}

impl From<Trouble> for PageError {
    /// For scripts, which put it where it belongs, and where no conversation is shown around it.
    fn from(trouble: Trouble) -> Self {
        Self::Special {
            status: trouble.status,
            title: trouble.title,
            text: trouble.text,
            retry_after: trouble.retry_after,
        }
    }
}
