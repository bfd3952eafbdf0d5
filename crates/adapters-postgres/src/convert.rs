//! Between the columns of PostgreSQL and the types of the domain.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use parlor_application::ports::{GroupRef, StoreError};
use parlor_domain::{grants::Level, ids::GroupId};
use parlor_store_sql::{Cell, Columns};
use uuid::Uuid;

/// What is several is an array.
pub(crate) enum PostgresColumns {}

impl Columns for PostgresColumns {
    type Time = DateTime<Utc>;
    type Small = i32;
    type Flag = bool;
    type Ids = Vec<Uuid>;
    type Words = Vec<String>;
    /// A level and a group of each, with a space between them.
    type Grants = Vec<String>;

    fn time(_: Cell, time: DateTime<Utc>) -> Result<DateTime<Utc>, StoreError> {
        Ok(time)
    }

    fn flag(flag: bool) -> bool {
        flag
    }

    fn ids(_: Cell, ids: Vec<Uuid>) -> Result<Vec<Uuid>, StoreError> {
        Ok(ids)
    }

    fn words(_: Cell, words: Vec<String>) -> Result<Vec<String>, StoreError> {
        Ok(words)
    }

    fn grants(cell: Cell, grants: Vec<String>) -> Result<BTreeMap<GroupId, Level>, StoreError> {
        grants
            .iter()
            .map(|grant| {
                let (level, group) = pair(cell, grant)?;
                Ok((cell.group_id(group)?, cell.word(level)?))
            })
            .collect()
    }
}

/// What stands before and after the first space.
pub(crate) fn pair(cell: Cell, text: &str) -> Result<(&str, &str), StoreError> {
    text.split_once(' ').ok_or_else(|| cell.corrupt())
}

/// The id and the name of a group, with a space between them.
pub(crate) fn group(cell: Cell, group: &str) -> Result<GroupRef, StoreError> {
    let (id, name) = pair(cell, group)?;
    Ok(GroupRef {
        id: cell.group_id(id)?,
        name: name.to_owned(),
    })
}

/// By name (in code-point order), then id.
pub(crate) fn sort_groups(groups: &mut [GroupRef]) {
    groups.sort_unstable_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
}

/// A number of a message, of which a conversation has some thousands.
pub(crate) fn small_integer(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
