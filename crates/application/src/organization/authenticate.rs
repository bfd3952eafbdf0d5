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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        kit::*,
        ports::{Identity, MockAuthenticator},
    };

    /// Takes the token `good` for this user's.
    fn authenticator(identity: Identity) -> Arc<dyn Authenticator> {
        let mut authenticator = MockAuthenticator::new();
        authenticator
            .expect_authenticate()
            .returning(move |token| Ok((token.expose() == "good").then_some(identity)));
        Arc::new(authenticator)
    }

    async fn authenticate(
        stage: &Stage,
        identity: Identity,
        token: &str,
    ) -> Result<Caller, AuthenticateError> {
        Authenticate::new(authenticator(identity), stage.directory())
            .execute(&BearerToken::new(token.to_owned()), alice().origin)
            .await
    }

    #[tokio::test]
    async fn a_good_token_is_its_user_with_its_rights_as_they_are_now() {
        let stage = Stage::empty();
        stage.change(|stored| {
            let member = without_run_ai(alice()).member;
            stored.members.insert(alice().user_id(), member);
        });
        let caller = authenticate(&stage, alice().identity(), "good").await;
        assert_eq!(caller.unwrap(), without_run_ai(alice()));
    }

    #[tokio::test]
    async fn a_token_that_is_not_good_is_looked_up_nowhere() {
        let stage = Stage::empty();
        let outcome = authenticate(&stage, alice().identity(), "bad").await;
        assert!(matches!(outcome, Err(AuthenticateError::InvalidToken)));
        assert_eq!(stage.trace(), "");
    }

    #[tokio::test]
    async fn a_stopped_user_or_one_of_another_organization_is_answered_like_a_bad_token() {
        let of_another = Identity {
            organization_id: GLOBEX,
            ..alice().identity()
        };
        for identity in [bob().identity(), of_another] {
            let stage = Stage::empty().without(&bob());
            let outcome = authenticate(&stage, identity, "good").await;
            assert!(matches!(outcome, Err(AuthenticateError::InvalidToken)));
        }
    }

    #[tokio::test]
    async fn a_failure_is_no_bad_token() {
        let stage = Stage::empty();
        stage.send_away("find_member");
        let outcome = authenticate(&stage, alice().identity(), "good").await;
        assert!(matches!(outcome, Err(AuthenticateError::Store(_))));

        let mut away = MockAuthenticator::new();
        away.expect_authenticate()
            .returning(|_| Err(AuthenticationUnavailable("away".into())));
        let outcome = Authenticate::new(Arc::new(away), stage.directory())
            .execute(&BearerToken::new("good".to_owned()), alice().origin)
            .await;
        assert!(matches!(outcome, Err(AuthenticateError::Unavailable(_))));
    }
}
