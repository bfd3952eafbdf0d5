//! Reading conversations.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use parlor_domain::{
    access::{Access, AccessFacts, decide},
    conversation::Version,
    grants::{Privacy, PrivacyKind},
    ids::{ConversationId, OrganizationId},
    principal::Principal,
    text::Title,
};

use super::{
    GroupRef, Identity, Member, SearchPage, SearchQuery, StoreError, StorePosition, UserRef,
};

use crate::storable::storable_time;

pub use parlor_domain::search::SearchTerms;

/// Reads conversations together with the facts that the access rules need, each call but a search in one statement.
///
/// An implementor MUST
/// - see every change that was committed before the call; in a list, every change before
///   [`ConversationQuery::at_least`];
/// - list exactly those conversations that [`decide`] makes visible to the principal: one predicate for list, search and
///   [`ConversationSummary::forked_from`], in the query itself, never a filter after the page;
/// - let the cost of a page of the list depend on the page and on the principal's number of groups, not on how many
///   conversations there are;
/// - never let anything of another organization into an answer.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait ConversationReader: Send + Sync {
    /// The conversation with this id in the principal's organization, if the principal can see it. What it may do with it is asked of
    /// [`ConversationSummary::access_of`].
    async fn find(
        &self,
        principal: &Principal,
        id: ConversationId,
    ) -> Result<Option<ConversationSummary>, StoreError>;

    /// The active user behind this identity as [`Directory::find_member`](super::Directory::find_member) tells it, and the
    /// conversation as [`ConversationReader::find`] tells it for that user, of one moment and in one statement. `None` where there
    /// is no such user, whatever the conversation.
    async fn find_with_member(
        &self,
        identity: Identity,
        id: ConversationId,
    ) -> Result<Option<(Member, Option<ConversationSummary>)>, StoreError>;

    /// Visible conversations, newest activity first (ties: greater id first), after `query.after`; at most `query.limit`.
    async fn list(
        &self,
        principal: &Principal,
        query: &ConversationQuery,
    ) -> Result<Vec<ConversationSummary>, StoreError>;

    /// Visible conversations that have all terms of the search, in the order of the list.
    ///
    /// The work, the plan included, MUST depend on what the principal can see, and on nothing else: see [`SearchScan`]. Each of
    /// its statements checks anew what is visible.
    ///
    /// [`SearchScan`]: super::SearchScan
    async fn search(
        &self,
        principal: &Principal,
        query: &SearchQuery,
    ) -> Result<SearchPage, StoreError>;

    /// All grants of a conversation, with the groups' names, ordered by name and id; `None` if it does not exist.
    async fn sharing(
        &self,
        organization_id: OrganizationId,
        id: ConversationId,
    ) -> Result<Option<Sharing>, StoreError>;
}

/// A conversation as one principal meets it in a list or by its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationSummary {
    /// Its id.
    pub id: ConversationId,
    /// The tenant.
    pub organization_id: OrganizationId,
    /// Whose it is.
    pub owner: UserRef,
    /// What it is called.
    pub title: Title,
    /// Private or shared.
    pub privacy: PrivacyKind,
    /// Only the grants that concern the principal it was read for: the organization's and its own groups'. For the access
    /// rules; [`ConversationSummary::privacy`] is what one shows.
    pub concerning: Privacy,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When a message last came.
    pub last_activity_at: DateTime<Utc>,
    /// Its version.
    pub version: Version,
    /// What it is a copy of, only while the principal can see that one.
    pub forked_from: Option<ConversationId>,
}

impl ConversationSummary {
    /// What the principal that it was read for may do with it.
    pub fn access_of(&self, principal: &Principal) -> Access {
        let facts = AccessFacts {
            organization_id: self.organization_id,
            owner_id: self.owner.id,
            privacy: &self.concerning,
        };
        decide(principal, facts)
    }
}

/// Which conversations to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationQuery {
    /// Which of the visible ones.
    pub filter: ConversationFilter,
    /// Only what comes after this one.
    pub after: Option<ActivityCursor>,
    /// At most so many.
    pub limit: u32,
    /// From a state that has everything before this position.
    pub at_least: StorePosition,
}

/// Which of the visible conversations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ConversationFilter {
    /// All of them.
    #[default]
    All,
    /// Those that the principal owns.
    Mine,
    /// Others' that were shared with it: a grant makes them visible.
    Shared,
    /// Others' private ones, seen by privilege.
    Private,
}

impl ConversationFilter {
    /// Every filter.
    pub const ALL: [Self; 4] = [Self::All, Self::Mine, Self::Shared, Self::Private];

    /// The stable word for it on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Mine => "mine",
            Self::Shared => "shared",
            Self::Private => "private",
        }
    }
}

/// The place of a conversation in the order of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActivityCursor {
    /// Its newest activity.
    pub last_activity_at: DateTime<Utc>,
    /// Its id.
    pub id: ConversationId,
}

impl ActivityCursor {
    /// The place with this activity, in microseconds since 1970; `None` for a time that no store has to hold.
    pub fn from_micros(micros: i64, id: ConversationId) -> Option<Self> {
        let last_activity_at = DateTime::from_timestamp_micros(micros).and_then(storable_time)?;
        Some(Self {
            last_activity_at,
            id,
        })
    }
}

/// With whom a conversation is shared, for those who manage it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sharing {
    /// The grants.
    pub privacy: Privacy,
    /// The names of the groups among them.
    pub groups: Vec<GroupRef>,
    /// The conversation's version.
    pub version: Version,
}
