//! Follow the list of conversations that the caller may see.

mod events;
mod known;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

pub use events::{ListEvent, ListEvents};

use crate::{
    access_checks::AccessChecks,
    access_gate::AccessGate,
    caller::Caller,
    changes::ChangeBoard,
    ports::{Directory, EventReader, StoreError},
};

/// How often things happen while a list is followed.
#[derive(Debug, Clone, Copy)]
pub struct ListTimes {
    /// How long hints are collected before one looks.
    pub gather: Duration,
    /// How old a look may be when what it has shown is handed over.
    pub recheck: Duration,
    /// How long what privilege alone shows is collected: each time it is told is an audit entry.
    pub privileged: Duration,
    /// After how long one looks at what is newest without a hint, while none get lost.
    pub patience: Duration,
}

impl Default for ListTimes {
    fn default() -> Self {
        Self {
            gather: Duration::from_millis(100),
            recheck: Duration::from_millis(400),
            privileged: Duration::from_secs(10),
            patience: Duration::from_secs(30),
        }
    }
}

/// Follows the list of visible conversations, for as long as the caller is an active user. What privilege alone shows is audited
/// before it is told.
pub struct FollowList {
    gate: Arc<AccessGate>,
    reader: (Arc<dyn EventReader>, Arc<AccessChecks>),
    directory: Arc<dyn Directory>,
    board: Arc<ChangeBoard>,
    times: ListTimes,
}

impl FollowList {
    /// The use case behind this gate.
    pub const fn new(
        gate: Arc<AccessGate>,
        reader: (Arc<dyn EventReader>, Arc<AccessChecks>),
        directory: Arc<dyn Directory>,
        board: Arc<ChangeBoard>,
        times: ListTimes,
    ) -> Self {
        Self {
            gate,
            reader,
            directory,
            board,
            times,
        }
    }

    /// What changes from now on.
    pub async fn execute(&self, caller: &Caller) -> Result<ListEvents, StoreError> {
        // Before anything is read, so that nothing is missed in between.
        let hints = self.board.follow_list(caller.organization_id());
        let mut events = ListEvents::new(
            Arc::clone(&self.gate),
            self.reader.clone(),
            Arc::clone(&self.directory),
            caller,
            hints,
            self.times,
        );
        events.begin(caller.principal()).await?;
        Ok(events)
    }
}
