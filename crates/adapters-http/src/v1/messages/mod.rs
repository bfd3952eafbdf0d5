//! What is said in a conversation.

pub(crate) mod list_path;
pub(crate) mod prompt;
pub(crate) mod read_tree;
pub(crate) mod regenerate;
pub(crate) mod stop;
