//! List the conversations that the caller may see.

use std::sync::Arc;

use parlor_domain::audit::{ActionName, Fact};

use crate::{
    access_gate::{AccessGate, ConversationView},
    caller::Caller,
    paging::{Page, PageSize},
    ports::{ActivityCursor, ConversationFilter, ConversationQuery, StoreError},
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
            after: request.after,
            limit: request.size.and_one(),
            at_least: caller.member.read_at,
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
        record_privileged(&self.gate, caller, query.filter, false, items.iter()).await?;
        Ok(Page {
            items,
            next: page.next,
        })
    }
}

/// Audits that privilege alone showed some of these.
pub(super) async fn record_privileged<'a>(
    gate: &AccessGate,
    caller: &Caller,
    filter: ConversationFilter,
    is_search: bool,
    items: impl Iterator<Item = &'a ConversationView>,
) -> Result<(), StoreError> {
    let privileged: Vec<_> = items.filter(|view| view.access.is_privileged()).collect();
    let Some(first) = privileged.first() else {
        return Ok(());
    };
    let ids = privileged.iter().map(|view| view.summary.id.as_uuid());
    let mut entry = gate
        .entry(caller, ActionName::ConversationList, gate.clock.now())
        .with("conversationIds", Fact::Ids(ids.collect()))
        .with("filter", Fact::Word(filter.as_str()))
        .with("search", Fact::Flag(is_search));
    entry.access = Some((&first.access).into());
    gate.recorder.record(&entry).await
}
