//! Explaining who has which access.

use parlor_application::{
    access_gate::AccessError,
    caller::Caller,
    conversations::{ExplainAccess, ExplainedAccess},
    testing::*,
};
use parlor_domain::{
    access::{AccessLevel, Action, Reason},
    grants::Level::{Collaborate, View},
    ids::ConversationId,
};
use serde_json::json;

use crate::support::*;

async fn explain(
    store: &TestStore,
    caller: &Caller,
    id: ConversationId,
    user: Option<&Caller>,
) -> Result<ExplainedAccess, AccessError> {
    ExplainAccess::new(store.gate(), store.port())
        .execute(caller, id, user.map(Caller::user_id))
        .await
}

#[tokio::test]
async fn any_viewer_learns_every_reason_of_its_own() {
    let store = TestStore::with(shared_with(THREAT_HUNTING, View));
    let explained = explain(&store, &bob(), CONVERSATION, None).await.unwrap();
    assert_eq!(explained.user, user_ref(&bob()));
    assert_eq!(explained.access.level(), AccessLevel::View);
    assert_eq!(explained.access.reasons(), [Reason::GroupView]);
    assert_eq!(store.trace(), "read");
    store.assert_untouched();
}

#[tokio::test]
async fn who_sees_it_by_privilege_alone_is_recorded() {
    let store = TestStore::with(private());
    explain(&store, &vera(), CONVERSATION, None).await.unwrap();
    let action = "AI_INFERENCE_STREAM_GET";
    let input = json!({"part": "access"});
    let expected = done(&vera(), action, &AS_PRIVILEGED_READER, 4, input);
    assert_eq!(store.recorded(), [expected]);
}

#[tokio::test]
async fn the_owner_learns_what_somebody_else_may_do() {
    let store = TestStore::with(shared_with(THREAT_HUNTING, Collaborate));
    let of = async |user: &Caller| {
        let explained = explain(&store, &alice(), CONVERSATION, Some(user)).await;
        explained.unwrap().access
    };
    let bobs = of(&bob()).await;
    assert_eq!(bobs.level(), AccessLevel::Collaborate);
    assert_eq!(bobs.reasons(), [Reason::GroupCollaborate]);
    assert_eq!(of(&carol()).await.level(), AccessLevel::None);
    assert_eq!(of(&erin()).await.level(), AccessLevel::None);
    assert_eq!(of(&max()).await.level(), AccessLevel::Manage);
    store.assert_untouched();
}

#[tokio::test]
async fn a_manager_who_asks_for_somebody_else_is_recorded() {
    let store = TestStore::with(private());
    explain(&store, &max(), CONVERSATION, Some(&bob()))
        .await
        .unwrap();
    let action = "AI_INFERENCE_STREAM_GET";
    let input = json!({"part": "access"});
    assert_eq!(
        store.recorded(),
        [done(&max(), action, &AS_MANAGER, 4, input)]
    );
}

#[tokio::test]
async fn who_may_read_or_prompt_learns_of_nobody_else() {
    for (caller, level) in [(carol(), View), (bob(), Collaborate), (vera(), View)] {
        let store = TestStore::with(shared(level));
        let refused = explain(&store, &caller, CONVERSATION, Some(&alice())).await;
        assert_refused(&store, &caller, Action::ExplainAccess, refused);
        assert_eq!(store.trace(), "read record", "nobody was looked up");
    }
}

#[tokio::test]
async fn a_stopped_user_and_one_of_another_organization_are_not_found() {
    for user in [bob(), mallory()] {
        let store = TestStore::with(shared(View)).without(&bob());
        let outcome = explain(&store, &alice(), CONVERSATION, Some(&user)).await;
        assert_eq!(why(outcome), Why::NotFound);
        assert_eq!(store.trace(), "read find_member");
    }
}

#[tokio::test]
async fn who_cannot_see_it_gets_what_who_asks_for_nothing_gets() {
    let store = || TestStore::with(private());
    for caller in [carol(), mallory()] {
        for user in [None, Some(&alice())] {
            assert_invisible_like_absent(store, &caller, async |store, id| {
                explain(store, &caller, id, user).await
            })
            .await;
        }
    }
}

#[tokio::test]
async fn every_failure_is_passed_on() {
    for caller in [alice(), max(), vera(), mallory()] {
        for user in [None, Some(&bob())] {
            let store = || TestStore::with(private());
            assert_every_failure_is_passed_on(store, async |store| {
                explain(store, &caller, CONVERSATION, user).await
            })
            .await;
        }
    }
}
