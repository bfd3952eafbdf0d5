//! How much memory the process takes: for exports, for clients that do not read, for followers, and at rest.

mod exports;
mod figures;
mod filling;
mod languages;
mod process;
mod unread;

pub use filling::{Filling, Shape, filled};
