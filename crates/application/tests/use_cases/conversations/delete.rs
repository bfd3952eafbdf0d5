//! Deleting a conversation.

use parlor_application::{
    caller::Caller,
    conversations::{DeleteConversation, EditError},
    testing::*,
    version_condition::VersionCondition,
};
use parlor_domain::{
    access::Action,
    grants::Level::{Collaborate, View},
    ids::ConversationId,
    message::AnswerStatus,
};
use serde_json::json;

use crate::support::*;

async fn delete(
    store: &TestStore,
    caller: &Caller,
    id: ConversationId,
    condition: VersionCondition,
) -> Result<(), EditError> {
    DeleteConversation::new(store.gate())
        .execute(caller, id, &condition)
        .await
}

#[tokio::test]
async fn the_owner_and_a_manager_delete_it_with_its_messages() {
    for (caller, under) in [(alice(), AS_OWNER), (max(), AS_MANAGER)] {
        let store = TestStore::with(private()).saying(talk(AnswerStatus::Complete));
        delete(&store, &caller, CONVERSATION, as_seen())
            .await
            .unwrap();
        assert!(store.stored().conversations.is_empty());
        assert!(store.stored().messages.is_empty());
        let action = "AI_INFERENCE_STREAM_DELETE";
        assert_eq!(
            store.committed(),
            [done(&caller, action, &under, 4, json!({}))]
        );
        assert_eq!(store.trace(), "begin_deletion open delete commit");
    }
}

#[tokio::test]
async fn who_may_read_or_prompt_may_not_delete() {
    for (caller, level) in [(carol(), View), (bob(), Collaborate), (vera(), View)] {
        let store = TestStore::with(shared(level));
        let refused = delete(&store, &caller, CONVERSATION, as_seen()).await;
        assert_refused(&store, &caller, Action::Delete, refused);
    }
}

#[tokio::test]
async fn who_cannot_see_it_gets_what_who_asks_for_nothing_gets() {
    let store = || TestStore::with(private());
    for caller in [carol(), mallory()] {
        assert_invisible_like_absent(store, &caller, async |store, id| {
            delete(store, &caller, id, outdated()).await
        })
        .await;
    }
}

#[tokio::test]
async fn another_version_is_not_deleted() {
    let store = TestStore::with(private());
    let outcome = delete(&store, &alice(), CONVERSATION, outdated()).await;
    assert!(matches!(outcome, Err(EditError::VersionMismatch(_))));
    store.assert_untouched();
    assert_eq!(store.trace(), "begin_deletion open roll_back");
}

#[tokio::test]
async fn who_was_stopped_is_not_known_any_more() {
    let store = || TestStore::with(private());
    assert_stopped_is_unauthenticated(store, &alice(), async |store| {
        delete(store, &alice(), CONVERSATION, as_seen()).await
    })
    .await;
}

#[tokio::test]
async fn every_failure_is_passed_on_and_nothing_is_deleted() {
    for caller in [alice(), carol(), mallory()] {
        let store = || TestStore::with(shared(View));
        assert_every_failure_is_passed_on(store, async |store| {
            delete(store, &caller, CONVERSATION, as_seen()).await
        })
        .await;
    }
}
