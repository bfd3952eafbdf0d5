//! Rows as statements answer them, and what they become.

#![expect(missing_docs, reason = "a field has the name of its column")]

mod access;
mod conversation;
mod member;
mod message;
mod opening;
mod outbox;
mod search;
mod summary;
mod visit;

pub use access::{ForeseenRow, PersonRow};
pub use conversation::ConversationRow;
pub use member::MemberRow;
pub use message::{AuthoredRow, MessageRow, StatusColumns, role};
pub use opening::OpeningRow;
pub use outbox::{OutboxRow, WaitingRow};
pub use search::{SearchRow, searched};
pub use summary::SummaryRow;
pub use visit::VisitRow;
