//! Searching conversations.

use std::sync::Arc;

use parlor_application::{
    caller::Caller,
    conversations::{
        ConversationSearchRequest, FoundConversations, SearchConversations, SearchError,
        SearchIndexState, SearchLimit,
    },
    paging::PageSize,
    ports::{
        ActivityCursor, ConversationFilter, ConversationQuery, MockConversationReader, SearchPage,
        SearchQuery,
    },
    testing::*,
};
use parlor_domain::{
    conversation::Conversation, grants::Level::View, ids::ConversationId, message::Message,
    search::SearchTerms,
};
use serde_json::json;

use crate::support::*;

/// Alice has a private one with this prompt and, newer, one that is shared with the organization and says the same.
fn two(said: &str) -> TestStore {
    let store = TestStore::with(private());
    let newer = Conversation {
        id: ABSENT,
        last_activity_at: now(),
        ..shared(View)
    };
    let said = Message {
        content: content(said),
        ..prompt(1, None)
    };
    let in_the_newer = Message {
        id: message_id(2),
        conversation_id: newer.id,
        ..said.clone()
    };
    store.change(|acme| acme.conversations.insert(newer.id, newer));
    store.saying(vec![said, in_the_newer])
}

fn request(text: &str) -> ConversationSearchRequest {
    ConversationSearchRequest {
        terms: SearchTerms::parse(text).unwrap(),
        filter: ConversationFilter::All,
        after: None,
        size: PageSize::new(50).unwrap(),
    }
}

async fn search_with(
    store: &TestStore,
    caller: &Caller,
    request: ConversationSearchRequest,
) -> Result<FoundConversations, SearchError> {
    let (limit, index) = (SearchLimit::new(None), SearchIndexState::default());
    SearchConversations::new(store.gate(), store.port(), Arc::new(limit), Arc::new(index))
        .execute(caller, request)
        .await
}

async fn search(store: &TestStore, caller: &Caller, text: &str) -> FoundConversations {
    search_with(store, caller, request(text)).await.unwrap()
}

fn ids(found: &FoundConversations) -> Vec<ConversationId> {
    found
        .items
        .iter()
        .map(|item| item.view.summary.id)
        .collect()
}

#[tokio::test]
async fn everybody_finds_what_they_can_see_with_what_they_may_do() {
    for (caller, visible) in [
        (alice(), vec![ABSENT, CONVERSATION]),
        (carol(), vec![ABSENT]),
        (vera(), vec![ABSENT, CONVERSATION]),
        (erin(), vec![]),
        (mallory(), vec![]),
    ] {
        let found = search(&two("Beacons"), &caller, "beacon").await;
        assert_eq!(ids(&found), visible);
        for item in &found.items {
            let access = item.view.summary.access_of(caller.principal());
            assert_eq!(item.view.access, access);
        }
    }
}

#[tokio::test]
async fn the_store_is_asked_for_the_terms_the_filter_the_place_and_the_page() {
    let after = ActivityCursor {
        last_activity_at: now(),
        id: CONVERSATION,
    };
    let list = ConversationQuery {
        filter: ConversationFilter::Mine,
        after: Some(after),
        limit: 7,
        at_least: READ_AT,
    };
    let terms = SearchTerms::parse("beacon domain").unwrap();
    let expected = SearchQuery { terms, list };
    let mut reader = MockConversationReader::new();
    reader
        .expect_search()
        .withf(move |_, asked| *asked == expected)
        .once()
        .returning(|_, _| Ok(SearchPage::default()));
    let store = TestStore::empty();
    let (limit, index) = (SearchLimit::new(None), SearchIndexState::default());
    let asked = ConversationSearchRequest {
        filter: ConversationFilter::Mine,
        after: Some(after),
        size: PageSize::new(7).unwrap(),
        ..request("Beacon, domain")
    };
    let gate = store.gate_with(Arc::new(reader));
    let search = SearchConversations::new(gate, store.port(), Arc::new(limit), Arc::new(index));
    let found = search.execute(&having_seen(alice()), asked).await;
    assert!(found.unwrap().items.is_empty());
}

#[tokio::test]
async fn an_excerpt_shows_where_in_which_message_or_title() {
    let found = search(&two("Where are\nthe beacons?"), &alice(), "beacon").await;
    let excerpt = found.items[1].excerpt.as_ref().unwrap();
    assert_eq!(excerpt.message_id, Some(prompt(1, None).id));
    assert_eq!(excerpt.excerpt.text, "Where are the beacons?");
    assert_eq!(excerpt.excerpt.ranges, vec![14..20]);

    let found = search(&two("Beacons"), &alice(), "lateral").await;
    let excerpt = found.items[1].excerpt.as_ref().unwrap();
    assert_eq!(excerpt.message_id, None);
    assert_eq!(excerpt.excerpt.text, "Lateral movement");
    assert_eq!(found.items[0].excerpt.as_ref().unwrap().message_id, None);
}

#[tokio::test]
async fn what_has_only_neighboring_characters_of_a_run_is_not_found() {
    for (said, is_found) in [("성능점검", true), ("성능 능점", false)] {
        let found = search(&two(said), &alice(), "성능점").await;
        assert_eq!(!ids(&found).is_empty(), is_found, "{said}");
    }
}

#[tokio::test]
async fn a_page_that_privilege_shows_is_one_entry_with_those_ids_and_never_the_words() {
    for (caller, under) in [(vera(), AS_PRIVILEGED_READER), (max(), AS_MANAGER)] {
        let store = two("Beacons");
        search(&store, &caller, "beacon").await;
        assert_eq!(
            store.recorded(),
            [json!({
                "action": "AI_INFERENCE_STREAM_LIST",
                "result": "SUCCEEDED",
                "actor": caller.member.name,
                "input": {
                    "conversationIds": [CONVERSATION.as_uuid()],
                    "filter": "all",
                    "search": true,
                },
                "access": under.0,
                "reasons": under.1,
                "privileged": true,
                "version": null,
                "errors": null,
            })]
        );
        assert_eq!(store.trace(), "search search_texts record");
    }
}

#[tokio::test]
async fn until_the_index_is_complete_a_page_says_so() {
    let found = search(&two("Beacons"), &alice(), "beacon").await;
    assert!(found.indexing);
}

#[tokio::test]
async fn a_page_that_cannot_be_read_or_recorded_is_not_answered() {
    for caller in [alice(), vera()] {
        assert_every_failure_is_passed_on(
            || two("Beacons"),
            async |store| {
                let found = search_with(store, &caller, request("beacon")).await;
                found.map_err(|error| match error {
                    SearchError::Store(error) => error,
                    SearchError::TooMany(error) => panic!("{error}"),
                })
            },
        )
        .await;
    }
}
