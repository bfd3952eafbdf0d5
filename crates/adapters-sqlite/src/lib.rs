//! The embedded store: one SQLite database in a file, with one connection that writes and several that read.
//!
//! [`SqliteStore`] implements every store port. Each port has its file here under the port's name, and its statements stand in
//! `queries/`, in a folder of that name; the test of the query plans reads the same files.

mod access_reader;
mod answer_journal;
mod audit_log;
mod audit_outbox;
mod connections;
mod conversation_changes;
mod conversation_copy;
mod conversation_reader;
mod conversation_repository;
mod conversation_search;
mod convert;
mod denials;
mod directory;
mod directory_repository;
mod error;
mod event_reader;
mod files;
mod idempotency_repository;
mod leftovers;
mod message_reader;
mod message_repository;
mod migrations;
mod probe;
mod prompt_allowance;
mod rows;
mod search_audiences;
mod search_index;
mod search_indexer;
mod session_reader;
mod session_repository;
mod store_admin;
mod store_position;
mod unit_of_work;

pub use connections::{SqliteOptions, SqliteStore};

/// The steps that make the schema, in `migrations/sqlite`.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations/sqlite");
