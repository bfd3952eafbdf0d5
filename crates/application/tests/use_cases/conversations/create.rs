//! Creating a conversation.

use chrono::TimeDelta;
use parlor_application::{
    access_gate::{AccessError, ConversationView},
    caller::Caller,
    conversations::{CreateConversation, CreateConversationError, NewConversationRequest},
    idempotency::{IdempotencyError, KEPT_FOR},
    ports::{IdempotencyRecord, IdempotentOutcome},
    testing::*,
};
use parlor_domain::{
    access::Reason,
    conversation::Version,
    grants::Level::View,
    grants::{Privacy, PrivacyKind},
    principal::Permission,
};
use serde_json::json;

use crate::support::*;

async fn create(
    store: &TestStore,
    caller: &Caller,
    request: NewConversationRequest,
) -> Result<ConversationView, CreateConversationError> {
    CreateConversation::new(store.gate())
        .execute(caller, request)
        .await
}

fn untitled() -> NewConversationRequest {
    NewConversationRequest::default()
}

fn wanting(privacy: PrivacyKind) -> NewConversationRequest {
    NewConversationRequest {
        privacy: Some(privacy),
        ..untitled()
    }
}

fn under_key(fingerprint: u8) -> NewConversationRequest {
    NewConversationRequest {
        idempotency_key: Some(key(fingerprint)),
        ..untitled()
    }
}

/// The sample conversation was created by alice with the key of digest 1, so long ago.
fn created_already(age: TimeDelta) -> TestStore {
    let store = TestStore::with(private());
    store.keep_key(IdempotencyRecord {
        user_id: alice().user_id(),
        key: key(1).key,
        fingerprint: key(1).fingerprint,
        outcome: IdempotentOutcome {
            conversation_id: CONVERSATION,
            answer_id: None,
        },
        created_at: now() - age,
    });
    store
}

#[tokio::test]
async fn a_visitor_creates_what_it_would_once_it_is_known_and_is_looked_up_in_the_same_transaction()
{
    for caller in everybody() {
        for request in [untitled(), wanting(PrivacyKind::Shared), under_key(1)] {
            let known = created_already(TimeDelta::minutes(1));
            let expected = create(&known, &caller, request.clone()).await;
            let store = created_already(TimeDelta::minutes(1));
            let created = CreateConversation::new(store.gate())
                .execute_as(visitor(&caller), request)
                .await;
            assert_eq!(format!("{created:?}"), format!("{expected:?}"));
            assert_eq!(store.committed(), known.committed());
            assert_eq!(store.recorded(), known.recorded());
            assert_eq!(store.trace(), known.trace());
        }
    }
}

#[tokio::test]
async fn a_visitor_who_is_no_active_user_creates_nothing_and_nothing_is_recorded() {
    let store = TestStore::empty().without(&alice());
    let refused = CreateConversation::new(store.gate())
        .execute_as(visitor(&alice()), untitled())
        .await;
    assert!(matches!(
        refused,
        Err(CreateConversationError::Access(
            AccessError::Unauthenticated
        ))
    ));
    store.assert_untouched();
}

#[tokio::test]
async fn who_may_use_the_ai_owns_what_it_creates() {
    let store = TestStore::empty();
    let request = NewConversationRequest {
        title: Some(title("Beacons")),
        ..untitled()
    };
    let view = create(&store, &carol(), request).await.unwrap();
    assert_eq!(view.summary.owner, user_ref(&carol()));
    assert_eq!(view.access.reasons(), [Reason::Owner]);
    let stored = store.conversation(view.summary.id);
    assert_eq!(stored.id.as_uuid(), new_id(1));
    assert_eq!(stored.owner_id, carol().user_id());
    assert_eq!(stored.title, title("Beacons"));
    assert_eq!(stored.privacy, Privacy::Private);
    assert_eq!(stored.version, Version::FIRST);
    assert_eq!((stored.created_at, stored.last_activity_at), (now(), now()));
    assert_eq!(
        store.committed(),
        [json!({
            "action": "AI_INFERENCE_STREAM_CREATE",
            "result": "SUCCEEDED",
            "actor": "carol",
            "input": {"conversationId": new_id(1), "privacy": "private"},
            "access": "manage",
            "reasons": ["owner"],
            "privileged": false,
            "version": 1,
            "errors": null,
        })]
    );
    assert_eq!(store.trace(), "begin find_member settings insert commit");
}

#[tokio::test]
async fn without_a_wish_the_setting_decides_whether_it_is_private() {
    for (settings, privacy) in [
        (PRIVATE_ENABLED, Privacy::Private),
        (PRIVATE_DISABLED, shared(View).privacy),
    ] {
        let store = TestStore::empty().under(settings);
        let view = create(&store, &alice(), untitled()).await.unwrap();
        assert_eq!(view.summary.privacy, privacy.kind());
        assert_eq!(store.conversation(view.summary.id).privacy, privacy);
        assert_eq!(
            store.committed()[0]["input"]["privacy"],
            privacy.kind().as_str()
        );
    }
}

#[tokio::test]
async fn a_wish_for_shared_is_followed_whatever_the_setting() {
    for settings in [PRIVATE_ENABLED, PRIVATE_DISABLED] {
        let store = TestStore::empty().under(settings);
        let view = create(&store, &alice(), wanting(PrivacyKind::Shared)).await;
        let stored = store.conversation(view.unwrap().summary.id);
        assert_eq!(stored.privacy, shared(View).privacy);
    }
}

#[tokio::test]
async fn nothing_private_is_created_while_private_conversations_are_disabled() {
    let store = TestStore::empty().under(PRIVATE_DISABLED);
    let outcome = create(&store, &alice(), wanting(PrivacyKind::Private)).await;
    assert!(matches!(
        outcome,
        Err(CreateConversationError::PrivateConversationsDisabled(_))
    ));
    store.assert_untouched();
    assert_eq!(store.trace(), "begin find_member settings roll_back");
}

#[tokio::test]
async fn who_may_not_use_the_ai_creates_nothing() {
    for caller in [erin(), admin(), without_run_ai(max())] {
        let store = TestStore::empty();
        store.update_rights(&caller);
        let refused = create(&store, &caller, untitled()).await;
        let action = "AI_INFERENCE_STREAM_CREATE";
        assert_lacks(&store, &caller, &[Permission::RunAi], action, refused);
        assert_eq!(store.trace(), "begin find_member roll_back record");
    }
}

#[tokio::test]
async fn what_was_created_is_kept_under_the_key_in_the_same_transaction() {
    let store = TestStore::empty();
    let view = create(&store, &alice(), under_key(1)).await.unwrap();
    let kept = store.keys();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].user_id, alice().user_id());
    assert_eq!(kept[0].outcome.conversation_id, view.summary.id);
    assert_eq!(
        store.trace(),
        "begin find_member find_key settings insert save_key commit"
    );
}

#[tokio::test]
async fn the_same_request_again_answers_the_first_conversation_and_does_nothing() {
    let store = created_already(KEPT_FOR);
    let view = create(&store, &alice(), under_key(1)).await.unwrap();
    assert_eq!(view.summary.id, CONVERSATION);
    store.assert_untouched();
    assert_eq!(store.trace(), "begin find_member find_key roll_back read");
}

#[tokio::test]
async fn a_key_is_forgotten_after_a_day_and_is_nobody_elses() {
    let moment = TimeDelta::microseconds(1);
    let store = created_already(KEPT_FOR + moment);
    let view = create(&store, &alice(), under_key(1)).await.unwrap();
    assert_ne!(view.summary.id, CONVERSATION);
    let store = created_already(moment);
    let view = create(&store, &bob(), under_key(1)).await.unwrap();
    assert_ne!(view.summary.id, CONVERSATION);
}

#[tokio::test]
async fn the_same_key_with_another_request_is_a_mistake() {
    let store = created_already(TimeDelta::zero());
    let outcome = create(&store, &alice(), under_key(2)).await;
    assert!(matches!(
        outcome,
        Err(CreateConversationError::Idempotency(
            IdempotencyError::KeyReused
        ))
    ));
    store.assert_untouched();
    assert_eq!(store.trace(), "begin find_member find_key roll_back");
}

#[tokio::test]
async fn the_first_answer_is_not_given_again_to_who_may_not_see_it_any_more() {
    let given_away = || {
        let store = created_already(TimeDelta::zero());
        store.change_conversation(CONVERSATION, |it| it.owner_id = bob().user_id());
        store
    };
    let store = given_away();
    assert_eq!(
        why(create(&store, &alice(), under_key(1)).await),
        Why::NotFound
    );
    assert_eq!(
        store.recorded()[0]["action"],
        "AI_INFERENCE_STREAM_ACCESS_DENIED"
    );
    assert_every_failure_is_passed_on(given_away, async |store| {
        create(store, &alice(), under_key(1)).await
    })
    .await;
}

#[tokio::test]
async fn who_was_stopped_is_not_known_any_more() {
    for request in [untitled(), under_key(1)] {
        assert_stopped_is_unauthenticated(TestStore::empty, &alice(), async |store| {
            create(store, &alice(), request.clone()).await
        })
        .await;
    }
}

#[tokio::test]
async fn every_failure_is_passed_on_and_nothing_is_stored() {
    for caller in [alice(), erin()] {
        for request in [untitled(), under_key(1)] {
            assert_every_failure_is_passed_on(TestStore::empty, async |store| {
                create(store, &caller, request.clone()).await
            })
            .await;
        }
    }
}
