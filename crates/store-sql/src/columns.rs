//! The types that a driver has for columns.

use std::{collections::BTreeMap, time::Duration};

use chrono::{DateTime, Utc};
use parlor_application::ports::StoreError;
use parlor_domain::{grants::Level, ids::GroupId};
use uuid::Uuid;

use crate::Cell;

/// How a driver answers what SQL has no common type for.
pub trait Columns {
    /// A moment.
    type Time: Copy;
    /// A number that is small enough for 32 bits.
    type Small: Copy + Into<i64>;
    /// Yes or no, where a statement works it out.
    type Flag: Copy;
    /// Ids.
    type Ids;
    /// Words.
    type Words;
    /// Groups with their levels.
    type Grants;

    /// The moment.
    fn time(cell: Cell, time: Self::Time) -> Result<DateTime<Utc>, StoreError>;
    /// Whether it is so.
    fn flag(flag: Self::Flag) -> bool;
    /// The ids in their order.
    fn ids(cell: Cell, ids: Self::Ids) -> Result<Vec<Uuid>, StoreError>;
    /// The words in their order.
    fn words(cell: Cell, words: Self::Words) -> Result<Vec<String>, StoreError>;
    /// Each group's level.
    fn grants(cell: Cell, grants: Self::Grants) -> Result<BTreeMap<GroupId, Level>, StoreError>;
}

/// A duration as a store counts; one that is too long for it never ends.
pub fn microseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// A number that a store's integers may be too small for: it is told as a great one then, which only ever stands for a limit
/// or a version that nothing reaches.
pub fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
