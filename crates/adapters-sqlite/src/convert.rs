//! Between the columns of SQLite and the types of the domain.

use std::{collections::BTreeMap, str::FromStr, time::Duration};

use chrono::{DateTime, Utc};
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

    pub(crate) fn time(self, microseconds: i64) -> Result<DateTime<Utc>, StoreError> {
        DateTime::from_timestamp_micros(microseconds).ok_or_else(|| self.corrupt())
    }

    /// A number that is never negative and fits the type.
    pub(crate) fn number<T: TryFrom<i64>>(self, number: i64) -> Result<T, StoreError> {
        T::try_from(number).map_err(|_| self.corrupt())
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

    /// A JSON object of groups' levels by id.
    pub(crate) fn group_levels(self, json: &str) -> Result<BTreeMap<GroupId, Level>, StoreError> {
        let levels: BTreeMap<String, String> = self.json(json)?;
        levels
            .iter()
            .map(|(id, level)| Ok((self.group_id(id)?, self.word(level)?)))
            .collect()
    }

    /// A JSON array of ids.
    pub(crate) fn ids<T>(self, json: &str, id: impl Fn(Uuid) -> T) -> Result<Vec<T>, StoreError> {
        let ids: Vec<String> = self.json(json)?;
        self.ids_of(&ids, id)
    }

    /// Ids as texts.
    pub(crate) fn ids_of<T>(
        self,
        texts: &[String],
        id: impl Fn(Uuid) -> T,
    ) -> Result<Vec<T>, StoreError> {
        texts.iter().map(|text| self.uuid(text).map(&id)).collect()
    }

    /// A JSON array of permissions.
    pub(crate) fn permissions(self, json: &str) -> Result<Permissions, StoreError> {
        let words: Vec<String> = self.json(json)?;
        words
            .iter()
            .map(|word| self.word::<Permission>(word))
            .collect()
    }

    pub(crate) fn json<T: for<'a> serde::Deserialize<'a>>(
        self,
        json: &str,
    ) -> Result<T, StoreError> {
        serde_json::from_str(json).map_err(|_| self.corrupt())
    }

    pub(crate) fn group_id(self, hex: &str) -> Result<GroupId, StoreError> {
        self.uuid(hex).map(GroupId::from_uuid)
    }

    fn uuid(self, hex: &str) -> Result<Uuid, StoreError> {
        Uuid::try_parse(hex).map_err(|_| self.corrupt())
    }
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

/// A duration as SQLite's clock counts; one that is too long for it never ends.
pub(crate) fn microseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// A number that SQLite's integers may be too small for: it is told as a great one then, which only ever stands for a limit
/// or a version that nothing reaches.
pub(crate) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
