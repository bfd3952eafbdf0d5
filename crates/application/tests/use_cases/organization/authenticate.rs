//! Who is calling.

use std::sync::Arc;

use parlor_application::{
    caller::Caller,
    organization::{Authenticate, AuthenticateError},
    ports::{AuthenticationUnavailable, Authenticator, BearerToken, Identity, MockAuthenticator},
    testing::*,
};
use parlor_domain::principal::Permission;

use crate::support::*;

/// Takes the token `good` for this user's.
fn authenticator(identity: Identity) -> Arc<dyn Authenticator> {
    let mut authenticator = MockAuthenticator::new();
    authenticator
        .expect_authenticate()
        .returning(move |token| Ok((token.expose() == "good").then_some(identity)));
    Arc::new(authenticator)
}

async fn authenticate(
    store: &TestStore,
    identity: Identity,
    token: &str,
) -> Result<Caller, AuthenticateError> {
    Authenticate::new(authenticator(identity), store.port())
        .execute(&BearerToken::new(token.to_owned()), alice().origin)
        .await
}

#[tokio::test]
async fn a_good_token_is_its_user_with_its_rights_as_they_are_now() {
    let store = TestStore::empty();
    store.permit(&alice(), &[Permission::ReadAuditLog]);
    let caller = authenticate(&store, alice().identity(), "good")
        .await
        .unwrap();
    let permissions: Vec<_> = caller.principal().permissions.assigned().collect();
    assert_eq!(permissions, [Permission::ReadAuditLog]);
    assert_eq!(caller.principal().groups, alice().principal().groups);
    assert_eq!(caller.origin, alice().origin);
}

#[tokio::test]
async fn a_token_that_is_not_good_is_looked_up_nowhere() {
    let store = TestStore::empty();
    let outcome = authenticate(&store, alice().identity(), "bad").await;
    assert!(matches!(outcome, Err(AuthenticateError::InvalidToken)));
    assert_eq!(store.trace(), "");
}

#[tokio::test]
async fn a_stopped_user_or_one_of_another_organization_is_answered_like_a_bad_token() {
    let of_another = Identity {
        organization_id: GLOBEX,
        ..alice().identity()
    };
    for identity in [bob().identity(), of_another] {
        let store = TestStore::empty().without(&bob());
        let outcome = authenticate(&store, identity, "good").await;
        assert!(matches!(outcome, Err(AuthenticateError::InvalidToken)));
    }
}

#[tokio::test]
async fn a_failure_is_no_bad_token() {
    let store = TestStore::empty();
    store.fail_every("find_member");
    let outcome = authenticate(&store, alice().identity(), "good").await;
    assert!(matches!(outcome, Err(AuthenticateError::Store(_))));

    let mut away = MockAuthenticator::new();
    away.expect_authenticate()
        .returning(|_| Err(AuthenticationUnavailable("away".into())));
    let outcome = Authenticate::new(Arc::new(away), store.port())
        .execute(&BearerToken::new("good".to_owned()), alice().origin)
        .await;
    assert!(matches!(outcome, Err(AuthenticateError::Unavailable(_))));
}
