//! Toggling a conversation between private and shared.

use parlor_application::{
    access_gate::AccessError,
    caller::Caller,
    conversations::{EditError, TogglePrivacy, Toggled},
    testing::*,
    version_condition::VersionCondition,
};
use parlor_domain::{
    access::Action,
    conversation::Conversation,
    grants::Level::{Collaborate, View},
    grants::{Privacy, PrivacyKind},
    ids::ConversationId,
};
use serde_json::{Value, json};

use crate::support::*;

const EDIT: &str = "AI_INFERENCE_STREAM_EDIT";
const NO_GRANTS: fn() -> Value = || json!({"organization": null, "groups": []});

async fn toggle(
    store: &TestStore,
    caller: &Caller,
    id: ConversationId,
    condition: VersionCondition,
    to: PrivacyKind,
) -> Result<Toggled, EditError> {
    TogglePrivacy::new(store.gate())
        .execute(caller, id, &condition, to)
        .await
}

async fn to_private(store: &TestStore, caller: &Caller) -> Result<Toggled, EditError> {
    toggle(store, caller, CONVERSATION, as_seen(), PrivacyKind::Private).await
}

async fn to_shared(store: &TestStore, caller: &Caller) -> Result<Toggled, EditError> {
    toggle(store, caller, CONVERSATION, as_seen(), PrivacyKind::Shared).await
}

#[tokio::test]
async fn toggling_to_shared_lets_the_organization_view() {
    for (caller, under) in [(alice(), AS_OWNER), (max(), AS_MANAGER)] {
        let store = TestStore::with(private());
        let toggled = to_shared(&store, &caller).await.unwrap();
        assert_eq!(toggled.removed_grants, None);
        assert_eq!(toggled.conversation.summary.privacy, PrivacyKind::Shared);
        assert_eq!(toggled.conversation.summary.version, NEXT_VERSION);
        let stored = store.conversation(CONVERSATION);
        assert_eq!(stored.privacy, shared(View).privacy);
        let input = json!({
            "change": "privacy",
            "privacy": "shared",
            "previousPrivacy": "private",
            "grants": {"organization": "view", "groups": []},
            "previousGrants": NO_GRANTS(),
        });
        assert_eq!(store.committed(), [done(&caller, EDIT, &under, 5, input)]);
        assert_eq!(store.trace(), "begin_on open update commit");
    }
}

#[tokio::test]
async fn toggling_to_private_takes_all_grants_away_and_answers_them() {
    let shared = shared_with(INCIDENT_RESPONSE, Collaborate);
    let store = TestStore::with(shared.clone());
    let toggled = to_private(&store, &alice()).await.unwrap();
    assert_eq!(toggled.removed_grants.as_ref(), shared.privacy.grants());
    assert_eq!(store.conversation(CONVERSATION).privacy, Privacy::Private);
    let group = json!({"groupId": INCIDENT_RESPONSE.as_uuid(), "level": "collaborate"});
    let input = json!({
        "change": "privacy",
        "privacy": "private",
        "previousPrivacy": "shared",
        "grants": NO_GRANTS(),
        "previousGrants": {"organization": null, "groups": [group]},
    });
    let expected = done(&alice(), EDIT, &AS_OWNER, 5, input);
    assert_eq!(store.committed(), [expected]);
}

#[tokio::test]
async fn what_is_so_already_is_neither_changed_nor_audited() {
    let by_group = shared_with(THREAT_HUNTING, View);
    let cases: [(Conversation, PrivacyKind); 3] = [
        (private(), PrivacyKind::Private),
        (shared(Collaborate), PrivacyKind::Shared),
        (by_group, PrivacyKind::Shared),
    ];
    for settings in [PRIVATE_ENABLED, PRIVATE_DISABLED] {
        for (conversation, to) in &cases {
            let store = TestStore::with(conversation.clone()).under(settings);
            let toggled = toggle(&store, &alice(), CONVERSATION, as_seen(), *to).await;
            assert_eq!(toggled.unwrap().removed_grants, None);
            assert_eq!(store.conversation(CONVERSATION), *conversation);
            store.assert_untouched();
            assert_eq!(store.trace(), "begin_on open roll_back");
        }
    }
}

#[tokio::test]
async fn a_manager_who_changes_nothing_has_read_by_privilege_all_the_same() {
    let store = TestStore::with(private());
    to_private(&store, &max()).await.unwrap();
    assert!(store.committed().is_empty());
    let input = json!({"part": "conversation"});
    let action = "AI_INFERENCE_STREAM_GET";
    assert_eq!(
        store.recorded(),
        [done(&max(), action, &AS_MANAGER, 4, input)]
    );
}

#[tokio::test]
async fn nothing_becomes_private_while_private_conversations_are_disabled() {
    let store = TestStore::with(shared(View)).under(PRIVATE_DISABLED);
    let outcome = to_private(&store, &alice()).await;
    assert!(matches!(
        outcome,
        Err(EditError::PrivateConversationsDisabled(_))
    ));
    store.assert_untouched();
    assert_eq!(store.trace(), "begin_on open roll_back");
}

#[tokio::test]
async fn who_may_read_or_prompt_may_not_toggle_whatever_the_setting() {
    for settings in [PRIVATE_ENABLED, PRIVATE_DISABLED] {
        for (caller, level) in [(carol(), View), (bob(), Collaborate), (vera(), View)] {
            let store = TestStore::with(shared(level)).under(settings);
            let refused = to_private(&store, &caller).await;
            assert_refused(&store, &caller, Action::TogglePrivacy, refused);
        }
    }
}

#[tokio::test]
async fn who_cannot_see_it_gets_what_who_asks_for_nothing_gets() {
    let store = || TestStore::with(private());
    for caller in [carol(), erin(), mallory()] {
        assert_invisible_like_absent(store, &caller, async |store, id| {
            toggle(store, &caller, id, outdated(), PrivacyKind::Shared).await
        })
        .await;
    }
}

#[tokio::test]
async fn another_version_changes_nothing() {
    let store = TestStore::with(private());
    let shared = PrivacyKind::Shared;
    let outcome = toggle(&store, &alice(), CONVERSATION, outdated(), shared).await;
    assert!(matches!(outcome, Err(EditError::VersionMismatch(_))));
    store.assert_untouched();
}

#[tokio::test]
async fn a_visitor_does_what_it_would_once_it_is_known_and_is_looked_up_in_the_same_transaction() {
    for caller in everybody() {
        for (conversation, to) in [
            (private(), PrivacyKind::Shared),
            (shared(View), PrivacyKind::Private),
            (shared(View), PrivacyKind::Shared),
        ] {
            let known = TestStore::with(conversation.clone());
            let expected = toggle(&known, &caller, CONVERSATION, as_seen(), to).await;
            let store = TestStore::with(conversation);
            let toggled = TogglePrivacy::new(store.gate())
                .execute_as(visitor(&caller), CONVERSATION, &as_seen(), to)
                .await;
            assert_eq!(format!("{toggled:?}"), format!("{expected:?}"));
            assert_eq!(store.committed(), known.committed());
            assert_eq!(store.recorded(), known.recorded());
            assert_eq!(store.trace(), known.trace());
        }
    }
}

#[tokio::test]
async fn a_visitor_who_is_no_active_user_changes_nothing_and_nothing_is_recorded() {
    let store = TestStore::with(private()).without(&alice());
    let refused = TogglePrivacy::new(store.gate())
        .execute_as(
            visitor(&alice()),
            CONVERSATION,
            &as_seen(),
            PrivacyKind::Shared,
        )
        .await;
    assert!(matches!(
        refused,
        Err(EditError::Access(AccessError::Unauthenticated))
    ));
    store.assert_untouched();
}

#[tokio::test]
async fn who_was_stopped_is_not_known_any_more() {
    let store = || TestStore::with(private());
    assert_stopped_is_unauthenticated(store, &alice(), async |store| {
        to_shared(store, &alice()).await
    })
    .await;
}

#[tokio::test]
async fn every_failure_is_passed_on_and_nothing_is_stored() {
    for caller in [alice(), max(), carol(), mallory()] {
        let store = || TestStore::with(shared(View));
        assert_every_failure_is_passed_on(store, async |store| to_private(store, &caller).await)
            .await;
        assert_every_failure_is_passed_on(store, async |store| to_shared(store, &caller).await)
            .await;
    }
}
