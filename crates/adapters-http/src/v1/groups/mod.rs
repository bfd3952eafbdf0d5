//! The organization's groups.

pub(crate) mod list;
