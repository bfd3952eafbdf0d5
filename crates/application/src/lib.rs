//! What can be done in Parlor: one use case a file, and the ports that they need.
//!
//! A use case is a struct with `execute`: read the clock once, begin, load for update, let the domain decide, make the
//! domain's transition, save, commit together with the audit entry. Every way to a conversation goes through
//! [`access_gate::AccessGate`].

pub mod access_checks;
pub mod access_gate;
pub mod answering;
pub mod application;
pub mod audit_document;
pub mod audit_relay;
pub mod caller;
pub mod changes;
pub mod conversations;
pub mod denials;
pub mod dependencies;
pub mod idempotency;
#[cfg(test)]
mod kit;
pub mod messages;
pub mod organization;
pub mod paging;
pub mod ports;
pub mod readiness;
pub mod repeated;
pub mod storable;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod user_limit;
pub mod user_queue;
pub mod version_condition;
