//! The models that one can prompt.

pub(crate) mod list;
