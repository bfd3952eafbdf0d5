//! What the use cases need from outside: one trait a file.
//!
//! Ports are object-safe and used as `Arc<dyn Port>`. Each doc says what an implementor MUST do; the stores'
//! conformance suite checks every MUST of the store ports.

mod access_reader;
mod answer_journal;
mod audit_log;
mod audit_outbox;
mod audit_sink;
mod authenticator;
mod chat_model;
mod clock;
mod conversation_changes;
mod conversation_copy;
mod conversation_reader;
mod conversation_search;
mod directory;
mod error;
mod event_reader;
mod id_generator;
mod message_reader;
mod prompt_allowance;
mod search_indexer;
mod search_scan;
mod session_reader;
mod store_admin;
mod store_position;
mod unit_of_work;

pub use access_reader::*;
pub use answer_journal::*;
pub use audit_log::*;
pub use audit_outbox::*;
pub use audit_sink::*;
pub use authenticator::*;
pub use chat_model::*;
pub use clock::*;
pub use conversation_changes::*;
pub use conversation_copy::*;
pub use conversation_reader::*;
pub use conversation_search::*;
pub use directory::*;
pub use error::*;
pub use event_reader::*;
pub use id_generator::*;
pub use message_reader::*;
pub use prompt_allowance::*;
pub use search_indexer::*;
pub use search_scan::*;
pub use session_reader::*;
pub use store_admin::*;
pub use store_position::*;
pub use unit_of_work::*;
