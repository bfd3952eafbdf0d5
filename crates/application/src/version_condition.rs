//! Writing only to the version that one has seen.

use parlor_domain::conversation::Version;

/// Which version a write is meant for (`If-Match`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VersionCondition {
    /// The caller did not say.
    Unstated,
    /// Whatever is there.
    Any,
    /// One of these. An empty list is met by nothing.
    OneOf(Vec<Version>),
}

/// What is there is another version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the conversation has another version")]
pub struct VersionMismatch;

impl VersionCondition {
    /// Passes if a write may be applied to `present`.
    pub fn check(&self, present: Version) -> Result<(), VersionMismatch> {
        match self {
            Self::Unstated | Self::Any => Ok(()),
            Self::OneOf(versions) if versions.contains(&present) => Ok(()),
            Self::OneOf(_) => Err(VersionMismatch),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_stated_other_version_is_refused() {
        let (first, second) = (Version::FIRST, Version::from_number(2));
        assert!(VersionCondition::Unstated.check(first).is_ok());
        assert!(VersionCondition::Any.check(first).is_ok());
        assert!(
            VersionCondition::OneOf(vec![second, first])
                .check(first)
                .is_ok()
        );
        assert!(VersionCondition::OneOf(vec![second]).check(first).is_err());
        assert!(VersionCondition::OneOf(Vec::new()).check(first).is_err());
    }
}
