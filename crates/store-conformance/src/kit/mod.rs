//! What the tests are made with: two organizations, builders, and a filled store to work on.

mod build;
mod filled;
mod seeds;

/// The vocabulary of every test.
pub mod prelude {
    pub use super::{build::*, filled::*, seeds::*};
}
