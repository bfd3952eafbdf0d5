//! Values that are read or shown in a way of their own.

use std::{fmt, fs, path::Path, time::Duration};

use anyhow::{Context as _, ensure};
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// What stands where a secret is.
const MASK: &str = "********";

/// A secret. It is shown as a mask.
#[derive(Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct Secret(SecretString);

/// A secret that is empty is a mistake: a variable that was not filled in, perhaps.
#[derive(Debug, thiserror::Error)]
#[error("must be a text: it is empty. Leave out the key where there is no secret")]
pub struct EmptySecret;

impl Secret {
    /// The secret itself.
    pub const fn get(&self) -> &SecretString {
        &self.0
    }
}

impl TryFrom<String> for Secret {
    type Error = EmptySecret;

    fn try_from(text: String) -> Result<Self, EmptySecret> {
        if text.trim().is_empty() {
            return Err(EmptySecret);
        }
        Ok(Self(text.into()))
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(MASK)
    }
}

/// The address of something, which may hold a secret: before an `@`, or in a query. It is shown without.
#[derive(Clone, Default, Deserialize)]
#[serde(from = "String")]
pub struct UrlText(String);

impl UrlText {
    /// The address as it is written.
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The address itself.
    pub fn get(&self) -> &str {
        &self.0
    }
}

impl From<String> for UrlText {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for UrlText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (address, query) = match self.0.split_once('?') {
            Some((address, _)) => (address, Some(MASK)),
            None => (self.0.as_str(), None),
        };
        let (scheme, rest) = address.split_once("://").unwrap_or(("", address));
        if !scheme.is_empty() {
            write!(f, "{scheme}://")?;
        }
        match rest.rsplit_once('@') {
            Some((_, host)) => write!(f, "{MASK}@{host}")?,
            None => f.write_str(rest)?,
        }
        query.map_or(Ok(()), |query| write!(f, "?{query}"))
    }
}

impl Serialize for UrlText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Several texts: a list in a file, or separated by commas where there are no lists.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct TextList(pub Vec<String>);

impl<'de> Deserialize<'de> for TextList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = TextList;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of texts, or one text with commas in it")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<TextList, E> {
                let parts = text.split(',').map(str::trim);
                let parts = parts.filter(|part| !part.is_empty());
                Ok(TextList(parts.map(str::to_owned).collect()))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<TextList, E> {
                Ok(TextList(vec![number.to_string()]))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<TextList, E> {
                Ok(TextList(vec![number.to_string()]))
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<TextList, A::Error> {
                let mut texts = Vec::new();
                while let Some(text) = list.next_element()? {
                    texts.push(text);
                }
                Ok(TextList(texts))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// What stands in a file that holds a secret, without the end of its line.
pub fn read_secret(key: &str, file: &Path) -> anyhow::Result<String> {
    let text = fs::read_to_string(file)
        .with_context(|| format!("`{key}` is {}, which cannot be read", file.display()))?;
    let text = text.trim_end();
    ensure!(
        !text.is_empty(),
        "`{key}` is {}, which is empty: write the secret into it, or leave out the key",
        file.display()
    );
    Ok(text.to_owned())
}

/// A secret stands in one place.
pub fn at_most_one(key: &str, is_set: bool, file_key: &str, in_file: bool) -> anyhow::Result<()> {
    ensure!(
        !(is_set && in_file),
        "there are both `{key}` and `{file_key}`: keep one"
    );
    Ok(())
}

/// A time in whole milliseconds.
pub fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(value: &impl Serialize) -> String {
        serde_json::to_string(value).unwrap()
    }

    #[test]
    fn a_secret_is_shown_as_a_mask() {
        let secret = Secret::try_from("sk-1".to_owned()).unwrap();
        assert_eq!(shown(&secret), "\"********\"");
    }

    #[test]
    fn an_address_is_shown_without_what_may_be_secret() {
        for (address, expected) in [
            ("https://h/v1", "https://h/v1"),
            ("sqlite://parlor.db", "sqlite://parlor.db"),
            ("postgres://me:p@ss@h/db", "postgres://********@h/db"),
            ("https://h/v1?key=1", "https://h/v1?********"),
            ("me:pass@h", "********@h"),
            ("", ""),
        ] {
            assert_eq!(UrlText::new(address).to_string(), expected);
        }
    }
}
