//! Between the columns of PostgreSQL and the types of the domain.

use std::{collections::BTreeMap, str::FromStr, time::Duration};

use parlor_application::ports::{GroupRef, StoreError};
use parlor_domain::{
    conversation::Version,
    grants::{Level, Privacy, PrivacyKind},
    ids::GroupId,
    principal::{Permission, Permissions},
};
use uuid::Uuid;

/// Where a value was read, to name it if it breaks a rule.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell {
    table: &'static str,
    column: &'static str,
    row: Uuid,
}

impl Cell {
    /// The column `column` of the row `row`.
    pub(crate) const fn new(table: &'static str, column: &'static str, row: Uuid) -> Self {
        Self { table, column, row }
    }

    /// The value breaks a rule of the domain.
    pub(crate) fn corrupt(self) -> StoreError {
        StoreError::Corrupt {
            table: self.table,
            column: self.column,
            row: self.row.to_string(),
        }
    }

    /// A number that is never negative and fits the type.
    pub(crate) fn number<T: TryFrom<i64>>(self, number: impl Into<i64>) -> Result<T, StoreError> {
        T::try_from(number.into()).map_err(|_| self.corrupt())
    }

    pub(crate) fn version(self, number: i64) -> Result<Version, StoreError> {
        self.number(number).map(Version::from_number)
    }

    /// A word that its type reads.
    pub(crate) fn word<T: FromStr>(self, word: &str) -> Result<T, StoreError> {
        word.parse().map_err(|_| self.corrupt())
    }

    /// A word that one of the values writes.
    pub(crate) fn one_of<T: Copy>(
        self,
        values: &[T],
        name: impl Fn(T) -> &'static str,
        word: &str,
    ) -> Result<T, StoreError> {
        values
            .iter()
            .copied()
            .find(|value| name(*value) == word)
            .ok_or_else(|| self.corrupt())
    }

    pub(crate) fn privacy_kind(self, word: &str) -> Result<PrivacyKind, StoreError> {
        self.one_of(
            &[PrivacyKind::Private, PrivacyKind::Shared],
            PrivacyKind::as_str,
            word,
        )
    }

    /// The organization's level, if it has one.
    pub(crate) fn level(self, word: Option<&str>) -> Result<Option<Level>, StoreError> {
        word.map(|word| self.word(word)).transpose()
    }

    /// A level and a group of each grant, with a space between them.
    pub(crate) fn grants(self, grants: &[String]) -> Result<BTreeMap<GroupId, Level>, StoreError> {
        grants
            .iter()
            .map(|grant| {
                let (level, group) = self.pair(grant)?;
                Ok((self.group_id(group)?, self.word(level)?))
            })
            .collect()
    }

    /// The id and the name of a group, with a space between them.
    pub(crate) fn group(self, group: &str) -> Result<GroupRef, StoreError> {
        let (id, name) = self.pair(group)?;
        Ok(GroupRef {
            id: self.group_id(id)?,
            name: name.to_owned(),
        })
    }

    /// What stands before and after the first space.
    pub(crate) fn pair(self, text: &str) -> Result<(&str, &str), StoreError> {
        text.split_once(' ').ok_or_else(|| self.corrupt())
    }

    fn group_id(self, id: &str) -> Result<GroupId, StoreError> {
        let id = Uuid::try_parse(id).map_err(|_| self.corrupt())?;
        Ok(GroupId::from_uuid(id))
    }

    pub(crate) fn permissions(self, words: &[String]) -> Result<Permissions, StoreError> {
        words
            .iter()
            .map(|word| self.word::<Permission>(word))
            .collect()
    }
}

/// By name (in code-point order), then id.
pub(crate) fn sort_groups(groups: &mut [GroupRef]) {
    groups.sort_unstable_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
}

/// The organization's level and the groups' levels as the conversation's privacy, which its own column must agree with.
pub(crate) fn privacy(
    kind: PrivacyKind,
    organization: Option<Level>,
    groups: BTreeMap<GroupId, Level>,
    cell: Cell,
) -> Result<Privacy, StoreError> {
    let privacy = Privacy::from_grants(organization, groups);
    if privacy.kind() == kind {
        Ok(privacy)
    } else {
        Err(cell.corrupt())
    }
}

/// A number that PostgreSQL's integers may be too small for: it is told as a great one then, which only ever stands for a limit
/// or a version that nothing reaches.
pub(crate) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// How long, in microseconds.
pub(crate) fn microseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// The same for a number of a message, of which a conversation has some thousands.
pub(crate) fn small_integer(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
