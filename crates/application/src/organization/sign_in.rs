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
