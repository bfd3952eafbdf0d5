//! Whom a conversation is shared with.

use std::{collections::BTreeMap, str::FromStr};

use crate::ids::GroupId;
use crate::worded::worded;

worded! {
    /// How far a grant goes.
    Level {
        /// Read everything, write nothing.
        View = "view",
        /// Read everything and prompt.
        Collaborate = "collaborate",
    }
}

/// The text names no level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a level: `view` or `collaborate`")]
pub struct UnknownLevel;

impl FromStr for Level {
    type Err = UnknownLevel;

    fn from_str(text: &str) -> Result<Self, UnknownLevel> {
        Self::ALL
            .into_iter()
            .find(|level| level.as_str() == text)
            .ok_or(UnknownLevel)
    }
}

/// At least one grant. There is no empty value of this type: see [`Privacy`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grants {
    organization: Option<Level>,
    groups: BTreeMap<GroupId, Level>,
}

impl Grants {
    /// Grants for the organization and for groups; `None` when that is no grant at all.
    pub fn new(organization: Option<Level>, groups: BTreeMap<GroupId, Level>) -> Option<Self> {
        (organization.is_some() || !groups.is_empty()).then_some(Self {
            organization,
            groups,
        })
    }

    /// A grant for everybody in the organization, and for no group.
    pub const fn to_organization(level: Level) -> Self {
        Self {
            organization: Some(level),
            groups: BTreeMap::new(),
        }
    }

    /// The organization's level, if it has a grant.
    pub const fn organization(&self) -> Option<Level> {
        self.organization
    }

    /// The groups' levels.
    pub const fn groups(&self) -> &BTreeMap<GroupId, Level> {
        &self.groups
    }
}

/// Private, or shared with somebody. There is no third state, and no grant exists while private: removing the
/// last grant *is* making it private.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Privacy {
    /// Nobody has a grant.
    Private,
    /// At least one grant.
    Shared(Grants),
}

impl Privacy {
    /// What a set of grants amounts to; none at all means private.
    pub fn from_grants(organization: Option<Level>, groups: BTreeMap<GroupId, Level>) -> Self {
        Grants::new(organization, groups).map_or(Self::Private, Self::Shared)
    }

    /// The grants, if there are any.
    pub const fn grants(&self) -> Option<&Grants> {
        match self {
            Self::Private => None,
            Self::Shared(grants) => Some(grants),
        }
    }

    /// Which of the two states it is.
    pub const fn kind(&self) -> PrivacyKind {
        match self {
            Self::Private => PrivacyKind::Private,
            Self::Shared(_) => PrivacyKind::Shared,
        }
    }
}

worded! {
    /// The bare state, without the grants: what a client asks for and what everybody with access may know.
    PrivacyKind {
        /// No grants.
        Private = "private",
        /// At least one grant.
        Shared = "shared",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_grants_at_all_are_not_grants_but_privacy() {
        assert_eq!(Grants::new(None, BTreeMap::new()), None);
        assert_eq!(
            Privacy::from_grants(None, BTreeMap::new()),
            Privacy::Private
        );
    }

    #[test]
    fn one_grant_of_either_kind_is_sharing() {
        let group = GroupId::from_uuid(uuid::Uuid::from_u128(1));
        for (organization, groups) in [
            (Some(Level::View), BTreeMap::new()),
            (None, BTreeMap::from([(group, Level::View)])),
        ] {
            assert_eq!(
                Privacy::from_grants(organization, groups).kind(),
                PrivacyKind::Shared
            );
        }
    }

    #[test]
    fn collaborate_is_more_than_view() {
        assert!(Level::Collaborate > Level::View);
    }
}
