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
