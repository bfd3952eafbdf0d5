//! What a store has to answer, said as plainly as possible: everything in memory, every question a walk over all of it
//! that asks the domain. No store may be slower or cleverer about what is true.

mod access;
mod messages;
mod organization;
mod words;

pub use access::*;
pub use messages::*;
pub use organization::*;
pub use words::*;
