//! What the tests of answers and of followers share, which use what the crate does not show: a stage of mocked ports, and
//! checks. Use cases are tested on the store in memory, in `tests/use_cases`.
//!
//! A [`Stage`] lends mocks of the ports that they need. The mocks answer from one small set of tables, note every call in
//! its order, and fail where a test wants.

mod answering;
mod checks;
mod following;
mod ports;
mod stage;

pub use checks::*;
pub use following::*;
pub use stage::*;

pub use crate::testing::*;
