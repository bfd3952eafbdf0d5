//! Where the values come from that an error is about.

use std::collections::BTreeMap;

use anyhow::anyhow;

/// The error, with the place of each key that it names in backticks, as `` `store.url` in parlor.toml ``. Built-in defaults have none.
pub fn with_origins(error: &anyhow::Error, origins: &BTreeMap<String, String>) -> anyhow::Error {
    let text = format!("{error:#}");
    let mut told = String::new();
    let mut named: Vec<&String> = Vec::new();
    for (index, part) in text.split('`').enumerate() {
        if index > 0 {
            told.push('`');
        }
        // Between backticks is every other part; the place comes after the second one.
        if let Some(origin) = named.pop() {
            told.extend([" in ", origin.as_str()]);
        }
        told.push_str(part);
        if index % 2 == 1
            && let Some(origin) = origins.get(part)
            && !told.contains(&format!("`{part}` in "))
        {
            named.push(origin);
        }
    }
    anyhow!("{told}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_is_told_with_its_place_once() {
        let origins = BTreeMap::from([("store.url".to_owned(), "the command line".to_owned())]);
        for (text, expected) in [
            (
                "`store.url` is wrong",
                "`store.url` in the command line is wrong",
            ),
            (
                "`model.default` is `x`, `store.url`, and `store.url` again",
                "`model.default` is `x`, `store.url` in the command line, and `store.url` again",
            ),
            (
                "ends with `store.url`",
                "ends with `store.url` in the command line",
            ),
            ("nothing of a key", "nothing of a key"),
        ] {
            assert_eq!(
                with_origins(&anyhow!("{text}"), &origins).to_string(),
                expected
            );
        }
    }
}
