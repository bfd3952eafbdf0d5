//! Reading the grants.

use parlor_application::{
    access_gate::AccessError,
    caller::Caller,
    conversations::ReadSharing,
    ports::{GroupRef, Sharing},
    testing::*,
};
use parlor_domain::{
    access::Action,
    grants::Level::{Collaborate, View},
    ids::ConversationId,
};
use serde_json::json;

use crate::support::*;

async fn read(
    store: &TestStore,
    caller: &Caller,
    id: ConversationId,
) -> Result<Sharing, AccessError> {
    ReadSharing::new(store.gate()).execute(caller, id).await
}

#[tokio::test]
async fn the_owner_reads_all_grants_under_their_version() {
    let conversation = shared_with(INCIDENT_RESPONSE, Collaborate);
    let store = TestStore::with(conversation.clone());
    let sharing = read(&store, &alice(), CONVERSATION).await.unwrap();
    assert_eq!(sharing.privacy, conversation.privacy);
    assert_eq!(sharing.version, VERSION);
    let group = GroupRef {
        id: INCIDENT_RESPONSE,
        name: "Incident Response".to_owned(),
    };
    assert_eq!(sharing.groups, [group]);
    assert_eq!(store.trace(), "read read_sharing");
    store.assert_untouched();
}

#[tokio::test]
async fn a_manager_is_recorded_before_the_grants_are_read() {
    let store = TestStore::with(private());
    read(&store, &max(), CONVERSATION).await.unwrap();
    let action = "AI_INFERENCE_STREAM_GET";
    let input = json!({"part": "sharing"});
    assert_eq!(
        store.recorded(),
        [done(&max(), action, &AS_MANAGER, 4, input)]
    );
    assert_eq!(store.trace(), "read record read_sharing");
}

#[tokio::test]
async fn a_manager_reads_the_grants_by_privilege_even_where_a_grant_shows_it_the_rest() {
    let store = TestStore::with(shared(Collaborate));
    read(&store, &max(), CONVERSATION).await.unwrap();
    let under = Under(
        "manage",
        &[
            "manage_responses",
            "organization_collaborate",
            "view_private_responses",
        ],
        true,
    );
    let action = "AI_INFERENCE_STREAM_GET";
    let input = json!({"part": "sharing"});
    assert_eq!(store.recorded(), [done(&max(), action, &under, 4, input)]);
}

#[tokio::test]
async fn who_may_read_or_prompt_never_learns_the_grants() {
    for (caller, level) in [(carol(), View), (bob(), Collaborate), (vera(), View)] {
        let store = TestStore::with(shared(level));
        let refused = read(&store, &caller, CONVERSATION).await;
        assert_refused(&store, &caller, Action::ReadSharing, refused);
        assert_eq!(store.trace(), "read record");
    }
}

#[tokio::test]
async fn who_cannot_see_it_gets_what_who_asks_for_nothing_gets() {
    let store = || TestStore::with(private());
    for caller in [carol(), mallory()] {
        assert_invisible_like_absent(store, &caller, async |store, id| {
            read(store, &caller, id).await
        })
        .await;
    }
}

#[tokio::test]
async fn every_failure_is_passed_on() {
    for caller in [alice(), max(), vera(), mallory()] {
        let store = || TestStore::with(private());
        assert_every_failure_is_passed_on(store, async |store| {
            read(store, &caller, CONVERSATION).await
        })
        .await;
    }
}
