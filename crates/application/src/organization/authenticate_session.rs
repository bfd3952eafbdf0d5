//! Find out who is calling by a session.

use std::sync::Arc;

use parlor_domain::{audit::Origin, ids::OrganizationId};

use super::{AuthenticateError, SessionSecret};
use crate::{
    caller::Caller,
    ports::{Clock, SessionDigest, SessionReader, StoreError},
};

/// Turns a session's secret into the caller, with its rights as they are now.
pub struct AuthenticateSession {
    sessions: Arc<dyn SessionReader>,
    clock: Arc<dyn Clock>,
}

impl AuthenticateSession {
    /// The use case on these ports.
    pub const fn new(sessions: Arc<dyn SessionReader>, clock: Arc<dyn Clock>) -> Self {
        Self { sessions, clock }
    }

    /// Which of these sessions hold no more, of which one look at the store tells.
    pub async fn find_ended(
        &self,
        organization_id: OrganizationId,
        digests: &[SessionDigest],
    ) -> Result<Vec<SessionDigest>, StoreError> {
        let now = self.clock.now();
        let active = self
            .sessions
            .find_active(organization_id, digests, now)
            .await?;
        let mut ended = digests.to_vec();
        ended.retain(|digest| !active.contains(digest));
        Ok(ended)
    }

    /// The caller behind the session. What its client has seen is for the edge to add.
    pub async fn execute(
        &self,
        secret: &SessionSecret,
        origin: Origin,
    ) -> Result<Caller, AuthenticateError> {
        let member = self
            .sessions
            .find_member(secret.organization_id(), secret.digest(), self.clock.now())
            .await?
            .ok_or(AuthenticateError::InvalidToken)?;
        Ok(Caller {
            member,
            origin,
            seen: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::{kit::*, ports::SessionRecord};

    /// A stage on which Alice is signed in for so long, and the secret of it.
    fn signed_in(left: TimeDelta) -> (Stage, SessionSecret) {
        let (stage, secret) = (Stage::empty(), SessionSecret::generate(ACME));
        stage.change(|stored| {
            stored.sessions.push(SessionRecord {
                digest: secret.digest(),
                user_id: alice().user_id(),
                created_at: before(),
                expires_at: now() + left,
            });
        });
        (stage, secret)
    }

    async fn authenticate(
        stage: &Stage,
        secret: &SessionSecret,
    ) -> Result<Caller, AuthenticateError> {
        AuthenticateSession::new(stage.sessions(), clock())
            .execute(secret, alice().origin)
            .await
    }

    #[tokio::test]
    async fn a_session_is_its_user_with_its_rights_as_they_are_now() {
        let (stage, secret) = signed_in(TimeDelta::seconds(1));
        stage.change(|stored| {
            let member = without_run_ai(alice()).member;
            stored.members.insert(alice().user_id(), member);
        });
        let caller = authenticate(&stage, &secret).await.unwrap();
        assert_eq!(caller, without_run_ai(alice()));
        assert_eq!(stage.trace(), "find_session");
    }

    #[tokio::test]
    async fn what_is_no_session_any_more_or_never_was_is_answered_alike() {
        let (stage, secret) = signed_in(TimeDelta::seconds(1));
        let stopped = stage.without(&alice());
        let (ended, other) = signed_in(TimeDelta::zero());
        let (elsewhere, mut foreign) = signed_in(TimeDelta::seconds(1));
        foreign = foreign
            .expose()
            .replace(&ACME.to_string(), &GLOBEX.to_string())
            .parse()
            .unwrap();
        let unknown = SessionSecret::generate(ACME);
        for (stage, secret) in [
            (&stopped, &secret),
            (&ended, &other),
            (&elsewhere, &foreign),
            (&elsewhere, &unknown),
        ] {
            let outcome = authenticate(stage, secret).await;
            assert!(matches!(outcome, Err(AuthenticateError::InvalidToken)));
            stage.assert_untouched();
        }
    }

    #[tokio::test]
    async fn every_failure_is_passed_on() {
        let stage = || signed_in(TimeDelta::seconds(1)).0;
        assert_every_failure_is_passed_on(stage, async |stage| {
            authenticate(stage, &SessionSecret::generate(ACME)).await
        })
        .await;
    }
}
