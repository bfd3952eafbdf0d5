//! A store that notes its calls, and lets those fail that a test wants to fail.

mod readers;
mod unit_of_work;
mod writers;

use crate::{Calls, MemoryStore};

/// A [`MemoryStore`] that notes every call in its order, and fails where a test says so: instead of the call, so that
/// nothing comes of it.
///
/// Each method has a name of its own, which stands beside it in the tables of this module. Dropping a unit of work, or a
/// copy that is not finished, is noted as `roll_back`. An [`open`](parlor_application::ports::UnitOfWork::open) of another
/// conversation than the unit of work was begun on is noted as `open_another`: it is not sure to be one statement.
///
/// One who begins a unit of work waits for the one that is open. After a minute, which is at once where time is paused,
/// that panics: no test has a unit of work open for so long, but one that waits for itself.
#[derive(Clone, Default)]
pub struct InstrumentedStore {
    /// The store.
    pub memory: MemoryStore,
    /// What was called, and what is to fail.
    pub calls: Calls,
}

impl InstrumentedStore {
    /// This store, with its calls noted from now on.
    pub fn new(memory: MemoryStore) -> Self {
        Self {
            memory,
            calls: Calls::default(),
        }
    }
}

/// Implements a port: one line for each method, with the name of its calls, and after `at` how new the reading has to be.
macro_rules! instrument {
    ($port:ident {
        $($name:literal: $method:ident($($argument:ident: $type:ty),*) -> $answer:ty $(, at $position:expr)?;)*
    }) => {
        #[async_trait]
        impl $port for InstrumentedStore {
            $(
                async fn $method(&self, $($argument: $type),*) -> Result<$answer, StoreError> {
                    self.calls.note($name)?;
                    $(self.calls.note_position($position);)?
                    $port::$method(&self.memory, $($argument),*).await
                }
            )*
        }
    };
}
use instrument;
