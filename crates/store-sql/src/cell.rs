//! Values of columns, which the domain must accept.

use std::{collections::BTreeMap, str::FromStr};

use parlor_application::ports::StoreError;
use parlor_domain::{
    conversation::Version,
    grants::{Level, Privacy, PrivacyKind},
    ids::GroupId,
    principal::{Permission, Permissions},
};
use uuid::Uuid;

/// Where a value was read, to name it if it breaks a rule.
#[derive(Debug, Clone, Copy)]
pub struct Cell {
    table: &'static str,
    column: &'static str,
    row: Uuid,
}

impl Cell {
    /// The column `column` of the row `row`.
    pub const fn new(table: &'static str, column: &'static str, row: Uuid) -> Self {
        Self { table, column, row }
    }

    /// The value breaks a rule of the domain.
    pub fn corrupt(self) -> StoreError {
        StoreError::Corrupt {
            table: self.table,
            column: self.column,
            row: self.row.to_string(),
        }
    }

    /// A number that is never negative and fits the type.
    pub fn number<T: TryFrom<i64>>(self, number: impl Into<i64>) -> Result<T, StoreError> {
        T::try_from(number.into()).map_err(|_| self.corrupt())
    }

    /// A conversation's version.
    pub fn version(self, number: i64) -> Result<Version, StoreError> {
        self.number(number).map(Version::from_number)
    }

    /// A word that its type reads.
    pub fn word<T: FromStr>(self, word: &str) -> Result<T, StoreError> {
        word.parse().map_err(|_| self.corrupt())
    }

    /// A word that one of the values writes.
    pub fn one_of<T: Copy>(
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

    /// Whether a conversation is private.
    pub fn privacy_kind(self, word: &str) -> Result<PrivacyKind, StoreError> {
        self.one_of(
            &[PrivacyKind::Private, PrivacyKind::Shared],
            PrivacyKind::as_str,
            word,
        )
    }

    /// The organization's level, if it has one.
    pub fn level(self, word: Option<&str>) -> Result<Option<Level>, StoreError> {
        word.map(|word| self.word(word)).transpose()
    }

    /// The permissions that words name.
    pub fn permissions(self, words: &[String]) -> Result<Permissions, StoreError> {
        words
            .iter()
            .map(|word| self.word::<Permission>(word))
            .collect()
    }

    /// An id in a text.
    pub fn uuid(self, text: &str) -> Result<Uuid, StoreError> {
        Uuid::try_parse(text).map_err(|_| self.corrupt())
    }

    /// A group's id in a text.
    pub fn group_id(self, text: &str) -> Result<GroupId, StoreError> {
        self.uuid(text).map(GroupId::from_uuid)
    }

    /// What a text says in JSON.
    pub fn json<T: for<'a> serde::Deserialize<'a>>(self, text: &str) -> Result<T, StoreError> {
        serde_json::from_str(text).map_err(|_| self.corrupt())
    }
}

/// The organization's level and the groups' levels as the conversation's privacy, which its own column must agree with.
pub fn privacy(
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
