//! Replacing the grants.

use parlor_application::{
    caller::Caller,
    conversations::{EditError, SaveSharing, SaveSharingError, SavedGrants, WantedGrants},
    testing::*,
    version_condition::VersionCondition,
};
use parlor_domain::{
    access::Action,
    grants::Level::{Collaborate, View},
    grants::{Level, Privacy},
    ids::{ConversationId, GroupId},
};
use serde_json::json;

use crate::support::*;

const EDIT: &str = "AI_INFERENCE_STREAM_EDIT";

fn wanted(organization: Option<Level>, groups: &[(GroupId, Level)]) -> WantedGrants {
    WantedGrants {
        organization,
        groups: groups.iter().copied().collect(),
    }
}

async fn save(
    store: &TestStore,
    caller: &Caller,
    id: ConversationId,
    condition: VersionCondition,
    wanted: WantedGrants,
) -> Result<SavedGrants, SaveSharingError> {
    SaveSharing::new(store.gate())
        .execute(caller, id, &condition, wanted)
        .await
}

async fn save_as_seen(
    store: &TestStore,
    caller: &Caller,
    wanted: WantedGrants,
) -> Result<SavedGrants, SaveSharingError> {
    save(store, caller, CONVERSATION, as_seen(), wanted).await
}

#[tokio::test]
async fn all_grants_are_replaced_at_once() {
    for (caller, under) in [(alice(), AS_OWNER), (max(), AS_MANAGER)] {
        let store = TestStore::with(shared_with(INCIDENT_RESPONSE, Collaborate));
        let grants = wanted(None, &[(THREAT_HUNTING, View)]);
        let sharing = save_as_seen(&store, &caller, grants).await.unwrap();
        let privacy = shared_with(THREAT_HUNTING, View).privacy;
        assert_eq!(sharing.privacy, privacy);
        assert_eq!(sharing.version, NEXT_VERSION);
        assert_eq!(store.conversation(CONVERSATION).privacy, privacy);
        let group = |id: GroupId, level| json!({"groupId": id.as_uuid(), "level": level});
        let input = json!({
            "change": "sharing",
            "privacy": "shared",
            "previousPrivacy": "shared",
            "grants": {
                "organization": null,
                "groups": [group(THREAT_HUNTING, "view")],
            },
            "previousGrants": {
                "organization": null,
                "groups": [group(INCIDENT_RESPONSE, "collaborate")],
            },
        });
        assert_eq!(store.committed(), [done(&caller, EDIT, &under, 5, input)]);
        assert_eq!(store.trace(), "begin_on open unknown_groups update commit");
    }
}

#[tokio::test]
async fn without_a_group_none_is_looked_up() {
    let store = TestStore::with(private());
    let grants = wanted(Some(Collaborate), &[]);
    let sharing = save_as_seen(&store, &alice(), grants).await.unwrap();
    assert_eq!(sharing.privacy, shared(Collaborate).privacy);
    assert_eq!(store.trace(), "begin_on open update commit");
}

#[tokio::test]
async fn removing_the_last_grant_makes_it_private_and_not_everybodys() {
    let store = TestStore::with(shared_with(THREAT_HUNTING, View));
    let sharing = save_as_seen(&store, &alice(), WantedGrants::default())
        .await
        .unwrap();
    assert_eq!(sharing.privacy, Privacy::Private);
    assert_eq!(store.conversation(CONVERSATION).privacy, Privacy::Private);
    let entry = &store.committed()[0];
    assert_eq!(entry["input"]["privacy"], "private");
    assert_eq!(entry["input"]["previousPrivacy"], "shared");
}

#[tokio::test]
async fn removing_the_last_grant_is_refused_while_private_conversations_are_disabled() {
    let store = TestStore::with(shared(View)).under(PRIVATE_DISABLED);
    let outcome = save_as_seen(&store, &alice(), WantedGrants::default()).await;
    assert!(matches!(
        outcome,
        Err(SaveSharingError::Edit(
            EditError::PrivateConversationsDisabled(_)
        ))
    ));
    store.assert_untouched();
}

#[tokio::test]
async fn the_grants_that_are_there_change_nothing() {
    let store = TestStore::with(shared(View));
    let sharing = save_as_seen(&store, &alice(), wanted(Some(View), &[])).await;
    assert_eq!(sharing.unwrap().version, VERSION);
    store.assert_untouched();
    assert_eq!(store.trace(), "begin_on open roll_back");
}

#[tokio::test]
async fn a_manager_who_changes_nothing_has_read_the_grants_by_privilege_all_the_same() {
    let store = TestStore::with(private());
    save_as_seen(&store, &max(), WantedGrants::default())
        .await
        .unwrap();
    assert!(store.committed().is_empty());
    let action = "AI_INFERENCE_STREAM_GET";
    let input = json!({"part": "sharing"});
    assert_eq!(
        store.recorded(),
        [done(&max(), action, &AS_MANAGER, 4, input)]
    );
}

#[tokio::test]
async fn groups_of_another_organization_or_of_none_are_unknown() {
    let nobodys = GroupId::from_uuid(new_id(99));
    for unknown in [GLOBEX_RED_TEAM, nobodys] {
        let store = TestStore::with(private());
        let grants = wanted(None, &[(THREAT_HUNTING, View), (unknown, View)]);
        let outcome = save_as_seen(&store, &alice(), grants).await;
        let Err(SaveSharingError::UnknownGroups(groups)) = outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!(groups, [unknown]);
        store.assert_untouched();
        assert_eq!(store.trace(), "begin_on open unknown_groups roll_back");
    }
}

#[tokio::test]
async fn who_does_not_say_which_version_it_has_seen_saves_nothing() {
    let store = TestStore::with(private());
    let grants = wanted(Some(View), &[]);
    let unstated = VersionCondition::Unstated;
    let outcome = save(&store, &alice(), CONVERSATION, unstated, grants).await;
    assert!(matches!(outcome, Err(SaveSharingError::VersionRequired)));
    store.assert_untouched();
}

#[tokio::test]
async fn a_dialog_that_is_older_than_the_conversation_saves_nothing() {
    let store = TestStore::with(private());
    let grants = wanted(Some(View), &[]);
    let outcome = save(&store, &alice(), CONVERSATION, outdated(), grants).await;
    assert!(matches!(
        outcome,
        Err(SaveSharingError::Edit(EditError::VersionMismatch(_)))
    ));
    store.assert_untouched();
}

#[tokio::test]
async fn who_may_read_or_prompt_may_not_share_and_is_told_so_before_its_version() {
    let unstated = || VersionCondition::Unstated;
    for condition in [as_seen, outdated, unstated] {
        for (caller, level) in [(carol(), View), (bob(), Collaborate), (vera(), View)] {
            let store = TestStore::with(shared(level));
            let grants = WantedGrants::default();
            let refused = save(&store, &caller, CONVERSATION, condition(), grants).await;
            assert_refused(&store, &caller, Action::ChangeSharing, refused);
        }
    }
}

#[tokio::test]
async fn who_cannot_see_it_gets_what_who_asks_for_nothing_gets() {
    let store = || TestStore::with(private());
    for caller in [carol(), erin(), mallory()] {
        assert_invisible_like_absent(store, &caller, async |store, id| {
            let grants = wanted(None, &[(GLOBEX_RED_TEAM, View)]);
            save(store, &caller, id, outdated(), grants).await
        })
        .await;
    }
}

#[tokio::test]
async fn who_was_stopped_is_not_known_any_more() {
    let store = || TestStore::with(private());
    assert_stopped_is_unauthenticated(store, &alice(), async |store| {
        save_as_seen(store, &alice(), wanted(Some(View), &[])).await
    })
    .await;
}

#[tokio::test]
async fn every_failure_is_passed_on_and_nothing_is_stored() {
    for caller in [alice(), max(), carol(), mallory()] {
        for level in [View, Collaborate] {
            let store = || TestStore::with(shared(View));
            assert_every_failure_is_passed_on(store, async |store| {
                save_as_seen(store, &caller, wanted(Some(level), &[])).await
            })
            .await;
        }
    }
}
