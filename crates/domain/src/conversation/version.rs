//! How often a conversation was changed.

use std::fmt;

/// Counts the changes of a conversation's title, privacy, grants and owner; starts at 1.
///
/// Messages do not count, nor does the title that a first prompt gives: who has the share dialog open need not start
/// again because somebody prompted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(u64);

impl Version {
    /// The version of what was just created.
    pub const FIRST: Self = Self(1);

    /// A version as a store or a client tells it.
    pub const fn from_number(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    pub const fn as_number(self) -> u64 {
        self.0
    }

    pub(super) const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
