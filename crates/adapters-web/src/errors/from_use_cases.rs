//! What the errors become that every page can meet. What only one page meets, that page says.

use std::time::Duration;

use parlor_application::{
    access_gate::{AccessError, Forbidden},
    conversations::ExportError,
    organization::AuthenticateError,
    ports::StoreError,
    user_limit::LimitReached,
};

use super::PageError;

/// When to try again what a user has too much of under way.
const SOON: Duration = Duration::from_secs(5);

impl From<StoreError> for PageError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::Conflict,
            StoreError::Unavailable(_) => Self::away(&error),
            StoreError::Corrupt { .. } | StoreError::Other(_) => Self::failed(&error),
        }
    }
}

impl From<AuthenticateError> for PageError {
    fn from(error: AuthenticateError) -> Self {
        match error {
            AuthenticateError::InvalidToken => Self::SignIn { next: None },
            AuthenticateError::Unavailable(error) => Self::away(&error),
            AuthenticateError::Store(error) => error.into(),
        }
    }
}

impl From<AccessError> for PageError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Unauthenticated => Self::SignIn { next: None },
            AccessError::NotFound => Self::NotFound,
            AccessError::Forbidden(Forbidden::Action(_)) => Self::Forbidden,
            AccessError::Forbidden(Forbidden::Permission(needed)) => Self::NoPermission(needed),
            AccessError::Store(error) => error.into(),
        }
    }
}

impl From<LimitReached> for PageError {
    fn from(reached: LimitReached) -> Self {
        match reached {
            LimitReached::User { .. } => Self::TooMany { retry_after: SOON },
            LimitReached::Process => Self::Unavailable,
        }
    }
}

impl From<ExportError> for PageError {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Access(error) => error.into(),
            ExportError::TooMany(reached) => reached.into(),
        }
    }
}
