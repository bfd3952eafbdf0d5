//! What the tests of the use cases share: people, samples, a stage of mocked ports, and checks.
//!
//! A [`Stage`] lends mocks of all ports that answer from one small set of tables, note every call in its order, and fail where a
//! test wants. A test plays a use case on it, then says what was answered, what was called, what is stored and what the
//! audit log was told.

mod access;
mod answering;
mod checks;
mod following;
mod ports;
mod stage;
mod unit_of_work;

pub use checks::*;
pub use following::*;
pub use stage::*;

pub use crate::testing::*;
