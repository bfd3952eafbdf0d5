//! Previewing what other grants would change.

use parlor_application::{
    caller::Caller,
    conversations::{PreviewSharing, PreviewSharingError, SharingPreview, WantedGrants},
    testing::*,
};
use parlor_domain::{
    access::Action,
    grants::Level::{Collaborate, View},
    grants::{Grants, Level, Privacy},
    ids::{ConversationId, GroupId},
};
use serde_json::json;

use crate::support::*;

fn wanted(organization: Option<Level>, groups: &[(GroupId, Level)]) -> WantedGrants {
    WantedGrants {
        organization,
        groups: groups.iter().copied().collect(),
    }
}

async fn preview(
    store: &TestStore,
    caller: &Caller,
    id: ConversationId,
    wanted: WantedGrants,
) -> Result<SharingPreview, PreviewSharingError> {
    PreviewSharing::new(store.gate(), store.port())
        .execute(caller, id, wanted)
        .await
}

#[tokio::test]
async fn the_owner_learns_for_how_many_it_would_change_what_and_nothing_changes() {
    let store = TestStore::with(private());
    let to_all = wanted(Some(View), &[]);
    let told = preview(&store, &alice(), CONVERSATION, to_all)
        .await
        .unwrap();
    let expected = SharingPreview {
        version: VERSION,
        now: Privacy::Private,
        wanted: Privacy::Shared(Grants::to_organization(View)),
        // Alice, Max and Vera; then Bob and Carol too.
        before: 3,
        after: 5,
        gain_view: 2,
        gain_collaborate: 0,
        lose_collaborate: 0,
        lose: 0,
    };
    assert_eq!(told, expected);
    assert!(told.changes_grants());
    assert_eq!(store.conversation(CONVERSATION), private());
    assert_eq!(store.trace(), "read foresee");
    store.assert_untouched();
}

#[tokio::test]
async fn the_grants_that_are_there_would_change_nothing() {
    let store = TestStore::with(shared_with(THREAT_HUNTING, View));
    let same = wanted(None, &[(THREAT_HUNTING, View)]);
    let told = preview(&store, &alice(), CONVERSATION, same).await.unwrap();
    assert!(!told.changes_grants());
    assert_eq!((told.before, told.after, told.lose), (4, 4, 0));
}

#[tokio::test]
async fn what_saving_would_refuse_is_refused_before() {
    let store = TestStore::with(private());
    let unknown = wanted(None, &[(THREAT_HUNTING, View), (GLOBEX_RED_TEAM, View)]);
    let outcome = preview(&store, &alice(), CONVERSATION, unknown).await;
    let Err(PreviewSharingError::UnknownGroups(groups)) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(groups, [GLOBEX_RED_TEAM]);

    let store = TestStore::with(shared(View)).under(PRIVATE_DISABLED);
    let nobody = WantedGrants::default();
    let outcome = preview(&store, &alice(), CONVERSATION, nobody.clone()).await;
    assert!(matches!(
        outcome,
        Err(PreviewSharingError::PrivateConversationsDisabled(_))
    ));
    // What is private stays so, and saving that again changes nothing.
    let store = TestStore::with(private()).under(PRIVATE_DISABLED);
    let told = preview(&store, &alice(), CONVERSATION, nobody).await;
    assert!(!told.unwrap().changes_grants());
}

#[tokio::test]
async fn a_manager_is_recorded_before_it_learns_of_anybody() {
    let store = TestStore::with(private());
    let nobody = WantedGrants::default();
    preview(&store, &max(), CONVERSATION, nobody).await.unwrap();
    let action = "AI_INFERENCE_STREAM_GET";
    let input = json!({"part": "sharing"});
    assert_eq!(
        store.recorded(),
        [done(&max(), action, &AS_MANAGER, 4, input)]
    );
    assert_eq!(store.trace(), "read record foresee");
}

#[tokio::test]
async fn who_may_read_or_prompt_learns_nothing() {
    for (caller, level) in [(carol(), View), (bob(), Collaborate), (vera(), View)] {
        let store = TestStore::with(shared(level));
        let refused = preview(&store, &caller, CONVERSATION, WantedGrants::default()).await;
        assert_refused(&store, &caller, Action::ChangeSharing, refused);
        assert_eq!(store.trace(), "read record");
    }
}

#[tokio::test]
async fn who_cannot_see_it_gets_what_who_asks_for_nothing_gets() {
    let store = || TestStore::with(private());
    for caller in [carol(), mallory()] {
        assert_invisible_like_absent(store, &caller, async |store, id| {
            let grants = wanted(None, &[(GLOBEX_RED_TEAM, Collaborate)]);
            preview(store, &caller, id, grants).await
        })
        .await;
    }
}

#[tokio::test]
async fn every_failure_is_passed_on() {
    for caller in [alice(), max(), vera(), mallory()] {
        let store = || TestStore::with(private());
        assert_every_failure_is_passed_on(store, async |store| {
            preview(store, &caller, CONVERSATION, WantedGrants::default()).await
        })
        .await;
    }
}
