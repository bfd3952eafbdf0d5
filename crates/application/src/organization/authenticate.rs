//! Find out who is calling.

use std::sync::Arc;

use parlor_domain::audit::Origin;

use crate::{
    caller::{Caller, Visitor},
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

    /// The caller behind the token. What its client has seen is for the edge to add.
    pub async fn execute(
        &self,
        token: &BearerToken,
        origin: Origin,
    ) -> Result<Caller, AuthenticateError> {
        let visitor = self.identify(token, origin).await?;
        self.meet(visitor).await
    }

    /// Whose token it is, for use cases that look the user up together with what it asks for.
    pub async fn identify(
        &self,
        token: &BearerToken,
        origin: Origin,
    ) -> Result<Visitor, AuthenticateError> {
        let identity = self.authenticator.authenticate(token).await?;
        Ok(Visitor {
            identity: identity.ok_or(AuthenticateError::InvalidToken)?,
            origin,
            seen: None,
        })
    }

    /// The caller that a visitor is, if its user is active.
    pub async fn meet(&self, visitor: Visitor) -> Result<Caller, AuthenticateError> {
        let member = self.directory.find_member(visitor.identity).await?;
        let member = member.ok_or(AuthenticateError::InvalidToken)?;
        Ok(visitor.met(member))
    }
}
