//! One suite that every audit sink passes, so that the relay can rely on each of them.
//!
//! The contract is what [`AuditSink`] says that an implementor MUST do. The suite gives entries to a sink, disturbs what is behind
//! it, and looks at what arrived: order, repetitions, entries that the sink rejects, a medium that is away, one that never
//! answers, and calls that end early. Then it lets the relay work with it.
//!
//! # How a sink uses it
//!
//! In the tests of the sink's crate (with `tokio` among its dependencies), implement [`Medium`] for what is behind the sink, write a
//! function that makes an empty one, and call the macro with it:
//!
//! ```
//! use std::sync::Arc;
//!
//! use parlor_sink_conformance::{MemoryMedium, sink_conformance};
//!
//! async fn fresh() -> Arc<MemoryMedium> {
//!     Arc::new(MemoryMedium::default())
//! }
//!
//! sink_conformance!(fresh);
//! # fn main() {}
//! ```
//!
//! Each test becomes one `#[tokio::test]` with a medium of its own. They can run at the same time. [`run_all`] runs them one
//! after the other.
//!
//! # How to add a test
//!
//! Write `pub async fn a_sentence(medium: Arc<dyn Medium>)` in `suite.rs`, and put its name into the list at its end. The suite's
//! own tests show for each of its tests a sink that does not pass it.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a test suite fails by panicking"
)]

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use parlor_application::ports::{AuditRecord, AuditSink};

pub mod entries;
mod memory;
mod queue;
pub mod suite;

pub use memory::{Flaw, MemoryMedium};
pub use suite::run_all;

/// What is behind a sink: a file, a topic, a server.
#[async_trait]
pub trait Medium: Send + Sync {
    /// A sink as the program makes it when it starts. A test makes several, one after the other, and drops each before the next.
    async fn sink(&self) -> Arc<dyn AuditSink>;

    /// The documents of the entries that arrived, with repetitions. Those of one conversation are in the order in which a reader
    /// meets them.
    async fn arrived(&self) -> Vec<String>;

    /// Lets the medium fail in this way from now on, until [`Medium::mend`]; answers `false` if it cannot fail so.
    async fn fail(&self, failure: Failure) -> bool;

    /// Ends a failure.
    async fn mend(&self);

    /// An entry that the sink never accepts, made from one that it accepts: too large, or not readable. Its document must contain
    /// [`entries::SECRET`]. `None` if the sink accepts every entry.
    fn unacceptable(&self, entry: AuditRecord) -> Option<AuditRecord>;
}

/// How a medium can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// It is not there: the folder is gone, the server refuses connections.
    Away,
    /// It takes what it is sent, and never answers.
    Silent,
    /// It rejects every entry: a mistyped path behind a gateway, a schema.
    RejectsEverything,
}

impl Failure {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Away, Self::Silent, Self::RejectsEverything];
}

/// How long a medium that was mended may take until its sink accepts entries again.
const RECOVERY: Duration = Duration::from_secs(45);

/// Expands to one `#[tokio::test]` for each test of the suite.
///
/// The argument is a function without arguments whose future answers an `Arc` of an empty [`Medium`].
#[macro_export]
macro_rules! sink_conformance {
    ($fresh:expr) => {
        $crate::for_each_test! { [$crate::define_tests] [$fresh] }
    };
}

/// What [`sink_conformance`] expands to.
#[doc(hidden)]
#[macro_export]
macro_rules! define_tests {
    ([$fresh:expr] $($test:ident)*) => {$(
        #[::tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $test() {
            let medium = ($fresh)().await;
            $crate::before_the_deadline($crate::suite::$test(medium)).await;
        }
    )*};
}

/// Ends a test that hangs, so that it fails under its own name.
#[doc(hidden)]
pub async fn before_the_deadline(test: impl Future<Output = ()>) {
    let ended = tokio::time::timeout(Duration::from_mins(2), Box::pin(test)).await;
    ended.expect("the test hangs: does the sink wait for something without a limit?");
}
