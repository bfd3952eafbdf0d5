//! The people of an organization, their roles and groups.

use std::fmt;

use async_trait::async_trait;
use parlor_domain::{
    ids::{GroupId, OrganizationId, UserId},
    principal::{Permission, Principal},
    settings::Settings,
};

use super::{Identity, StoreError, StorePosition};

/// Reads who people are. Nothing of it is kept past the request that asked.
///
/// An implementor MUST
/// - answer `None` for a user that does not exist, is of another organization, or is stopped;
/// - see every change that was committed before the call;
/// - answer each in one statement.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait Directory: Send + Sync {
    /// An active user with everything that a request needs to know of it.
    async fn find_member(&self, identity: Identity) -> Result<Option<Member>, StoreError>;

    /// Groups ordered by name (in code-point order), then id, after `after`; at most `limit`. With `search`, only those whose
    /// name [`NameSearch::matches`].
    async fn list_groups(
        &self,
        organization_id: OrganizationId,
        search: Option<NameSearch>,
        after: Option<GroupRef>,
        limit: u32,
    ) -> Result<Vec<GroupRef>, StoreError>;

    /// The organization's settings.
    async fn settings(&self, organization_id: OrganizationId) -> Result<Settings, StoreError>;
}

/// An active user, as the directory knows it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// What the access rules need.
    pub principal: Principal,
    /// What it is called.
    pub name: String,
    /// Its address.
    pub email: String,
    /// The names of its roles, ordered.
    pub role_names: Vec<String>,
    /// Its organization's name.
    pub organization_name: String,
    /// Its groups with their names, ordered by name and id; the same ids as in the principal.
    pub groups: Vec<GroupRef>,
    /// Where the store was when this was read: everything that was answered before is before it.
    pub read_at: StorePosition,
}

/// What a name has to contain, whatever the case. `Debug` does not show it.
///
/// Case is what Unicode says of each character by itself, the same on every store.
#[derive(Clone, PartialEq, Eq)]
pub struct NameSearch(String);

impl NameSearch {
    /// The most characters of one search; further ones are left out.
    pub const MAX_CHARACTERS: usize = 100;

    /// What somebody typed, without white space at its ends; `None` if nothing is left.
    pub fn parse(text: &str) -> Option<Self> {
        let wanted: String = text.trim().chars().take(Self::MAX_CHARACTERS).collect();
        (!wanted.is_empty()).then(|| Self(without_case(&wanted)))
    }

    /// Whether this name contains it.
    pub fn matches(&self, name: &str) -> bool {
        without_case(name).contains(&self.0)
    }
}

/// Character by character: `str::to_lowercase` looks at a character's neighbours, so a part of a name could get another spelling
/// than the same part within the name.
fn without_case(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

impl fmt::Debug for NameSearch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NameSearch({} characters)", self.0.chars().count())
    }
}

/// A user's id and what it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRef {
    /// The user.
    pub id: UserId,
    /// What it is called.
    pub name: String,
}

/// A group's id and what it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRef {
    /// The group.
    pub id: GroupId,
    /// What it is called. Never compared with anything: grants hold ids.
    pub name: String,
}

/// A whole directory, to fill an empty store with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DirectorySeed {
    /// The organizations.
    pub organizations: Vec<OrganizationSeed>,
}

/// One organization of a [`DirectorySeed`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationSeed {
    /// Its id.
    pub id: OrganizationId,
    /// What it is called.
    pub name: String,
    /// Its settings.
    pub settings: Settings,
    /// Its groups.
    pub groups: Vec<GroupRef>,
    /// Its users; each gets a role of its own permissions.
    pub users: Vec<UserSeed>,
}

/// One user of an [`OrganizationSeed`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserSeed {
    /// Its id.
    pub id: UserId,
    /// What it is called.
    pub name: String,
    /// Its address.
    pub email: String,
    /// Whether it may sign in.
    pub active: bool,
    /// Its roles: a name, and what the role gives. Roles of the same name in one organization are one role, with the
    /// permissions of the first.
    pub roles: Vec<(String, Vec<Permission>)>,
    /// Its groups, all of them in the organization's list.
    pub groups: Vec<GroupId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(wanted: &str, name: &str) -> bool {
        NameSearch::parse(wanted).unwrap().matches(name)
    }

    #[test]
    fn a_name_is_found_by_any_part_of_it_whatever_the_case() {
        for wanted in ["threat", "HUNT", "t h", " Hunting ", "Threat Hunting"] {
            assert!(matches(wanted, "Threat Hunting"), "{wanted}");
        }
        for wanted in ["threats", "hunting threat", "threat  hunting", "%", "_"] {
            assert!(!matches(wanted, "Threat Hunting"), "{wanted}");
        }
    }

    #[test]
    fn case_is_that_of_all_letters_and_of_each_by_itself() {
        assert!(matches("äpfel", "ÄPFEL"));
        assert!(matches("위협", "위협 분석"));
        assert!(!matches("apfel", "Äpfel"));
        // The last sigma of a word is written otherwise only in lower case.
        assert!(matches("οδοσ", "ΟΔΟΣ 1"));
    }

    #[test]
    fn nothing_but_white_space_is_no_search_and_what_is_too_long_is_cut() {
        assert_eq!(NameSearch::parse(" \t"), None);
        let long = NameSearch::parse(&"가".repeat(101)).unwrap();
        assert!(long.matches(&"가".repeat(100)));
    }

    #[test]
    fn debug_does_not_show_what_was_searched_for() {
        let search = NameSearch::parse("secret").unwrap();
        assert_eq!(format!("{search:?}"), "NameSearch(6 characters)");
    }
}
