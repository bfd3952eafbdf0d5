//! The organization's audit log.

mod entry;
pub(crate) mod list;
