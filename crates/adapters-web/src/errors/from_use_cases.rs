//! What the errors become that every page can meet. What only one page meets, that page says.

use parlor_application::{
    access_gate::AccessError, conversations::CreateConversationError,
    idempotency::IdempotencyError, organization::AuthenticateError, ports::StoreError,
};
use parlor_domain::conversation::PrivateConversationsDisabled;

use super::PageError;

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
            AccessError::Forbidden(_) => Self::Forbidden,
            AccessError::Store(error) => error.into(),
        }
    }
}

impl From<PrivateConversationsDisabled> for PageError {
    fn from(_: PrivateConversationsDisabled) -> Self {
        Self::PrivateDisabled
    }
}

impl From<IdempotencyError> for PageError {
    fn from(error: IdempotencyError) -> Self {
        match error {
            IdempotencyError::KeyReused => Self::Conflict,
            IdempotencyError::Store(error) => error.into(),
        }
    }
}

impl From<CreateConversationError> for PageError {
    fn from(error: CreateConversationError) -> Self {
        match error {
            CreateConversationError::Access(error) => error.into(),
            CreateConversationError::PrivateConversationsDisabled(error) => error.into(),
            CreateConversationError::Idempotency(error) => error.into(),
            CreateConversationError::Store(error) => error.into(),
        }
    }
}
