//! Messages.

mod list_path;
mod prompt;
mod read_tree;
mod regenerate;
mod show;
mod start;
mod stop;
