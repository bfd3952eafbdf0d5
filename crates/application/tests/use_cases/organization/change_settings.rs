//! Changing the organization's settings.

use parlor_application::{
    access_gate::AccessError, caller::Caller, organization::ChangeSettings, testing::*,
};
use parlor_domain::{grants::Level::View, principal::Permission, settings::Settings};
use serde_json::json;

use crate::support::*;

async fn change(store: &TestStore, caller: &Caller, to: Settings) -> Result<Settings, AccessError> {
    ChangeSettings::new(store.gate()).execute(caller, to).await
}

#[tokio::test]
async fn who_manages_settings_changes_them_and_no_conversation() {
    for (before, after) in [
        (PRIVATE_ENABLED, PRIVATE_DISABLED),
        (PRIVATE_DISABLED, PRIVATE_ENABLED),
    ] {
        for conversation in [private(), shared(View)] {
            let store = TestStore::with(conversation.clone()).under(before);
            assert_eq!(change(&store, &admin(), after).await.unwrap(), after);
            assert_eq!(store.stored().seed.settings, after);
            assert_eq!(store.conversation(CONVERSATION), conversation);
            assert_eq!(
                store.committed(),
                [json!({
                    "action": "UPDATE_GENERAL_SETTINGS",
                    "result": "SUCCEEDED",
                    "actor": "admin",
                    "input": {
                        "privateConversations": after.private_conversations,
                        "previousPrivateConversations": before.private_conversations,
                    },
                    "access": null,
                    "reasons": [],
                    "privileged": false,
                    "version": null,
                    "errors": null,
                })]
            );
            assert_eq!(
                store.trace(),
                "begin find_member settings save_settings commit"
            );
        }
    }
}

#[tokio::test]
async fn the_settings_that_are_there_change_nothing() {
    let store = TestStore::empty();
    let settings = change(&store, &admin(), PRIVATE_ENABLED).await.unwrap();
    assert_eq!(settings, PRIVATE_ENABLED);
    store.assert_untouched();
    assert_eq!(store.trace(), "begin find_member settings roll_back");
}

#[tokio::test]
async fn nobody_else_changes_them_whatever_else_it_may() {
    for caller in [alice(), vera(), max(), erin()] {
        let store = TestStore::empty();
        let refused = change(&store, &caller, PRIVATE_DISABLED).await;
        let needed = &[Permission::ManageSettings];
        assert_lacks(&store, &caller, needed, "UPDATE_GENERAL_SETTINGS", refused);
        assert_eq!(store.stored().seed.settings, PRIVATE_ENABLED);
        assert_eq!(store.trace(), "begin find_member roll_back record");
    }
}

#[tokio::test]
async fn a_permission_that_was_taken_away_since_the_request_began_does_not_count() {
    let store = TestStore::empty();
    store.permit(&admin(), &[Permission::RunAi]);
    let refused = change(&store, &admin(), PRIVATE_DISABLED).await;
    let needed = &[Permission::ManageSettings];
    let action = "UPDATE_GENERAL_SETTINGS";
    assert_lacks(&store, &admin(), needed, action, refused);
}

#[tokio::test]
async fn who_was_stopped_is_not_known_any_more() {
    assert_stopped_is_unauthenticated(TestStore::empty, &admin(), async |store| {
        change(store, &admin(), PRIVATE_DISABLED).await
    })
    .await;
}

#[tokio::test]
async fn every_failure_is_passed_on_and_nothing_is_stored() {
    for caller in [admin(), alice()] {
        assert_every_failure_is_passed_on(TestStore::empty, async |store| {
            change(store, &caller, PRIVATE_DISABLED).await
        })
        .await;
    }
}
