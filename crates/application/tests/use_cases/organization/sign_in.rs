//! Signing in with a browser.

use std::sync::Arc;

use chrono::TimeDelta;
use parlor_application::{
    organization::{AuthenticateError, AuthenticateSession, SignIn, SignedInSession},
    ports::{
        AuthenticationUnavailable, Authenticator, BearerToken, Identity, MockAuthenticator,
        SessionRecord,
    },
    testing::*,
};
use parlor_domain::audit::ActionName;
use serde_json::json;

use crate::support::*;

/// Takes the token `good` for this user's.
fn authenticator(identity: Identity) -> Arc<dyn Authenticator> {
    let mut authenticator = MockAuthenticator::new();
    authenticator
        .expect_authenticate()
        .returning(move |token| Ok((token.expose() == "good").then_some(identity)));
    Arc::new(authenticator)
}

async fn sign_in(
    store: &TestStore,
    identity: Identity,
    token: &str,
) -> Result<SignedInSession, AuthenticateError> {
    let token = BearerToken::new(token.to_owned());
    SignIn::new(store.gate(), authenticator(identity), store.port())
        .execute(&token, alice().origin)
        .await
}

#[tokio::test]
async fn a_good_token_begins_a_session_of_twelve_hours_that_finds_its_user() {
    let store = TestStore::empty();
    let signed_in = sign_in(&store, alice().identity(), "good").await.unwrap();
    assert_eq!(signed_in.caller, alice());
    assert_eq!(signed_in.expires_at, now() + TimeDelta::hours(12));
    let found = AuthenticateSession::new(store.port(), clock())
        .execute(&signed_in.secret, alice().origin)
        .await;
    assert_eq!(found.unwrap(), alice());
    let kept = SessionRecord {
        digest: signed_in.secret.digest(),
        user_id: alice().user_id(),
        created_at: now(),
        expires_at: signed_in.expires_at,
    };
    assert_eq!(store.sessions(), [kept]);
}

#[tokio::test]
async fn signing_in_is_audited_with_it_and_without_its_secret() {
    let store = TestStore::empty();
    sign_in(&store, alice().identity(), "good").await.unwrap();
    let expected = json!({
        "action": "SIGN_IN",
        "result": "SUCCEEDED",
        "actor": "alice",
        "input": {},
        "access": null,
        "reasons": [],
        "privileged": false,
        "version": null,
        "errors": null,
    });
    assert_eq!(store.committed(), [expected]);
    assert_eq!(store.trace(), "find_member begin insert_session commit");
}

#[tokio::test]
async fn each_sign_in_has_a_session_of_its_own() {
    let store = TestStore::empty();
    let one = sign_in(&store, alice().identity(), "good").await.unwrap();
    let other = sign_in(&store, alice().identity(), "good").await.unwrap();
    assert_ne!(one.secret, other.secret);
    assert_eq!(store.sessions().len(), 2);
}

#[tokio::test]
async fn a_good_token_of_a_stopped_user_begins_nothing_and_is_audited() {
    let store = TestStore::empty().without(&bob());
    let outcome = sign_in(&store, bob().identity(), "good").await;
    assert!(matches!(outcome, Err(AuthenticateError::InvalidToken)));
    let entries = store.recorded_entries();
    let [entry] = &entries[..] else {
        panic!("{entries:?}")
    };
    assert_eq!(entry.action, ActionName::SignInFailed);
    assert_eq!(entry.actor.id(), bob().user_id());
    assert_eq!(entry.organization_id, ACME);
    assert_eq!(
        entry.errors,
        ["The token's user is not an active user of the organization"]
    );
    assert_eq!(store.trace(), "find_member record");
    assert_eq!(store.sessions(), []);
}

#[tokio::test]
async fn a_token_that_nobody_has_begins_nothing() {
    let store = TestStore::empty();
    let outcome = sign_in(&store, alice().identity(), "bad").await;
    assert!(matches!(outcome, Err(AuthenticateError::InvalidToken)));
    assert_eq!(store.trace(), "");
}

#[tokio::test]
async fn a_token_that_cannot_be_checked_is_no_bad_token() {
    let mut away = MockAuthenticator::new();
    away.expect_authenticate()
        .returning(|_| Err(AuthenticationUnavailable("away".into())));
    let store = TestStore::empty();
    let outcome = SignIn::new(store.gate(), Arc::new(away), store.port())
        .execute(&BearerToken::new("good".to_owned()), alice().origin)
        .await;
    assert!(matches!(outcome, Err(AuthenticateError::Unavailable(_))));
}

#[tokio::test]
async fn every_failure_is_passed_on_and_nothing_is_stored() {
    for caller in [alice(), bob()] {
        let store = || TestStore::empty().without(&bob());
        assert_every_failure_is_passed_on(store, async |store| {
            sign_in(store, caller.identity(), "good").await
        })
        .await;
    }
}
