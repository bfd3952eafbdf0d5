//! What the tests are made with: two organizations, builders, and a filled store to work on.

mod build;
mod filled;
mod pages;
mod privileged;
mod random;
mod reading;
mod seeds;
mod twins;
mod worlds;

/// The vocabulary of every test.
pub mod prelude {
    pub use super::{
        build::*, filled::*, pages::*, privileged::*, random::*, reading::*, seeds::*, twins::*,
        worlds::*,
    };
}
