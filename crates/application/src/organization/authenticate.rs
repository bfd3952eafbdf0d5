//! Find out who is calling.

use std::sync::Arc;

use parlor_domain::audit::Origin;

use crate::{
    caller::Caller,
    ports::{AuthenticationUnavailable, Authenticator, BearerToken, Directory, StoreError},
};

/// Turns a token into the caller, with its rights as they are now.
pub struct Authenticate {
    authenticator: Arc<dyn Authenticator>,
    directory: Arc<dyn Directory>,
}

/// Why nobody is known to call.
#[derive(Debug, thiserror::Error)]
pub enum AuthenticateError {
    /// The token is not good, or its user is stopped.
    #[error("the token is not good")]
    InvalidToken,
    /// Tokens cannot be checked now.
    #[error(transparent)]
    Unavailable(#[from] AuthenticationUnavailable),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Authenticate {
    /// The use case on these ports.
    pub const fn new(authenticator: Arc<dyn Authenticator>, directory: Arc<dyn Directory>) -> Self {
        Self {
            authenticator,
            directory,
        }
    }

    /// The caller behind the token.
    pub async fn execute(
        &self,
        token: &BearerToken,
        origin: Origin,
    ) -> Result<Caller, AuthenticateError> {
        let identity = self
            .authenticator
            .authenticate(token)
            .await?
            .ok_or(AuthenticateError::InvalidToken)?;
        let member = self
            .directory
            .find_member(identity)
            .await?
            .ok_or(AuthenticateError::InvalidToken)?;
        Ok(Caller { member, origin })
    }
}
