//! The store against the suite that every store passes, and against what is asked of this one alone.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod cancellation;
mod catalogue;
mod conformance;
mod database;
mod directory_versions;
mod earlier_versions;
mod failures;
mod invisible_rows;
mod large;
mod limits;
mod lock_order;
mod members;
mod news;
mod plans;
mod readiness;
mod relay_leases;
mod replica;
mod row_level_security;
mod scale;
mod schema;
mod search;
mod server;
