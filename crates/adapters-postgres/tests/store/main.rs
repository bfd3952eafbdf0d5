//! The store against the suite that every store passes, and against what is asked of this one alone.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod cancellation;
mod conformance;
mod database;
mod failures;
mod schema;
mod search;
