//! Answers are written on the service's own account: whoever asked may go away, and finds the whole answer later.
//!
//! [`AnswerDesk`] begins, replays and stops answers; a writer writes each one down, and gives signs of life in the store, so
//! that other instances can tell an answer that is being written from one whose writer is gone
//! ([`watch_over_abandoned_answers`]); [`AnswerUpdates`] is what one caller follows, for as long as its access lasts. Whoever follows a
//! whole conversation is told how far its answers have come, whichever instance writes them.

mod abandoned;
mod desk;
mod endings;
mod growing;
mod progress;
#[cfg(test)]
mod tests;
mod turns;
mod updates;
mod writer;

pub use abandoned::{WATCH_PERIOD, WRITER_SILENCE, watch_over_abandoned_answers};
pub use desk::{AnswerDesk, AnswerDeskPorts, AnswerTimes};
pub use endings::AnswerEndings;
pub(crate) use growing::{Growth, GrowthNews};
pub use progress::AnswerPiece;
pub(crate) use progress::Seen;
pub use updates::{AnswerUpdate, AnswerUpdates};
