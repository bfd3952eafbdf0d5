//! The caller itself.

pub(crate) mod get;
