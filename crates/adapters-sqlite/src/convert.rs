//! Between the columns of SQLite and the types of the domain.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use parlor_application::ports::StoreError;
use parlor_domain::{grants::Level, ids::GroupId};
use parlor_store_sql::{Cell, Columns};
use uuid::Uuid;

/// Times are microseconds, and what is several is JSON.
pub(crate) enum SqliteColumns {}

impl Columns for SqliteColumns {
    type Time = i64;
    type Small = i64;
    type Flag = i64;
    type Ids = String;
    type Words = String;
    /// An object of levels by the groups' ids.
    type Grants = String;

    fn time(cell: Cell, microseconds: i64) -> Result<DateTime<Utc>, StoreError> {
        time(cell, microseconds)
    }

    fn flag(flag: i64) -> bool {
        flag != 0
    }

    fn ids(cell: Cell, ids: String) -> Result<Vec<Uuid>, StoreError> {
        let ids: Vec<String> = cell.json(&ids)?;
        ids.iter().map(|id| cell.uuid(id)).collect()
    }

    fn words(cell: Cell, words: String) -> Result<Vec<String>, StoreError> {
        cell.json(&words)
    }

    fn grants(cell: Cell, grants: String) -> Result<BTreeMap<GroupId, Level>, StoreError> {
        let levels: BTreeMap<String, String> = cell.json(&grants)?;
        levels
            .iter()
            .map(|(id, level)| Ok((cell.group_id(id)?, cell.word(level)?)))
            .collect()
    }
}

/// The time that microseconds since 1970 tell.
pub(crate) fn time(cell: Cell, microseconds: i64) -> Result<DateTime<Utc>, StoreError> {
    DateTime::from_timestamp_micros(microseconds).ok_or_else(|| cell.corrupt())
}

/// A JSON array of ids, for `json_each` and `unhex`.
pub(crate) fn json_ids(ids: impl Iterator<Item = Uuid>) -> String {
    let ids: Vec<String> = ids.map(hex).collect();
    serde_json::Value::from(ids).to_string()
}

/// Bytes as `unhex` reads them.
pub(crate) fn hex_bytes(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// An id as `unhex` reads it.
pub(crate) fn hex(id: Uuid) -> String {
    id.simple().to_string()
}
