//! Signing out everywhere.

use parlor_application::{
    caller::Caller,
    organization::{SessionSecret, SignOut},
    ports::{SessionRecord, StoreError},
    testing::*,
};
use serde_json::json;

use crate::support::*;

/// A store in which these are signed in.
fn signed_in(users: &[Caller]) -> TestStore {
    let store = TestStore::empty();
    for user in users {
        let session = SessionRecord {
            digest: SessionSecret::generate(ACME).digest(),
            user_id: user.user_id(),
            created_at: before(),
            expires_at: now(),
        };
        store.change(|acme| acme.sessions.insert(session.digest, session));
    }
    store
}

async fn sign_out(store: &TestStore, caller: &Caller) -> Result<(), StoreError> {
    SignOut::new(store.gate()).execute(caller).await
}

#[tokio::test]
async fn all_sessions_of_the_caller_end_and_nobody_elses() {
    let store = signed_in(&[alice(), bob(), alice()]);
    sign_out(&store, &alice()).await.unwrap();
    let left = store.sessions();
    let left: Vec<_> = left.iter().map(|session| session.user_id).collect();
    assert_eq!(left, [bob().user_id()]);
    let expected = json!({
        "action": "SIGN_OUT",
        "result": "SUCCEEDED",
        "actor": "alice",
        "input": {"sessions": 2},
        "access": null,
        "reasons": [],
        "privileged": false,
        "version": null,
        "errors": null,
    });
    assert_eq!(store.committed(), [expected]);
    assert_eq!(store.trace(), "begin end_sessions commit");
}

#[tokio::test]
async fn who_is_not_signed_in_any_more_changes_nothing() {
    let store = signed_in(&[bob()]);
    sign_out(&store, &alice()).await.unwrap();
    store.assert_untouched();
    assert_eq!(store.trace(), "begin end_sessions roll_back");
}

#[tokio::test]
async fn every_failure_is_passed_on_and_nothing_is_stored() {
    let store = || signed_in(&[alice()]);
    assert_every_failure_is_passed_on(store, async |store| sign_out(store, &alice()).await).await;
}
