//! Transferring a conversation to another owner.

use parlor_application::{
    access_gate::ConversationView,
    caller::Caller,
    conversations::{EditError, TransferConversation, TransferError},
    testing::*,
    version_condition::VersionCondition,
};
use parlor_domain::{
    access::{AccessLevel, Action},
    grants::Level::{Collaborate, View},
    ids::ConversationId,
};
use serde_json::json;

use crate::support::*;

async fn transfer(
    store: &TestStore,
    caller: &Caller,
    id: ConversationId,
    condition: VersionCondition,
    to: &Caller,
) -> Result<ConversationView, TransferError> {
    TransferConversation::new(store.gate())
        .execute(caller, id, &condition, to.user_id())
        .await
}

async fn give(
    store: &TestStore,
    caller: &Caller,
    to: &Caller,
) -> Result<ConversationView, TransferError> {
    transfer(store, caller, CONVERSATION, as_seen(), to).await
}

#[tokio::test]
async fn the_owner_and_a_manager_transfer_it_and_its_grants_stay() {
    for (caller, under) in [(alice(), AS_OWNER), (max(), AS_MANAGER)] {
        let conversation = shared_with(INCIDENT_RESPONSE, View);
        let store = TestStore::with(conversation.clone());
        let view = give(&store, &caller, &bob()).await.unwrap();
        assert_eq!(view.summary.owner, user_ref(&bob()));
        let stored = store.conversation(CONVERSATION);
        assert_eq!(stored.owner_id, bob().user_id());
        assert_eq!(stored.privacy, conversation.privacy);
        assert_eq!(stored.version, NEXT_VERSION);
        let input = json!({
            "change": "owner",
            "ownerId": bob().user_id().as_uuid(),
            "previousOwnerId": alice().user_id().as_uuid(),
        });
        let action = "AI_INFERENCE_STREAM_EDIT";
        assert_eq!(store.committed(), [done(&caller, action, &under, 5, input)]);
        assert_eq!(store.trace(), "begin_on open find_user update commit");
    }
}

#[tokio::test]
async fn who_gave_a_private_one_away_is_told_that_it_has_no_access_any_more() {
    let store = TestStore::with(private());
    let view = give(&store, &alice(), &bob()).await.unwrap();
    assert_eq!(view.access.level(), AccessLevel::None);
}

#[tokio::test]
async fn its_present_owner_gets_nothing() {
    let store = TestStore::with(private());
    let view = give(&store, &alice(), &alice()).await.unwrap();
    assert_eq!(view.summary.version, VERSION);
    store.assert_untouched();
}

#[tokio::test]
async fn a_manager_who_changes_nothing_has_read_by_privilege_all_the_same() {
    let store = TestStore::with(private());
    give(&store, &max(), &alice()).await.unwrap();
    assert!(store.committed().is_empty());
    let action = "AI_INFERENCE_STREAM_GET";
    let input = json!({"part": "conversation"});
    assert_eq!(
        store.recorded(),
        [done(&max(), action, &AS_MANAGER, 4, input)]
    );
}

#[tokio::test]
async fn a_manager_gives_away_what_a_stopped_user_owned() {
    let store = TestStore::with(private()).without(&alice());
    give(&store, &max(), &bob()).await.unwrap();
    let stored = store.conversation(CONVERSATION);
    assert_eq!(stored.owner_id, bob().user_id());
}

#[tokio::test]
async fn it_never_goes_to_somebody_of_another_organization_or_who_was_stopped() {
    let rolled_back = "begin_on open find_user roll_back";
    // What a manager learns of a failed step is a reading.
    for (caller, heir, recorded) in [
        (alice(), mallory(), ""),
        (alice(), bob(), ""),
        (max(), bob(), " record"),
    ] {
        let store = TestStore::with(private()).without(&bob());
        let outcome = give(&store, &caller, &heir).await;
        assert!(matches!(outcome, Err(TransferError::UnknownUser)));
        assert_eq!(store.conversation(CONVERSATION), private());
        assert_eq!(store.trace(), format!("{rolled_back}{recorded}"));
    }
}

#[tokio::test]
async fn who_may_read_or_prompt_cannot_take_it() {
    for (caller, level) in [(carol(), View), (bob(), Collaborate), (vera(), View)] {
        let store = TestStore::with(shared(level));
        let refused = give(&store, &caller, &caller).await;
        assert_refused(&store, &caller, Action::Transfer, refused);
    }
}

#[tokio::test]
async fn who_cannot_see_it_gets_what_who_asks_for_nothing_gets() {
    let store = || TestStore::with(private());
    for caller in [carol(), mallory()] {
        assert_invisible_like_absent(store, &caller, async |store, id| {
            transfer(store, &caller, id, outdated(), &caller).await
        })
        .await;
    }
}

#[tokio::test]
async fn another_version_is_not_transferred() {
    let store = TestStore::with(private());
    let outcome = transfer(&store, &alice(), CONVERSATION, outdated(), &bob()).await;
    assert!(matches!(
        outcome,
        Err(TransferError::Edit(EditError::VersionMismatch(_)))
    ));
    store.assert_untouched();
}

#[tokio::test]
async fn who_was_stopped_is_not_known_any_more() {
    let store = || TestStore::with(private());
    assert_stopped_is_unauthenticated(store, &alice(), async |store| {
        give(store, &alice(), &bob()).await
    })
    .await;
}

#[tokio::test]
async fn every_failure_is_passed_on_and_nothing_is_stored() {
    for caller in [alice(), max(), carol(), mallory()] {
        for heir in [bob(), alice()] {
            let store = || TestStore::with(shared(View));
            assert_every_failure_is_passed_on(store, async |store| {
                give(store, &caller, &heir).await
            })
            .await;
        }
    }
}
