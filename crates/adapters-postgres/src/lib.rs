//! The production store: a PostgreSQL database that several instances share.
//!
//! [`PostgresStore`] implements every store port. Each port has its file here under the port's name, and its statements stand in
//! `queries/`, in a folder of that name: the same files as in the embedded store, so that a reader who knows one knows the other.

mod connections;
mod convert;
mod error;
mod pool;

pub use connections::{PostgresOptions, PostgresStore};

/// The steps that make the schema, in `migrations/postgres`.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations/postgres");
