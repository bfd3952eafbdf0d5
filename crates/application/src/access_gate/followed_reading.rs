//! The audit entries of somebody who follows a conversation with privileged access.

use std::{sync::Arc, time::Duration};

use parlor_domain::{
    access::{Access, Action},
    conversation::Version,
    ids::ConversationId,
};
use tokio::time::Instant;

use super::{AccessGate, Part, Shown};
use crate::{caller::Caller, ports::StoreError};

/// Records what one follower reads of one conversation, for as long as they follow it.
///
/// While the access rests on privilege alone, there is an entry for the beginning, and then at most one a minute, each written
/// before something is sent. So nothing is sent without an entry of the last minute, and a visit's last time is right to the
/// minute. Nothing is written while nothing is sent.
pub(crate) struct FollowedReading {
    gate: Arc<AccessGate>,
    caller: Box<Caller>,
    /// When the last entry was written, if the access rests on privilege alone.
    recorded: Option<Instant>,
}

impl FollowedReading {
    /// For how long an entry counts for what is sent.
    const ENTRY_LASTS: Duration = Duration::from_mins(1);

    /// Follows from now on, under this access, for which the caller of this function has just written an entry.
    pub fn new(gate: Arc<AccessGate>, caller: &Caller, access: &Access) -> Self {
        Self {
            gate,
            caller: Box::new(caller.clone()),
            recorded: access.is_privileged().then(Instant::now),
        }
    }

    /// Who follows.
    pub const fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Records that something of the conversation is about to be sent under this access, unless an entry of the last minute
    /// says so already. Where this fails, nothing may be sent.
    pub async fn record(
        &mut self,
        id: ConversationId,
        version: Version,
        access: &Access,
    ) -> Result<(), StoreError> {
        if !access.is_privileged() {
            self.recorded = None;
            return Ok(());
        }
        let now = Instant::now();
        if self
            .recorded
            .is_some_and(|last| now.duration_since(last) < Self::ENTRY_LASTS)
        {
            return Ok(());
        }
        let shown = Shown {
            id,
            version,
            action: Action::Read,
            part: Part::Events,
        };
        self.gate
            .record_reading(&self.caller, access, shown)
            .await?;
        self.recorded = Some(now);
        Ok(())
    }
}
