//! Sign in with a browser.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use parlor_domain::audit::{ActionName, Actor, AuditEntry, Origin};

use super::{AuthenticateError, SessionSecret};
use crate::{
    access_gate::AccessGate,
    caller::Caller,
    ports::{Authenticator, BearerToken, Directory, Identity, SessionRecord},
};

/// How long after signing in a session ends, whatever was done with it meanwhile.
pub const SESSION_LIFETIME: TimeDelta = TimeDelta::hours(12);

/// Begins a session for whom a token belongs to.
///
/// Signing in is audited, and so is a token whose user is stopped or unknown. A token that nobody has tells of no organization,
/// so no organization's log can tell of it.
pub struct SignIn {
    gate: Arc<AccessGate>,
    authenticator: Arc<dyn Authenticator>,
    directory: Arc<dyn Directory>,
}

/// A session that has begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedInSession {
    /// What the browser shows from now on. It cannot be asked for again.
    pub secret: SessionSecret,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// Who is signed in.
    pub caller: Caller,
}

impl SignIn {
    /// The use case behind this gate.
    pub const fn new(
        gate: Arc<AccessGate>,
        authenticator: Arc<dyn Authenticator>,
        directory: Arc<dyn Directory>,
    ) -> Self {
        Self {
            gate,
            authenticator,
            directory,
        }
    }

    /// Begins a session.
    pub async fn execute(
        &self,
        token: &BearerToken,
        origin: Origin,
    ) -> Result<SignedInSession, AuthenticateError> {
        let now = self.gate.clock.now();
        let identity = self
            .authenticator
            .authenticate(token)
            .await?
            .ok_or(AuthenticateError::InvalidToken)?;
        let Some(member) = self.directory.find_member(identity).await? else {
            return Err(self.refuse(identity, origin, now).await);
        };
        let caller = Caller {
            member,
            origin,
            seen: None,
        };
        let secret = SessionSecret::generate(identity.organization_id);
        let expires_at = now + SESSION_LIFETIME;
        let session = SessionRecord {
            digest: secret.digest(),
            user_id: identity.user_id,
            created_at: now,
            expires_at,
        };
        let mut uow = self.gate.units.begin(identity.organization_id).await?;
        uow.sessions().insert(&session).await?;
        let entry = self.gate.entry(&caller, ActionName::SignIn, now);
        uow.commit(entry.into()).await?;
        Ok(SignedInSession {
            secret,
            expires_at,
            caller,
        })
    }

    /// Records that a good token's user may not sign in. The directory tells nothing of it but its id.
    async fn refuse(
        &self,
        identity: Identity,
        origin: Origin,
        now: DateTime<Utc>,
    ) -> AuthenticateError {
        let actor = Actor::User {
            id: identity.user_id,
            name: String::new(),
            email: String::new(),
            role_names: Vec::new(),
        };
        let entry = AuditEntry::new(
            self.gate.ids.audit_entry(),
            identity.organization_id,
            ActionName::SignInFailed,
            actor,
            origin,
            now,
        )
        .refused("The token's user is not an active user of the organization");
        match self.gate.recorder.record(&entry).await {
            Ok(()) => AuthenticateError::InvalidToken,
            Err(failed) => AuthenticateError::Store(failed),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        kit::*,
        organization::AuthenticateSession,
        ports::{AuthenticationUnavailable, MockAuthenticator},
    };

    /// Takes the token `good` for this user's.
    fn authenticator(identity: Identity) -> Arc<dyn Authenticator> {
        let mut authenticator = MockAuthenticator::new();
        authenticator
            .expect_authenticate()
            .returning(move |token| Ok((token.expose() == "good").then_some(identity)));
        Arc::new(authenticator)
    }

    async fn sign_in(
        stage: &Stage,
        identity: Identity,
        token: &str,
    ) -> Result<SignedInSession, AuthenticateError> {
        let token = BearerToken::new(token.to_owned());
        SignIn::new(stage.gate(), authenticator(identity), stage.directory())
            .execute(&token, alice().origin)
            .await
    }

    #[tokio::test]
    async fn a_good_token_begins_a_session_of_twelve_hours_that_finds_its_user() {
        let stage = Stage::empty();
        let signed_in = sign_in(&stage, alice().identity(), "good").await.unwrap();
        assert_eq!(signed_in.caller, alice());
        assert_eq!(signed_in.expires_at, now() + TimeDelta::hours(12));
        let found = AuthenticateSession::new(stage.sessions(), clock())
            .execute(&signed_in.secret, alice().origin)
            .await;
        assert_eq!(found.unwrap(), alice());
        let kept = SessionRecord {
            digest: signed_in.secret.digest(),
            user_id: alice().user_id(),
            created_at: now(),
            expires_at: signed_in.expires_at,
        };
        assert_eq!(stage.stored().sessions, [kept]);
    }

    #[tokio::test]
    async fn signing_in_is_audited_with_it_and_without_its_secret() {
        let stage = Stage::empty();
        sign_in(&stage, alice().identity(), "good").await.unwrap();
        let expected = json!({
            "action": "SIGN_IN",
            "result": "SUCCEEDED",
            "actor": "alice",
            "input": {},
            "access": null,
            "reasons": [],
            "privileged": false,
            "version": null,
            "errors": null,
        });
        assert_eq!(stage.committed(), [expected]);
        assert_eq!(stage.trace(), "find_member begin insert_session commit");
    }

    #[tokio::test]
    async fn each_sign_in_has_a_session_of_its_own() {
        let stage = Stage::empty();
        let one = sign_in(&stage, alice().identity(), "good").await.unwrap();
        let other = sign_in(&stage, alice().identity(), "good").await.unwrap();
        assert_ne!(one.secret, other.secret);
        assert_eq!(stage.stored().sessions.len(), 2);
    }

    #[tokio::test]
    async fn a_good_token_of_a_stopped_user_begins_nothing_and_is_audited() {
        let stage = Stage::empty().without(&bob());
        let outcome = sign_in(&stage, bob().identity(), "good").await;
        assert!(matches!(outcome, Err(AuthenticateError::InvalidToken)));
        let entries = stage.recorded_entries();
        let [entry] = &entries[..] else {
            panic!("{entries:?}")
        };
        assert_eq!(entry.action, ActionName::SignInFailed);
        assert_eq!(entry.actor.id(), bob().user_id());
        assert_eq!(entry.organization_id, ACME);
        assert_eq!(
            entry.errors,
            ["The token's user is not an active user of the organization"]
        );
        assert_eq!(stage.trace(), "find_member record");
        assert_eq!(stage.stored().sessions, []);
    }

    #[tokio::test]
    async fn a_token_that_nobody_has_begins_nothing() {
        let stage = Stage::empty();
        let outcome = sign_in(&stage, alice().identity(), "bad").await;
        assert!(matches!(outcome, Err(AuthenticateError::InvalidToken)));
        assert_eq!(stage.trace(), "");
    }

    #[tokio::test]
    async fn a_token_that_cannot_be_checked_is_no_bad_token() {
        let mut away = MockAuthenticator::new();
        away.expect_authenticate()
            .returning(|_| Err(AuthenticationUnavailable("away".into())));
        let stage = Stage::empty();
        let outcome = SignIn::new(stage.gate(), Arc::new(away), stage.directory())
            .execute(&BearerToken::new("good".to_owned()), alice().origin)
            .await;
        assert!(matches!(outcome, Err(AuthenticateError::Unavailable(_))));
    }

    #[tokio::test]
    async fn every_failure_is_passed_on_and_nothing_is_stored() {
        for caller in [alice(), bob()] {
            let stage = || Stage::empty().without(&bob());
            assert_every_failure_is_passed_on(stage, async |stage| {
                sign_in(stage, caller.identity(), "good").await
            })
            .await;
        }
    }
}
