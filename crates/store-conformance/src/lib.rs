//! One suite that every store passes, so that a rule holds on each of them or the build fails.
//!
//! The contract is what the store ports in `parlor_application::ports` say that an implementor MUST do. Every MUST that
//! can be seen through the ports has a test here, and so have the access rules, as far as a query has to follow them. What
//! cannot be seen through them is for the store's own tests: that a page's cost does not grow with the store (its
//! query plans), that what was answered outlives a crash, that the schema of another program's version is refused.
//!
//! # How a store uses it
//!
//! In `tests/store.rs` of the store's crate (with `tokio` among its dependencies), write a function that makes a freshly
//! migrated, empty store and hands out its ports, and call the macro with it:
//!
//! ```
//! use std::sync::Arc;
//!
//! use parlor_store_conformance::{Stores, conformance_suite};
//! use parlor_store_memory::MemoryStore;
//!
//! async fn fresh() -> Stores {
//!     let store = Arc::new(MemoryStore::default());
//!     Stores::of_memory(store.clone(), store)
//! }
//!
//! conformance_suite!(fresh);
//! # fn main() {}
//! ```
//!
//! A store of another make fills in the fields of [`Stores`] itself.
//!
//! Each test becomes one `#[tokio::test]` under the name of its port and of its sentence, with a store of its own:
//! `conversation_reader::somebody_elses_private_conversation_is_not_listed`. They may run at the same time.
//!
//! - Two organizations of the same shape stand in nearly every test, and **the same ids stand in both**: whatever forgets the
//!   tenant in a statement finds, changes or counts the other one's row.
//! - No test opens two units of work in one task, so a store with one writer may let the second one wait. Those that
//!   need several at once open each in a task of its own, and try again where the store answers `Conflict`.
//! - What may be read from a replica is asked for with the position after everything that was answered so far, so a store may
//!   be tried with replicas that are behind.
//! - What goes by the store's own clock is judged by a second clock, with what the two may differ by; or the store's records are
//!   made older ([`PassTime`]).
//! - The property tests print their seed when they fail; the variable `STORE_CONFORMANCE_SEED` (a number) sets another one,
//!   for a longer search than the fixed one.
//!
//! # How to add a test
//!
//! Write `pub async fn a_sentence(stores: Stores)` in the module of its port in `suite/`, and put its name into the list in
//! `suite/mod.rs`; a test of this crate fails while it is missing there. The suite has to pass against the
//! store in memory (`parlor_store_memory`) first: it is so small that reading it settles what a port means.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a test suite fails by panicking"
)]

use std::{any::Any, sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::TimeDelta;
use parlor_application::ports::{
    AccessReader, AnswerJournal, AuditLog, AuditOutbox, AuditRecorder, ConversationChanges,
    ConversationReader, Directory, EventReader, MessageReader, PromptAllowance, SearchIndexer,
    SessionReader, StoreAdmin, StorePositions, UnitOfWorkFactory,
};

#[cfg(test)]
mod guide;
pub mod kit;
mod memory;
pub mod suite;

/// All the ports of one freshly migrated, empty store.
#[derive(Clone)]
pub struct Stores {
    /// Reads who can see a conversation.
    pub access_reader: Arc<dyn AccessReader>,
    /// Reads conversations.
    pub conversation_reader: Arc<dyn ConversationReader>,
    /// Reads messages.
    pub message_reader: Arc<dyn MessageReader>,
    /// Reads people.
    pub directory: Arc<dyn Directory>,
    /// Reads who is signed in.
    pub sessions: Arc<dyn SessionReader>,
    /// Writes.
    pub units: Arc<dyn UnitOfWorkFactory>,
    /// Writes answers that grow.
    pub journal: Arc<dyn AnswerJournal>,
    /// Reads what happened in conversations.
    pub events: Arc<dyn EventReader>,
    /// Tells of changes.
    pub changes: Arc<dyn ConversationChanges>,
    /// Stores entries of what changes nothing.
    pub recorder: Arc<dyn AuditRecorder>,
    /// Reads the audit log.
    pub audit_log: Arc<dyn AuditLog>,
    /// Reads what is to be delivered.
    pub outbox: Arc<dyn AuditOutbox>,
    /// Counts what users ask of the models.
    pub allowance: Arc<dyn PromptAllowance>,
    /// Tells where the store is.
    pub positions: Arc<dyn StorePositions>,
    /// Completes the search index.
    pub indexer: Arc<dyn SearchIndexer>,
    /// Lets time pass by the store's clock.
    pub pass_time: Arc<dyn PassTime>,
    /// Looks after the store.
    pub admin: Arc<dyn StoreAdmin>,
    /// What has to live as long as the store: its temporary folder, its server.
    pub keep: Arc<dyn Any + Send + Sync>,
}

pub use parlor_store_memory::model;

/// Makes what a store has taken older, as if time had passed, for rules that go by the store's own clock.
#[async_trait]
pub trait PassTime: Send + Sync {
    /// Moves the times at which audit entries were taken into the past.
    async fn pass_time(&self, time: TimeDelta);
}

/// Expands to one `#[tokio::test]` for each test of the suite, in a module for each port.
///
/// The argument is a function without arguments whose future answers [`Stores`].
#[macro_export]
macro_rules! conformance_suite {
    ($fresh:expr) => {
        $crate::for_each_test! { [$crate::define_tests] [$fresh] }
    };
}

/// What [`conformance_suite`] expands to, for each module of the list.
#[doc(hidden)]
#[macro_export]
macro_rules! define_tests {
    ([$fresh:expr] $($module:ident { $($test:ident)* })*) => {$(
        mod $module {
            use super::*;

            $(
                #[::tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    $crate::before_the_deadline(async {
                        $crate::suite::$module::$test(($fresh)().await).await;
                    })
                    .await;
                }
            )*
        }
    )*};
}

/// Ends a test that hangs, so that it fails under its own name.
#[doc(hidden)]
pub async fn before_the_deadline(test: impl Future<Output = ()>) {
    let deadline = Duration::from_mins(3);
    let ended = tokio::time::timeout(deadline, Box::pin(test)).await;
    ended.expect("the test hangs: does something wait for a unit of work that is still open?");
}
