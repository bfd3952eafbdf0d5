//! Idempotency keys of forms: a form that is sent twice does its work once.

use std::{fmt, str::FromStr};

use parlor_application::idempotency::IdempotencyKey;
use sha2::{Digest, Sha256};

use crate::csrf::hexadecimal;

/// The key in a form's field `key`: 32 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FormKey(String);

/// The text is no key of a form.
#[derive(Debug, thiserror::Error)]
#[error("not the key of a form")]
pub(crate) struct NotAFormKey;

impl FormKey {
    const LENGTH: usize = 32;

    /// A new one.
    pub fn generate() -> Self {
        Self(hexadecimal(&rand::random::<[u8; 16]>()))
    }

    /// The key for what this form asks for: these fields, of which each is taken as a whole.
    pub fn with(&self, what: &str, fields: &[&str]) -> IdempotencyKey {
        let mut digest = Sha256::new().chain_update(what);
        for field in fields {
            digest = digest
                .chain_update((field.len() as u64).to_be_bytes())
                .chain_update(field);
        }
        IdempotencyKey {
            // Apart from the keys of the API, which its clients choose.
            key: format!("form:{what}:{}", self.0),
            fingerprint: digest.finalize().into(),
        }
    }
}

impl FromStr for FormKey {
    type Err = NotAFormKey;

    fn from_str(text: &str) -> Result<Self, NotAFormKey> {
        let is_key = text.len() == Self::LENGTH
            && text
                .bytes()
                .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        is_key.then(|| Self(text.to_owned())).ok_or(NotAFormKey)
    }
}

impl fmt::Display for FormKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_was_written_and_nothing_else_is() {
        let key = FormKey::generate();
        assert_eq!(key.to_string().parse::<FormKey>().unwrap(), key);
        assert_ne!(FormKey::generate(), key);
        for text in ["", "a", &"g".repeat(32), &"A".repeat(32), &"a".repeat(33)] {
            assert!(text.parse::<FormKey>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_same_key_for_something_else_is_told_apart() {
        let key = FormKey::generate();
        let fingerprint = |fields: &[&str]| key.with("prompt", fields).fingerprint;
        assert_eq!(fingerprint(&["a", "b"]), fingerprint(&["a", "b"]));
        assert_ne!(fingerprint(&["a", "b"]), fingerprint(&["ab", ""]));
        assert_ne!(fingerprint(&["a"]), key.with("fork", &["a"]).fingerprint);
    }
}
