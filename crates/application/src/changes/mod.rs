//! News of changes, for those who follow something.
//!
//! A [`ChangeBoard`] is where the hints of one process are told; the store puts them there. [`watch_directories`] adds what no commit
//! of this service tells: a directory that was changed, by whomever.

mod board;
mod directories;

pub use board::{ChangeBoard, ConversationHints, ListHint, ListHints};
pub use directories::{DIRECTORY_POLL, watch_directories};
