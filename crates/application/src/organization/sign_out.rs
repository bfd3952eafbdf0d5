//! Sign out everywhere.

use std::sync::Arc;

use parlor_domain::audit::{ActionName, Fact};

use crate::{access_gate::AccessGate, caller::Caller, ports::StoreError};

/// Ends all sessions of the caller, in whichever browser they are. Its tokens go on.
pub struct SignOut {
    gate: Arc<AccessGate>,
}

impl SignOut {
    /// The use case behind this gate.
    pub const fn new(gate: Arc<AccessGate>) -> Self {
        Self { gate }
    }

    /// Ends them; where there is none any more, that changes nothing.
    pub async fn execute(&self, caller: &Caller) -> Result<(), StoreError> {
        let now = self.gate.clock.now();
        let mut uow = self.gate.units.begin(caller.organization_id()).await?;
        let ended = uow.sessions().end_all(caller.user_id()).await?;
        if ended == 0 {
            return Ok(());
        }
        let entry = self
            .gate
            .entry(caller, ActionName::SignOut, now)
            .with("sessions", Fact::Count(ended));
        uow.commit(entry.into()).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{kit::*, organization::SessionSecret, ports::SessionRecord};

    /// A stage on which these are signed in.
    fn signed_in(users: &[Caller]) -> Stage {
        let stage = Stage::empty();
        for user in users {
            stage.change(|stored| {
                stored.sessions.push(SessionRecord {
                    digest: SessionSecret::generate(ACME).digest(),
                    user_id: user.user_id(),
                    created_at: before(),
                    expires_at: now(),
                });
            });
        }
        stage
    }

    async fn sign_out(stage: &Stage, caller: &Caller) -> Result<(), StoreError> {
        SignOut::new(stage.gate()).execute(caller).await
    }

    #[tokio::test]
    async fn all_sessions_of_the_caller_end_and_nobody_elses() {
        let stage = signed_in(&[alice(), bob(), alice()]);
        sign_out(&stage, &alice()).await.unwrap();
        let left = stage.stored().sessions;
        let left: Vec<_> = left.iter().map(|session| session.user_id).collect();
        assert_eq!(left, [bob().user_id()]);
        let expected = json!({
            "action": "SIGN_OUT",
            "result": "SUCCEEDED",
            "actor": "alice",
            "input": {"sessions": 2},
            "access": null,
            "reasons": [],
            "privileged": false,
            "version": null,
            "errors": null,
        });
        assert_eq!(stage.committed(), [expected]);
        assert_eq!(stage.trace(), "begin end_sessions commit");
    }

    #[tokio::test]
    async fn who_is_not_signed_in_any_more_changes_nothing() {
        let stage = signed_in(&[bob()]);
        sign_out(&stage, &alice()).await.unwrap();
        stage.assert_untouched();
        assert_eq!(stage.trace(), "begin end_sessions roll_back");
    }

    #[tokio::test]
    async fn every_failure_is_passed_on_and_nothing_is_stored() {
        let stage = || signed_in(&[alice()]);
        assert_every_failure_is_passed_on(stage, async |stage| sign_out(stage, &alice()).await)
            .await;
    }
}
