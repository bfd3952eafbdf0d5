//! The production store: a PostgreSQL database that several instances share.
//!
//! [`PostgresStore`] implements every store port. Each port has its file here under the port's name, and its statements stand in
//! `queries/`, in a folder of that name: the same files as in the embedded store, so that a reader who knows one knows the other.

mod access_reader;
mod answer_journal;
mod audit_log;
mod audit_outbox;
mod connection;
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
mod idempotency_repository;
mod listening;
mod message_reader;
mod message_repository;
mod migrations;
mod pool;
mod prompt_allowance;
mod replica;
mod rows;
mod search_index;
mod search_indexer;
mod session_reader;
mod session_repository;
mod storage;
mod store_admin;
mod store_position;
mod unit_of_work;

pub use connections::{PostgresOptions, PostgresStore};

/// The steps that make the schema, in `migrations/postgres`.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations/postgres");
