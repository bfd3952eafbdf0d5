//! What one user may take of this process.

mod streams;

pub(crate) use streams::{StreamPermit, Streams};
