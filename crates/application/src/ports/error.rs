//! What can go wrong in a store.

use super::Cause;

/// Why a store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else changed the same thing at the same time; trying again may help.
    #[error("another change was made at the same time")]
    Conflict,
    /// The store cannot be reached, is full, or is too busy.
    #[error("the store is unavailable")]
    Unavailable(#[source] Option<Cause>),
    /// What is stored breaks a rule of the domain.
    #[error("corrupt data in {table}.{column} of row {row}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The row's id.
        row: String,
    },
    /// Anything else.
    #[error("the store failed")]
    Other(#[source] Cause),
}
