//! Search the conversations that the caller can see.

mod index_state;
mod limit;

use std::{collections::HashMap, sync::Arc};

use parlor_domain::{
    ids::{ConversationId, MessageId},
    search::{self, Excerpt, SearchTerms},
};

use super::list::record_privileged;
use crate::{
    access_gate::{AccessGate, ConversationView},
    caller::Caller,
    paging::PageSize,
    ports::{
        ActivityCursor, ConversationFilter, ConversationQuery, MessageReader, SearchHit,
        SearchQuery, SearchText, SearchTextQuery, StoreError,
    },
};

pub use index_state::{SearchIndexState, complete_search_index, keep_audiences_indexed};
pub use limit::{SearchLimit, TooManySearches};

/// Searches visible conversations, newest activity first. A page that shows some by privilege alone is audited.
pub struct SearchConversations {
    gate: Arc<AccessGate>,
    messages: Arc<dyn MessageReader>,
    limit: Arc<SearchLimit>,
    index: Arc<SearchIndexState>,
}

/// Which page of which search.
#[derive(Debug, Clone)]
pub struct ConversationSearchRequest {
    /// What to search for.
    pub terms: SearchTerms,
    /// In which of the visible ones.
    pub filter: ConversationFilter,
    /// After which place.
    pub after: Option<ActivityCursor>,
    /// How many at most.
    pub size: PageSize,
}

/// A page of a search.
#[derive(Debug, Default)]
pub struct FoundConversations {
    /// What was found. It can be less than a page, or nothing, although there is a next one.
    pub items: Vec<FoundConversation>,
    /// After which place the search continues.
    pub next: Option<ActivityCursor>,
    /// Whether conversations are still being indexed, so that some may not be found yet.
    pub indexing: bool,
}

/// A conversation that was found.
#[derive(Debug)]
pub struct FoundConversation {
    /// The conversation.
    pub view: ConversationView,
    /// Where in it something was found, as far as that is in the part that was read.
    pub excerpt: Option<FoundExcerpt>,
}

/// Where in a conversation something was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundExcerpt {
    /// The text around it.
    pub excerpt: Excerpt,
    /// In which message; `None` for the title.
    pub message_id: Option<MessageId>,
}

/// Why nothing was searched.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The user searches more than they may.
    #[error(transparent)]
    TooMany(#[from] TooManySearches),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SearchConversations {
    /// How many messages of a conversation are read to tell whether they have what was searched for in one piece.
    const TEXTS: u32 = 8;

    /// The use case behind this gate.
    pub const fn new(
        gate: Arc<AccessGate>,
        messages: Arc<dyn MessageReader>,
        limit: Arc<SearchLimit>,
        index: Arc<SearchIndexState>,
    ) -> Self {
        Self {
            gate,
            messages,
            limit,
            index,
        }
    }

    /// One page.
    pub async fn execute(
        &self,
        caller: &Caller,
        request: ConversationSearchRequest,
    ) -> Result<FoundConversations, SearchError> {
        let _running = self.limit.begin(caller.identity()).await?;
        // Before the search: what is indexed meanwhile is found, or it is told that some was not.
        let indexing = !self.index.is_complete();
        let query = SearchQuery {
            terms: request.terms,
            list: ConversationQuery {
                filter: request.filter,
                after: request.after,
                limit: request.size.get(),
                at_least: caller.member.read_at,
            },
        };
        let page = self.gate.reader.search(caller.principal(), &query).await?;
        let mut texts = self.texts(caller, &query.terms, &page.hits).await?;
        let items: Vec<_> = page
            .hits
            .into_iter()
            .filter_map(|hit| {
                let texts = texts.remove(&hit.summary.id).unwrap_or_default();
                found(caller, hit, &texts, &query.terms)
            })
            .collect();
        let views = items.iter().map(|item| &item.view);
        record_privileged(&self.gate, caller, request.filter, true, views).await?;
        Ok(FoundConversations {
            items,
            next: page.next,
            indexing,
        })
    }

    /// The messages in which something was found. What is read is part of what the store has just found visible.
    async fn texts(
        &self,
        caller: &Caller,
        terms: &SearchTerms,
        hits: &[SearchHit],
    ) -> Result<HashMap<ConversationId, Vec<SearchText>>, StoreError> {
        let places: Vec<_> = hits
            .iter()
            .filter_map(|hit| Some((hit.summary.id, hit.position?)))
            .collect();
        if places.is_empty() {
            return Ok(HashMap::new());
        }
        let query = SearchTextQuery {
            places,
            texts: if terms.is_approximate() {
                Self::TEXTS
            } else {
                1
            },
            at_least: caller.member.read_at,
        };
        let texts = self
            .messages
            .search_texts(caller.organization_id(), &query)
            .await?;
        let mut by_conversation: HashMap<_, Vec<_>> = HashMap::new();
        for text in texts {
            by_conversation
                .entry(text.conversation_id)
                .or_default()
                .push(text);
        }
        Ok(by_conversation)
    }
}

/// The hit as the caller sees it; `None` if all of it was read and does not have what was searched for in one piece.
fn found(
    caller: &Caller,
    hit: SearchHit,
    texts: &[SearchText],
    terms: &SearchTerms,
) -> Option<FoundConversation> {
    let title = hit.summary.title.as_str();
    let contents = || texts.iter().map(|text| text.content.as_str());
    let is_whole =
        texts.len() < SearchConversations::TEXTS as usize && texts.iter().all(|text| !text.is_cut);
    if terms.is_approximate()
        && is_whole
        && !search::mentions(std::iter::once(title).chain(contents()), terms)
    {
        return None;
    }
    // Best where all of it is in one piece.
    let best = |content: &str| search::mentions([content], terms);
    let texts = || texts.iter();
    let in_messages = texts()
        .filter(|text| best(&text.content))
        .chain(texts())
        .find_map(|text| {
            Some(FoundExcerpt {
                excerpt: search::excerpt(&text.content, terms)?,
                message_id: Some(text.message_id),
            })
        });
    let excerpt = in_messages.or_else(|| {
        Some(FoundExcerpt {
            excerpt: search::excerpt(title, terms)?,
            message_id: None,
        })
    });
    Some(FoundConversation {
        view: ConversationView {
            access: hit.summary.access_of(caller.principal()),
            summary: hit.summary,
        },
        excerpt,
    })
}
