//! Listing conversations.

use std::sync::Arc;

use parlor_application::{
    access_gate::ConversationView,
    caller::Caller,
    conversations::{ConversationListRequest, ListConversations},
    paging::{Page, PageSize},
    ports::{
        ActivityCursor, ConversationFilter, ConversationQuery, MockConversationReader, StoreError,
    },
    testing::*,
};
use parlor_domain::{conversation::Conversation, grants::Level::View, ids::ConversationId};
use serde_json::json;

use crate::support::*;

fn first_page(items: u32) -> ConversationListRequest {
    ConversationListRequest {
        filter: ConversationFilter::All,
        after: None,
        size: PageSize::new(items).unwrap(),
    }
}

async fn list(
    store: &TestStore,
    caller: &Caller,
    request: ConversationListRequest,
) -> Result<Page<ConversationView, ActivityCursor>, StoreError> {
    ListConversations::new(store.gate())
        .execute(caller, request)
        .await
}

/// Alice has a private one and, newer, one that is shared with the organization.
fn two() -> TestStore {
    let store = TestStore::with(private());
    let newer = Conversation {
        id: ABSENT,
        last_activity_at: now(),
        ..shared(View)
    };
    store.change(|acme| acme.conversations.insert(newer.id, newer));
    store
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
        let store = two();
        let page = list(&store, &caller, first_page(50)).await.unwrap();
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
    let store = two();
    let page = list(&store, &alice(), first_page(1)).await.unwrap();
    assert_eq!(ids(&page), [ABSENT]);
    let cursor = ActivityCursor {
        last_activity_at: now(),
        id: ABSENT,
    };
    assert_eq!(page.next, Some(cursor));
}

#[tokio::test]
async fn the_filter_and_the_place_are_the_callers_and_how_new_the_list_is_is_not() {
    let store = two();
    let after = ActivityCursor {
        last_activity_at: now(),
        id: ABSENT,
    };
    for (filter, after, listed) in [
        (ConversationFilter::Mine, None, vec![ABSENT, CONVERSATION]),
        (ConversationFilter::Mine, Some(after), vec![CONVERSATION]),
        (ConversationFilter::Private, None, vec![]),
    ] {
        let request = ConversationListRequest {
            filter,
            after,
            size: PageSize::new(7).unwrap(),
        };
        let page = list(&store, &having_seen(alice()), request).await.unwrap();
        assert_eq!((ids(&page), page.next), (listed, None));
        assert_eq!(store.take_positions(), [READ_AT]);
    }
}

#[tokio::test]
async fn the_store_is_asked_for_one_more_than_the_page() {
    let mut reader = MockConversationReader::new();
    let expected = ConversationQuery {
        filter: ConversationFilter::All,
        after: None,
        limit: 8,
        at_least: READ_AT,
    };
    reader
        .expect_list()
        .withf(move |_, asked| *asked == expected)
        .once()
        .returning(|_, _| Ok(Vec::new()));
    let gate = TestStore::empty().gate_with(Arc::new(reader));
    let page = ListConversations::new(gate)
        .execute(&alice(), first_page(7))
        .await;
    assert!(page.unwrap().items.is_empty());
}

#[tokio::test]
async fn what_no_privilege_shows_is_not_recorded() {
    for caller in [alice(), carol(), mallory()] {
        let store = two();
        list(&store, &caller, first_page(50)).await.unwrap();
        store.assert_untouched();
        assert_eq!(store.trace(), "list");
    }
}

#[tokio::test]
async fn a_page_that_privilege_shows_is_one_entry_with_those_ids() {
    for (caller, under) in [(vera(), AS_PRIVILEGED_READER), (max(), AS_MANAGER)] {
        let store = two();
        list(&store, &caller, first_page(50)).await.unwrap();
        assert_eq!(
            store.recorded(),
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
        assert_eq!(store.trace(), "list record");
    }
}

#[tokio::test]
async fn what_stands_behind_the_page_was_not_shown_and_is_not_recorded() {
    let store = two();
    let page = list(&store, &vera(), first_page(1)).await.unwrap();
    assert_eq!(ids(&page), [ABSENT]);
    store.assert_untouched();
}

#[tokio::test]
async fn a_page_that_cannot_be_read_or_recorded_is_not_answered() {
    for caller in [alice(), vera()] {
        assert_every_failure_is_passed_on(two, async |store| {
            list(store, &caller, first_page(50)).await
        })
        .await;
    }
}
