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
