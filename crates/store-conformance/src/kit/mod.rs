//! What the tests are made with: two organizations, builders, and a filled store to work on.

mod build;
mod filled;
mod pages;
mod privileged;
mod random;
mod reading;
mod twins;
mod worlds;

/// The vocabulary of every test.
pub mod prelude {
    pub use parlor_store_memory::seeds::*;

    pub use super::{
        build::*, filled::*, pages::*, privileged::*, random::*, reading::*, twins::*, worlds::*,
    };
}
