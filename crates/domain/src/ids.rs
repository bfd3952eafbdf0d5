//! A newtype for each id, so that no id fits a lookup of another kind.
//!
//! Ids are parsed where they enter, in their canonical spelling only: two spellings of one id would let a
//! check look at one and the store at the other.

use std::{fmt, str::FromStr};

use uuid::Uuid;

/// The text is not an id in its canonical spelling (36 characters, lower case, hyphens).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id: ids are UUIDs in lower case with hyphens")]
pub struct InvalidId;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// The id with this value, whatever made it.
            pub const fn from_uuid(value: Uuid) -> Self {
                Self(value)
            }

            /// The bare value, for stores and for the wire.
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                canonical(text).map(Self)
            }
        }
    )*};
}

ids! {
    /// An organization: the tenant that nothing ever crosses.
    OrganizationId;
    /// A user of one organization.
    UserId;
    /// A group of users. Grants hold this id, never a name: a renamed or recreated group carries nothing over.
    GroupId;
    /// A conversation.
    ConversationId;
    /// A message of a conversation.
    MessageId;
    /// An audit entry; also what deduplicates it downstream.
    AuditEntryId;
}

fn canonical(text: &str) -> Result<Uuid, InvalidId> {
    let id = Uuid::try_parse(text).map_err(|_| InvalidId)?;
    let mut buffer = Uuid::encode_buffer();
    if id.hyphenated().encode_lower(&mut buffer) == text {
        Ok(id)
    } else {
        Err(InvalidId)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CANONICAL: &str = "0190a2b4-7e1c-7cc0-98c4-dc0c0c07398f";

    #[test]
    fn the_canonical_spelling_is_read_and_written_unchanged() {
        let id: ConversationId = CANONICAL.parse().unwrap();
        assert_eq!(id.to_string(), CANONICAL);
    }

    #[test]
    fn every_other_spelling_of_the_same_id_is_refused() {
        let braced = format!("{{{CANONICAL}}}");
        let urn = format!("urn:uuid:{CANONICAL}");
        let spaced = format!(" {CANONICAL}");
        for spelling in [
            &CANONICAL.to_uppercase(),
            &CANONICAL.replace('-', ""),
            &braced,
            &urn,
            &spaced,
            "",
        ] {
            assert_eq!(
                spelling.parse::<ConversationId>(),
                Err(InvalidId),
                "{spelling}"
            );
        }
    }
}
