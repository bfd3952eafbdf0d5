//! Who can see a conversation, and who could under other grants.

use async_trait::async_trait;
use parlor_domain::{
    access::{Access, AccessFacts, decide},
    conversation::Version,
    grants::Privacy,
    ids::{GroupId, OrganizationId, UserId},
    principal::Principal,
    settings::Settings,
};

use super::{ConversationKey, StoreError, UserRef};

/// Reads the active people of an organization as one conversation's access rules see them, for those who manage it.
///
/// An implementor MUST
/// - list exactly those active users to whom [`decide`] makes the conversation visible: one predicate in the query itself, never a
///   filter after the page;
/// - count each active user under the level that [`decide`] gives it;
/// - see every change that was committed before the call;
/// - answer each in one statement.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait AccessReader: Send + Sync {
    /// The people who can see it, ordered by name (in code-point order), then id, after `after`; at most `limit`. `None` if the
    /// conversation does not exist.
    async fn people(
        &self,
        key: ConversationKey,
        after: Option<UserRef>,
        limit: u32,
    ) -> Result<Option<PeopleOfConversation>, StoreError>;

    /// What other grants would change, and for how many people. `None` if the conversation does not exist.
    async fn foresee(
        &self,
        key: ConversationKey,
        wanted: &Privacy,
    ) -> Result<Option<ForeseenSharing>, StoreError>;
}

/// A page of the people who can see a conversation, with the facts that decide it, all as they were at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeopleOfConversation {
    /// The tenant.
    pub organization_id: OrganizationId,
    /// Whose the conversation is, active or not.
    pub owner_id: UserId,
    /// The page.
    pub people: Vec<PersonOfConversation>,
}

impl PeopleOfConversation {
    /// What somebody of the page may do with the conversation.
    pub fn access_of(&self, person: &PersonOfConversation) -> Access {
        let facts = AccessFacts {
            organization_id: self.organization_id,
            owner_id: self.owner_id,
            privacy: &person.concerning,
        };
        decide(&person.principal, facts)
    }
}

/// Somebody who can see a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonOfConversation {
    /// Who.
    pub user: UserRef,
    /// Its permissions, and those of its groups that the conversation has a grant for: all that the access rules need.
    pub principal: Principal,
    /// Only the grants that concern it: the organization's and its own groups'.
    pub concerning: Privacy,
}

/// A conversation as it is, and what other grants would make of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeseenSharing {
    /// Its version.
    pub version: Version,
    /// All its grants.
    pub privacy: Privacy,
    /// The organization's settings.
    pub settings: Settings,
    /// Those of the wanted groups that are not of the organization, ordered. They count for nobody.
    pub unknown_groups: Vec<GroupId>,
    /// How many people's access changes.
    pub people: AccessChange,
}

/// How many active people's access to a conversation changes, and how. A manager or a privileged reader can see it either way and
/// stands in `before` and in `after`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AccessChange {
    /// Can see it now.
    pub before: u64,
    /// Could see it then.
    pub after: u64,
    /// Cannot see it now; could read it then, and no more.
    pub gain_view: u64,
    /// Can read it at most now; could prompt then.
    pub gain_collaborate: u64,
    /// Can prompt now; could read it then, and no more.
    pub lose_collaborate: u64,
    /// Can see it now; could not then.
    pub lose: u64,
}
