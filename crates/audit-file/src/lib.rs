//! Audit sink: one entry a line in a file that grows, is rotated by size, and can be checked afterwards.
//!
//! - [`FileAuditSink`] writes. What it acknowledged is on the disk; what it did not is written again.
//! - [`AuditLines`] reads files back, the oldest first, also those that others rotated.
//!
//! The file belongs to its owner alone, since entries hold names and addresses of people.

mod family;
mod platform;
mod reader;
mod selection;
mod sink;
mod tail;

pub use family::AuditFiles;
pub use reader::{AuditLine, AuditLines};
pub use selection::Selection;
pub use sink::{FileAuditSink, FileSinkError, FileSinkOptions};
