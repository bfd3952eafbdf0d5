//! Renaming a conversation.

use parlor_application::{
    access_gate::ConversationView,
    caller::Caller,
    conversations::{EditError, RenameConversation},
    testing::*,
    version_condition::VersionCondition,
};
use parlor_domain::{
    access::Action,
    grants::Level::{Collaborate, View},
    ids::ConversationId,
};
use serde_json::json;

use crate::support::*;

async fn rename(
    store: &TestStore,
    caller: &Caller,
    id: ConversationId,
    condition: VersionCondition,
    to: &str,
) -> Result<ConversationView, EditError> {
    RenameConversation::new(store.gate())
        .execute(caller, id, &condition, title(to))
        .await
}

async fn to_beacons(store: &TestStore, caller: &Caller) -> Result<ConversationView, EditError> {
    rename(store, caller, CONVERSATION, as_seen(), "Beacons").await
}

#[tokio::test]
async fn the_owner_and_a_manager_rename_and_the_entry_tells_no_title() {
    for (caller, under) in [(alice(), AS_OWNER), (max(), AS_MANAGER)] {
        let store = TestStore::with(private());
        let view = to_beacons(&store, &caller).await.unwrap();
        assert_eq!(view.summary.title, title("Beacons"));
        assert_eq!(view.summary.version, NEXT_VERSION);
        assert_eq!(store.conversation(CONVERSATION).title, title("Beacons"));
        let input = json!({"change": "rename"});
        assert_eq!(
            store.committed(),
            [done(&caller, "AI_INFERENCE_STREAM_EDIT", &under, 5, input)]
        );
        assert_eq!(store.trace(), "begin_on open update commit");
    }
}

#[tokio::test]
async fn the_title_that_is_there_changes_nothing() {
    let store = TestStore::with(private());
    let same = "Lateral movement";
    let view = rename(&store, &alice(), CONVERSATION, as_seen(), same).await;
    assert_eq!(view.unwrap().summary.version, VERSION);
    store.assert_untouched();
    assert_eq!(store.trace(), "begin_on open roll_back");
}

#[tokio::test]
async fn a_manager_who_changes_nothing_has_read_by_privilege_all_the_same() {
    let store = || TestStore::with(private());
    let same = async |store: &TestStore| {
        rename(store, &max(), CONVERSATION, as_seen(), "Lateral movement").await
    };
    let played = store();
    same(&played).await.unwrap();
    assert!(played.committed().is_empty());
    let input = json!({"part": "conversation"});
    assert_eq!(
        played.recorded(),
        [done(
            &max(),
            "AI_INFERENCE_STREAM_GET",
            &AS_MANAGER,
            4,
            input
        )]
    );
    assert_every_failure_is_passed_on(store, same).await;
}

#[tokio::test]
async fn who_may_read_or_prompt_may_not_rename() {
    for (caller, level) in [(carol(), View), (bob(), Collaborate), (vera(), Collaborate)] {
        let store = TestStore::with(shared(level));
        let refused = to_beacons(&store, &caller).await;
        assert_refused(&store, &caller, Action::Rename, refused);
    }
    let store = TestStore::with(private());
    let refused = to_beacons(&store, &vera()).await;
    assert_refused(&store, &vera(), Action::Rename, refused);
}

#[tokio::test]
async fn who_cannot_see_it_gets_what_who_asks_for_nothing_gets() {
    let store = || TestStore::with(private());
    for caller in [carol(), mallory()] {
        assert_invisible_like_absent(store, &caller, async |store, id| {
            rename(store, &caller, id, outdated(), "Beacons").await
        })
        .await;
    }
}

#[tokio::test]
async fn another_version_changes_nothing() {
    let store = TestStore::with(private());
    let outcome = rename(&store, &alice(), CONVERSATION, outdated(), "Beacons").await;
    assert!(matches!(outcome, Err(EditError::VersionMismatch(_))));
    store.assert_untouched();
    assert_eq!(store.trace(), "begin_on open roll_back");
}

#[tokio::test]
async fn a_refusal_comes_before_the_version() {
    let store = TestStore::with(shared(View));
    let refused = rename(&store, &carol(), CONVERSATION, outdated(), "Beacons").await;
    assert_refused(&store, &carol(), Action::Rename, refused);
}

#[tokio::test]
async fn who_was_stopped_is_not_known_any_more() {
    let store = || TestStore::with(private());
    assert_stopped_is_unauthenticated(store, &alice(), async |store| {
        to_beacons(store, &alice()).await
    })
    .await;
}

#[tokio::test]
async fn every_failure_is_passed_on_and_nothing_is_stored() {
    for caller in [alice(), carol(), mallory()] {
        let store = || TestStore::with(shared(View));
        assert_every_failure_is_passed_on(store, async |store| to_beacons(store, &caller).await)
            .await;
    }
}
