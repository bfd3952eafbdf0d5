//! What one does inside a conversation: one use case a file.

mod list_path;
mod prompt;
mod read_tree;
mod regenerate;
mod show;
mod start;
mod stop;
mod write;

pub use list_path::*;
pub use prompt::*;
pub use read_tree::*;
pub use regenerate::*;
pub use show::*;
pub use start::*;
pub use stop::*;
pub use write::{PromptLimit, Prompted, WriteError};
