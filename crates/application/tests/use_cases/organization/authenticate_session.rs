//! Who is calling, by a session.

use chrono::TimeDelta;
use parlor_application::{
    caller::Caller,
    organization::{AuthenticateError, AuthenticateSession, SessionSecret},
    ports::SessionRecord,
    testing::*,
};
use parlor_domain::principal::Permission;

use crate::support::*;

/// A store in which Alice is signed in for so long, and the secret of it.
fn signed_in(left: TimeDelta) -> (TestStore, SessionSecret) {
    let (store, secret) = (TestStore::empty(), SessionSecret::generate(ACME));
    let session = SessionRecord {
        digest: secret.digest(),
        user_id: alice().user_id(),
        created_at: before(),
        expires_at: now() + left,
    };
    store.change(|acme| acme.sessions.insert(session.digest, session));
    (store, secret)
}

async fn authenticate(
    store: &TestStore,
    secret: &SessionSecret,
) -> Result<Caller, AuthenticateError> {
    AuthenticateSession::new(store.port(), clock())
        .execute(secret, alice().origin)
        .await
}

#[tokio::test]
async fn a_session_is_its_user_with_its_rights_as_they_are_now() {
    let (store, secret) = signed_in(TimeDelta::seconds(1));
    store.permit(&alice(), &[Permission::ReadAuditLog]);
    let caller = authenticate(&store, &secret).await.unwrap();
    assert_eq!(caller.user_id(), alice().user_id());
    let permissions: Vec<_> = caller.principal().permissions.assigned().collect();
    assert_eq!(permissions, [Permission::ReadAuditLog]);
    assert_eq!(store.trace(), "find_session");
}

#[tokio::test]
async fn what_is_no_session_any_more_or_never_was_is_answered_alike() {
    let (store, secret) = signed_in(TimeDelta::seconds(1));
    let stopped = store.without(&alice());
    let (ended, other) = signed_in(TimeDelta::zero());
    let (elsewhere, mut foreign) = signed_in(TimeDelta::seconds(1));
    foreign = foreign
        .expose()
        .replace(&ACME.to_string(), &GLOBEX.to_string())
        .parse()
        .unwrap();
    let unknown = SessionSecret::generate(ACME);
    for (store, secret) in [
        (&stopped, &secret),
        (&ended, &other),
        (&elsewhere, &foreign),
        (&elsewhere, &unknown),
    ] {
        let outcome = authenticate(store, secret).await;
        assert!(matches!(outcome, Err(AuthenticateError::InvalidToken)));
        store.assert_untouched();
    }
}

#[tokio::test]
async fn every_failure_is_passed_on() {
    let store = || signed_in(TimeDelta::seconds(1)).0;
    assert_every_failure_is_passed_on(store, async |store| {
        authenticate(store, &SessionSecret::generate(ACME)).await
    })
    .await;
}
