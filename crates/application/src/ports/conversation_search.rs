//! Searching conversations.

use parlor_domain::search::SearchTerms;

use super::{ActivityCursor, ConversationQuery, ConversationSummary};

/// Which conversations to search for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchQuery {
    /// Only those whose title and finished messages together have all these terms.
    pub terms: SearchTerms,
    /// Which of the visible ones, after which one, and how many at most.
    pub list: ConversationQuery,
}

/// A page of a search.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchPage {
    /// What was found, newest activity first. It can be less than a page, or nothing, although the search continues.
    pub hits: Vec<SearchHit>,
    /// After which place the search continues; `None` where it has looked at everything.
    pub next: Option<ActivityCursor>,
}

/// A conversation that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchHit {
    /// The conversation.
    pub summary: ConversationSummary,
    /// The position of a message that has the first of the terms; `None` where only the title has it.
    pub position: Option<u32>,
}
