//! How text becomes values: in one spelling only, and never from another shape than the one that is documented.

use std::{fmt, marker::PhantomData, str::FromStr};

use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, Visitor, value::MapAccessDeserializer},
};

/// A value that is written as a string and read by its own `FromStr`, such as an id in its canonical spelling.
///
/// (A derived enum would also be read from `{"word": null}`.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Text<T>(pub T);

impl<'de, T> Deserialize<'de> for Text<T>
where
    T: FromStr<Err: fmt::Display>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor<T>(PhantomData<T>);

        impl<T> Visitor<'_> for TextVisitor<T>
        where
            T: FromStr<Err: fmt::Display>,
        {
            type Value = Text<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                text.parse().map(Text).map_err(E::custom)
            }
        }

        deserializer.deserialize_str(TextVisitor(PhantomData))
    }
}

/// A struct that is read from a JSON object. (A derived struct would also be read from an array of its fields.)
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ObjectVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }

        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

/// For a field where `null` means something else than no field at all.
#[expect(
    clippy::option_option,
    reason = "absent, null and a value are three different wishes"
)]
pub(crate) fn present<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use parlor_domain::{grants::Level, ids::GroupId};

    use super::*;

    #[derive(Debug, Deserialize, PartialEq, Eq)]
    #[serde(deny_unknown_fields)]
    struct Grant {
        level: Text<Level>,
        #[serde(default, deserialize_with = "present")]
        #[expect(
            clippy::option_option,
            reason = "absent, null and a value are three different wishes"
        )]
        group: Option<Option<Text<GroupId>>>,
    }

    fn read(json: &str) -> Result<Object<Grant>, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn absent_null_and_given_are_told_apart() {
        const ID: &str = "0190a2b4-7e1c-7cc0-98c4-dc0c0c07398f";
        assert_eq!(read(r#"{"level":"view"}"#).unwrap().0.group, None);
        assert_eq!(
            read(r#"{"level":"view","group":null}"#).unwrap().0.group,
            Some(None)
        );
        let given = read(&format!(r#"{{"level":"view","group":"{ID}"}}"#)).unwrap();
        assert_eq!(given.0.group, Some(Some(Text(ID.parse().unwrap()))));
    }

    #[test]
    fn other_shapes_of_the_same_value_are_refused() {
        for json in [
            r#"["view"]"#,
            r#"["view", null]"#,
            r#"{"level":{"view":null}}"#,
            r#"{"level":["view"]}"#,
            r#"{"level":"View"}"#,
            r#"{"level":"view","group":"0190A2B4-7E1C-7CC0-98C4-DC0C0C07398F"}"#,
        ] {
            assert!(read(json).is_err(), "{json}");
        }
    }
}
