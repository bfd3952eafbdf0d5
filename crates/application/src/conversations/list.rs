//! List and search the conversations that the caller may see.

use std::sync::Arc;

use parlor_domain::audit::{ActionName, Fact};

use crate::{
    access_gate::{AccessGate, ConversationView},
    caller::Caller,
    paging::{Page, PageSize},
    ports::{ActivityCursor, ConversationFilter, ConversationQuery, SearchTerms, StoreError},
};

/// Lists visible conversations, newest activity first. A page that shows some by privilege alone is audited.
pub struct ListConversations {
    gate: Arc<AccessGate>,
}

/// Which page of which list.
#[derive(Debug, Clone)]
pub struct ConversationListRequest {
    /// Which of the visible ones.
    pub filter: ConversationFilter,
    /// Only those that have all these words.
    pub search: Option<SearchTerms>,
    /// After which place.
    pub after: Option<ActivityCursor>,
    /// How many.
    pub size: PageSize,
}

impl ListConversations {
    /// The use case behind this gate.
    pub const fn new(gate: Arc<AccessGate>) -> Self {
        Self { gate }
    }

    /// One page.
    pub async fn execute(
        &self,
        caller: &Caller,
        request: ConversationListRequest,
    ) -> Result<Page<ConversationView, ActivityCursor>, StoreError> {
        let query = ConversationQuery {
            filter: request.filter,
            search: request.search,
            after: request.after,
            limit: request.size.and_one(),
        };
        let found = self.gate.reader.list(caller.principal(), &query).await?;
        let page = Page::cut(found, request.size, |last| ActivityCursor {
            last_activity_at: last.last_activity_at,
            id: last.id,
        });
        let items: Vec<_> = page
            .items
            .into_iter()
            .map(|summary| ConversationView {
                access: summary.access_of(caller.principal()),
                summary,
            })
            .collect();
        self.record_privileged(caller, &query, &items).await?;
        Ok(Page {
            items,
            next: page.next,
        })
    }

    async fn record_privileged(
        &self,
        caller: &Caller,
        query: &ConversationQuery,
        items: &[ConversationView],
    ) -> Result<(), StoreError> {
        let privileged: Vec<_> = items
            .iter()
            .filter(|view| view.access.is_privileged())
            .map(|view| view.summary.id.as_uuid())
            .collect();
        if privileged.is_empty() {
            return Ok(());
        }
        let mut entry = self
            .gate
            .entry(caller, ActionName::ConversationList, self.gate.clock.now())
            .with("conversationIds", Fact::Ids(privileged))
            .with("filter", Fact::Word(query.filter.as_str()))
            .with("search", Fact::Flag(query.search.is_some()));
        entry.access = items
            .iter()
            .find(|view| view.access.is_privileged())
            .map(|view| (&view.access).into());
        self.gate.recorder.record(&entry).await
    }
}
