//! Answers are written on the service's own account: whoever asked may go away, and finds the whole answer later.
//!
//! [`AnswerDesk`] begins, replays and stops answers; a writer writes each one down; [`AnswerUpdates`] is what one caller
//! follows, for as long as its access lasts.

mod desk;
mod progress;
#[cfg(test)]
mod tests;
mod updates;
mod writer;

pub use desk::{AnswerDesk, AnswerDeskPorts, AnswerTimes};
pub use updates::{AnswerUpdate, AnswerUpdates};
