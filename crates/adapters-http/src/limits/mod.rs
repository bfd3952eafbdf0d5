//! What one user may take of this process.

mod prompt_rate;
mod streams;

pub(crate) use prompt_rate::PromptRate;
pub(crate) use streams::{StreamPermit, Streams};
