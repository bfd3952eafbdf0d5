//! Reading a conversation.

use parlor_application::{
    access_gate::{AccessError, ConversationView},
    caller::Caller,
    conversations::GetConversation,
    testing::*,
};
use parlor_domain::{access::Reason, grants::Level::View, ids::ConversationId};
use serde_json::json;

use crate::support::*;

async fn get(
    store: &TestStore,
    caller: &Caller,
    id: ConversationId,
) -> Result<ConversationView, AccessError> {
    GetConversation::new(store.gate()).execute(caller, id).await
}

#[tokio::test]
async fn the_owner_reads_it_without_an_entry() {
    let store = TestStore::with(private());
    let view = get(&store, &alice(), CONVERSATION).await.unwrap();
    assert_eq!(view.summary.title, private().title);
    assert_eq!(view.access.reasons(), [Reason::Owner]);
    assert_eq!(store.trace(), "read");
    store.assert_untouched();
}

#[tokio::test]
async fn who_reads_by_privilege_is_recorded_before_the_answer() {
    for (caller, under) in [(vera(), AS_PRIVILEGED_READER), (max(), AS_MANAGER)] {
        let store = TestStore::with(private());
        get(&store, &caller, CONVERSATION).await.unwrap();
        let action = "AI_INFERENCE_STREAM_GET";
        let input = json!({"part": "conversation"});
        assert_eq!(store.recorded(), [done(&caller, action, &under, 4, input)]);
    }
}

#[tokio::test]
async fn a_visitor_gets_what_it_would_get_once_it_is_known_by_one_reading() {
    for caller in [alice(), bob(), carol(), erin(), vera(), max(), mallory()] {
        for conversation in [private(), shared(View)] {
            let known = TestStore::with(conversation.clone());
            let expected = get(&known, &caller, CONVERSATION).await;
            let store = TestStore::with(conversation);
            let found = GetConversation::new(store.gate())
                .execute_as(visitor(&caller), CONVERSATION)
                .await;
            assert_eq!(format!("{found:?}"), format!("{expected:?}"));
            assert_eq!(store.recorded(), known.recorded());
            let trace = known.trace().replacen("read", "read_with_member", 1);
            assert_eq!(store.trace(), trace);
        }
    }
}

#[tokio::test]
async fn a_visitor_who_is_no_active_user_is_nobody_and_nothing_is_recorded() {
    let store = TestStore::with(shared(View)).without(&bob());
    let refused = GetConversation::new(store.gate())
        .execute_as(visitor(&bob()), CONVERSATION)
        .await;
    assert!(matches!(refused, Err(AccessError::Unauthenticated)));
    store.assert_untouched();
}

#[tokio::test]
async fn who_cannot_see_it_gets_what_who_asks_for_nothing_gets() {
    let store = || TestStore::with(private());
    assert_invisible_like_absent(store, &bob(), async |store, id| {
        get(store, &bob(), id).await
    })
    .await;
}

#[tokio::test]
async fn every_failure_is_passed_on() {
    for caller in [alice(), vera(), carol(), mallory()] {
        for conversation in [private(), shared(View)] {
            let store = || TestStore::with(conversation.clone());
            assert_every_failure_is_passed_on(store, async |store| {
                get(store, &caller, CONVERSATION).await
            })
            .await;
        }
    }
}
