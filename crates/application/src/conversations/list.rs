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

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use parlor_domain::{conversation::Conversation, grants::Level::View, ids::ConversationId};
    use serde_json::json;

    use super::*;
    use crate::kit::*;

    fn first_page(items: u32) -> ConversationListRequest {
        ConversationListRequest {
            filter: ConversationFilter::All,
            after: None,
            size: PageSize::new(items).unwrap(),
        }
    }

    async fn list(
        stage: &Stage,
        caller: &Caller,
        request: ConversationListRequest,
    ) -> Result<Page<ConversationView, ActivityCursor>, StoreError> {
        ListConversations::new(stage.gate())
            .execute(caller, request)
            .await
    }

    /// Alice has a private one and, newer, one that is shared with the organization.
    fn two() -> Stage {
        let stage = Stage::with(private());
        let newer = Conversation {
            id: ABSENT,
            last_activity_at: now(),
            ..shared(View)
        };
        stage.change(|stored| {
            stored.conversations.insert(newer.id, newer);
        });
        stage
    }

    fn ids(page: &Page<ConversationView, ActivityCursor>) -> Vec<ConversationId> {
        page.items.iter().map(|view| view.summary.id).collect()
    }

    #[tokio::test]
    async fn everybody_gets_what_it_can_see_with_what_it_may_do() {
        for (caller, visible) in [
            (alice(), vec![ABSENT, CONVERSATION]),
            (carol(), vec![ABSENT]),
            (vera(), vec![ABSENT, CONVERSATION]),
            (erin(), vec![]),
            (mallory(), vec![]),
        ] {
            let stage = two();
            let page = list(&stage, &caller, first_page(50)).await.unwrap();
            assert_eq!(ids(&page), visible);
            assert_eq!(page.next, None);
            for view in &page.items {
                let access = view.summary.access_of(caller.principal());
                assert_eq!(view.access, access);
            }
        }
    }

    #[tokio::test]
    async fn a_page_with_something_after_it_tells_where_the_next_one_begins() {
        let stage = two();
        let page = list(&stage, &alice(), first_page(1)).await.unwrap();
        assert_eq!(ids(&page), [ABSENT]);
        let cursor = ActivityCursor {
            last_activity_at: now(),
            id: ABSENT,
        };
        assert_eq!(page.next, Some(cursor));
    }

    #[tokio::test]
    async fn the_store_is_asked_for_the_filter_the_place_and_one_more_than_the_page() {
        let stage = two();
        let after = ActivityCursor {
            last_activity_at: now() + TimeDelta::seconds(1),
            id: CONVERSATION,
        };
        let request = ConversationListRequest {
            filter: ConversationFilter::Mine,
            after: Some(after),
            size: PageSize::new(7).unwrap(),
        };
        list(&stage, &having_seen(alice()), request).await.unwrap();
        let query = ConversationQuery {
            filter: ConversationFilter::Mine,
            after: Some(after),
            limit: 8,
            at_least: READ_AT,
        };
        assert_eq!(stage.scene().queries, [query]);
    }

    #[tokio::test]
    async fn what_no_privilege_shows_is_not_recorded() {
        for caller in [alice(), carol(), mallory()] {
            let stage = two();
            list(&stage, &caller, first_page(50)).await.unwrap();
            stage.assert_untouched();
            assert_eq!(stage.trace(), "list");
        }
    }

    #[tokio::test]
    async fn a_page_that_privilege_shows_is_one_entry_with_those_ids() {
        for (caller, under) in [(vera(), AS_PRIVILEGED_READER), (max(), AS_MANAGER)] {
            let stage = two();
            list(&stage, &caller, first_page(50)).await.unwrap();
            assert_eq!(
                stage.recorded(),
                [json!({
                    "action": "AI_INFERENCE_STREAM_LIST",
                    "result": "SUCCEEDED",
                    "actor": caller.member.name,
                    "input": {
                        "conversationIds": [CONVERSATION.as_uuid()],
                        "filter": "all",
                        "search": false,
                    },
                    "access": under.0,
                    "reasons": under.1,
                    "privileged": true,
                    "version": null,
                    "errors": null,
                })]
            );
            assert_eq!(stage.trace(), "list record");
        }
    }

    #[tokio::test]
    async fn what_stands_behind_the_page_was_not_shown_and_is_not_recorded() {
        let stage = two();
        let page = list(&stage, &vera(), first_page(1)).await.unwrap();
        assert_eq!(ids(&page), [ABSENT]);
        stage.assert_untouched();
    }

    #[tokio::test]
    async fn a_page_that_cannot_be_read_or_recorded_is_not_answered() {
        for caller in [alice(), vera()] {
            assert_every_failure_is_passed_on(two, async |stage| {
                list(stage, &caller, first_page(50)).await
            })
            .await;
        }
    }
}
