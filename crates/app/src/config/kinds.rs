//! Reads values so that a wrong one is refused with what is allowed, in an operator's words.

use std::{
    fmt, marker::PhantomData, net::SocketAddr, num::NonZeroU32, path::PathBuf, str::FromStr,
};

use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeOwned, IntoDeserializer as _, value::Error as PlainError},
};

/// How the messages of this module begin: the key comes before it.
pub const MUST_BE: &str = "must be ";

/// A number with a range that can be told.
pub trait Number: FromStr {
    const RANGE: (u64, u64);
}

impl Number for u32 {
    const RANGE: (u64, u64) = (0, u32::MAX as u64);
}

impl Number for NonZeroU32 {
    const RANGE: (u64, u64) = (1, u32::MAX as u64);
}

impl Number for u64 {
    /// TOML's numbers end there.
    const RANGE: (u64, u64) = (0, i64::MAX as u64);
}

impl Number for usize {
    const RANGE: (u64, u64) = (0, isize::MAX as u64);
}

/// A whole number in the range of its type.
pub fn number<'de, D: Deserializer<'de>, T: Number>(deserializer: D) -> Result<T, D::Error> {
    let (least, most) = T::RANGE;
    let allowed = format!("a whole number from {least} to {most}");
    let text = scalar(deserializer, &allowed)?;
    let in_range = text
        .trim()
        .parse::<u64>()
        .is_ok_and(|number| (least..=most).contains(&number));
    in_range
        .then(|| text.trim().parse().ok())
        .flatten()
        .ok_or_else(|| refused(&allowed, &text))
}

/// `true` or `false`, and what is usual for them in environment variables.
pub fn switch<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    let allowed = "`true` or `false`";
    let text = scalar(deserializer, allowed)?;
    match text.trim().to_lowercase().as_str() {
        "true" | "on" | "yes" | "1" => Ok(true),
        "false" | "off" | "no" | "0" => Ok(false),
        _ => Err(refused(allowed, &text)),
    }
}

/// One of the words of a closed list.
pub fn choice<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<T, D::Error> {
    let read = |text: &str| {
        let word: de::value::StrDeserializer<'_, PlainError> = text.into_deserializer();
        T::deserialize(word)
    };
    // Only a word that is not in the list makes serde tell the list.
    let told = read("").err().map(|error| error.to_string());
    let told = told.unwrap_or_default();
    let allowed = told.split_once("expected ").map_or("", |(_, list)| list);
    let text = scalar(deserializer, allowed)?;
    read(text.trim()).map_err(|_| refused(allowed, &text))
}

/// An address with a port.
pub fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    let allowed = "an IP address and a port, such as 127.0.0.1:8080 or [::1]:8080";
    let text = scalar(deserializer, allowed)?;
    text.trim().parse().map_err(|_| refused(allowed, &text))
}

/// An address that an empty text switches off.
pub mod optional_address {
    use std::net::SocketAddr;

    use serde::{Deserializer, Serializer};

    use super::{refused, scalar};

    #[expect(clippy::ref_option, reason = "serde calls it so")]
    pub fn serialize<S: Serializer>(
        address: &Option<SocketAddr>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match address {
            Some(address) => serializer.collect_str(address),
            None => serializer.serialize_str(""),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<SocketAddr>, D::Error> {
        let allowed = "an IP address and a port, such as 127.0.0.1:9464 or [::1]:9464, or empty to switch it off";
        let text = scalar(deserializer, allowed)?;
        match text.trim() {
            "" => Ok(None),
            address => address
                .parse()
                .map(Some)
                .map_err(|_| refused(allowed, &text)),
        }
    }
}

/// The path of a file or a folder.
pub fn path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
    filled(deserializer, "a path").map(PathBuf::from)
}

/// A path that need not be set. To leave it out, leave out the key.
pub fn optional_path<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<PathBuf>, D::Error> {
    path(deserializer).map(Some)
}

/// A text that is not empty.
pub fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    filled(deserializer, "a text")
}

/// The address of a web site, which need not be set.
pub fn optional_web_address<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    let allowed = "a web address, such as https://parlor.example.com";
    let text = scalar(deserializer, allowed)?;
    let host = ["http://", "https://"]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme));
    if host.is_some_and(|host| !host.is_empty()) {
        Ok(Some(text))
    } else {
        Err(refused(allowed, &text))
    }
}

/// Several tables.
pub fn tables<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    struct Visitor<T>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>> de::Visitor<'de> for Visitor<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of tables")
        }

        fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
            let mut tables = Vec::new();
            while let Some(table) = list.next_element()? {
                tables.push(table);
            }
            Ok(tables)
        }
    }
    deserializer.deserialize_seq(Visitor(PhantomData))
}

fn filled<'de, D: Deserializer<'de>>(deserializer: D, allowed: &str) -> Result<String, D::Error> {
    let text = scalar(deserializer, allowed)?;
    if text.trim().is_empty() {
        return Err(refused(allowed, &text));
    }
    Ok(text)
}

fn refused<E: de::Error>(allowed: &str, text: &str) -> E {
    if text.trim().is_empty() {
        E::custom(format_args!("{MUST_BE}{allowed}: it is empty"))
    } else {
        E::custom(format_args!("{MUST_BE}{allowed}: it is `{text}`"))
    }
}

/// The text of a single value: environment variables hold nothing but texts, files have numbers and truth values too.
fn scalar<'de, D: Deserializer<'de>>(deserializer: D, allowed: &str) -> Result<String, D::Error> {
    struct Visitor<'a>(&'a str);
    impl de::Visitor<'_> for Visitor<'_> {
        type Value = String;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<String, E> {
            Ok(text.to_owned())
        }

        fn visit_bool<E: de::Error>(self, value: bool) -> Result<String, E> {
            Ok(value.to_string())
        }

        fn visit_i64<E: de::Error>(self, number: i64) -> Result<String, E> {
            Ok(number.to_string())
        }

        fn visit_u64<E: de::Error>(self, number: u64) -> Result<String, E> {
            Ok(number.to_string())
        }

        fn visit_f64<E: de::Error>(self, number: f64) -> Result<String, E> {
            Ok(number.to_string())
        }
    }
    deserializer.deserialize_any(Visitor(allowed))
}
