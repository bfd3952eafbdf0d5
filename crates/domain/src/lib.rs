//! What is true in Parlor, whoever asks and wherever it is kept: ids, principals, conversations, message trees,
//! grants, the access rules, and the vocabulary of the audit log.
//!
//! Pure and synchronous: no I/O, no clock, no serialization. [`access::decide`] is the one decision that everything
//! which shows or changes a conversation asks.

pub mod access;
pub mod audit;
pub mod conversation;
pub mod grants;
pub mod ids;
pub mod message;
pub mod message_copy;
pub mod message_tree;
pub mod principal;
pub mod search;
pub mod settings;
pub mod text;
pub mod visit;
mod worded;
