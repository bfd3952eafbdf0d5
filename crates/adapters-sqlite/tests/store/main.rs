//! The store against the suite that every store passes, and against what is asked of this one alone.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod cancellation;
mod clock;
mod conformance;
mod crash;
mod database;
mod directory_versions;
mod earlier_versions;
mod file;
mod long_writes;
mod members;
mod other_programs;
mod plans;
mod schema;
mod search;
mod set_aside;
