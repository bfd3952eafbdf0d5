//! What the stores in SQL share, without a driver: how rows become values of the domain, and which ways lead into a list.
//!
//! A store has its own statements. Their rows are the structs of [`rows`], with the types that its driver has for the columns,
//! as its [`Columns`] say.

mod cell;
mod columns;
pub mod rows;
mod terms;
mod ways;

pub use cell::{Cell, privacy};
pub use columns::{Columns, integer, microseconds};
pub use terms::term_range;
pub use ways::{Granted, Ways, audiences};
