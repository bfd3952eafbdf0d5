//! Who is signed in.

use parlor_application::ports::{Member, SessionDigest, SessionRecord, StoreError, StorePosition};
use parlor_domain::ids::{OrganizationId, UserId};
use uuid::Uuid;

use crate::{Stores, kit::prelude::*};

/// A session that begins at second 0 and ends at second 100.
fn session(number: u8, user_id: UserId) -> SessionRecord {
    SessionRecord {
        digest: digest(number),
        user_id,
        created_at: at(0),
        expires_at: at(100),
    }
}

fn digest(number: u8) -> SessionDigest {
    // The last byte decides, and bytes that are no text stand before it.
    let mut bytes = [0xff; 32];
    bytes[31] = number;
    SessionDigest::from_bytes(bytes)
}

async fn begin(store: &Filled, organization_id: OrganizationId, session: &SessionRecord) {
    let mut unit = store.begin(organization_id).await;
    unit.sessions().insert(session).await.unwrap();
    let entry = store.entry(organization_id, None);
    unit.commit(entry.into()).await.unwrap();
}

async fn end_all(store: &Filled, organization_id: OrganizationId, user_id: UserId) -> u64 {
    let mut unit = store.begin(organization_id).await;
    let ended = unit.sessions().end_all(user_id).await.unwrap();
    let entry = store.entry(organization_id, None);
    unit.commit(entry.into()).await.unwrap();
    ended
}

async fn found_at(
    store: &Filled,
    organization_id: OrganizationId,
    number: u8,
    seconds: i64,
) -> Option<Member> {
    let sessions = &store.stores.sessions;
    let found = sessions
        .find_member(organization_id, digest(number), at(seconds))
        .await
        .unwrap();
    let asked = [digest(number), digest(number.wrapping_add(100))];
    let active = sessions
        .find_active(organization_id, &asked, at(seconds))
        .await
        .unwrap();
    let expected = found.is_some().then_some(digest(number));
    assert_eq!(active, Vec::from_iter(expected));
    // It is another place each time.
    found.map(|member| Member {
        read_at: StorePosition::default(),
        ..member
    })
}

async fn found(store: &Filled, organization_id: OrganizationId, number: u8) -> Option<Member> {
    found_at(store, organization_id, number, 50).await
}

pub async fn a_session_is_its_user_with_everything_that_a_request_needs(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    for (number, user_id) in (1..).zip(ACTIVE) {
        begin(&store, ACME, &session(number, user_id)).await;
    }
    for (number, user_id) in (1..).zip(ACTIVE) {
        let member = found(&store, ACME, number).await;
        assert!(member.is_some(), "{user_id}");
        assert_eq!(member, store.member(ACME, user_id).await);
    }
    assert_eq!(found(&store, ACME, 99).await, None, "an unknown one");
}

pub async fn a_session_is_good_until_the_moment_of_its_end(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    begin(&store, ACME, &session(1, ALICE)).await;
    for (seconds, is_found) in [(0, true), (99, true), (100, false), (101, false)] {
        let member = found_at(&store, ACME, 1, seconds).await;
        assert_eq!(member.is_some(), is_found, "{seconds}");
    }
}

pub async fn a_stopped_users_session_is_nobodys(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    begin(&store, ACME, &session(1, SAM)).await;
    assert_eq!(found(&store, ACME, 1).await, None);
}

pub async fn a_session_that_a_stopped_user_begins_has_ended(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    begin(&store, ACME, &session(1, SAM)).await;
    assert_eq!(end_all(&store, ACME, SAM).await, 0);
    begin(&store, ACME, &session(1, ALICE)).await;
    assert!(found(&store, ACME, 1).await.is_some(), "it is nobody's");
}

pub async fn signing_out_ends_all_sessions_of_one_user_and_counts_them(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    for (number, user_id) in [(1, ALICE), (2, ALICE), (3, BOB)] {
        begin(&store, ACME, &session(number, user_id)).await;
    }
    assert_eq!(end_all(&store, ACME, ALICE).await, 2);
    assert_eq!(found(&store, ACME, 1).await, None);
    assert_eq!(found(&store, ACME, 2).await, None);
    assert!(found(&store, ACME, 3).await.is_some(), "somebody else's");
    assert_eq!(end_all(&store, ACME, ALICE).await, 0);
}

pub async fn a_session_of_a_unit_of_work_that_was_dropped_never_was(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let mut unit = store.begin(ACME).await;
    unit.sessions().insert(&session(1, ALICE)).await.unwrap();
    drop(unit);
    assert_eq!(found(&store, ACME, 1).await, None);
    begin(&store, ACME, &session(1, ALICE)).await;
    let mut unit = store.begin(ACME).await;
    assert_eq!(unit.sessions().end_all(ALICE).await.unwrap(), 1);
    drop(unit);
    assert!(found(&store, ACME, 1).await.is_some());
}

pub async fn a_secret_that_is_there_already_conflicts(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    begin(&store, ACME, &session(1, ALICE)).await;
    let mut unit = store.begin(ACME).await;
    let again = unit.sessions().insert(&session(1, BOB)).await;
    assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");
    drop(unit);
    let member = found(&store, ACME, 1).await.unwrap();
    assert_eq!(member.principal.user_id, ALICE);
}

pub async fn an_unknown_user_has_no_session(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let nobody = UserId::from_uuid(Uuid::from_u128(77));
    let mut unit = store.begin(ACME).await;
    assert!(unit.sessions().insert(&session(1, nobody)).await.is_err());
}

pub async fn sessions_under_the_same_secret_are_each_organizations_own(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    begin(&store, ACME, &session(1, ALICE)).await;
    assert_eq!(found(&store, GLOBEX, 1).await, None);
    begin(&store, GLOBEX, &session(1, ALICE)).await;
    for organization_id in [ACME, GLOBEX] {
        let member = found(&store, organization_id, 1).await.unwrap();
        assert_eq!(member.principal.organization_id, organization_id);
    }
    assert_eq!(end_all(&store, GLOBEX, ALICE).await, 1);
    assert!(found(&store, ACME, 1).await.is_some());
}

pub async fn sessions_that_have_ended_are_forgotten_and_counted(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    for organization_id in [ACME, GLOBEX] {
        for number in 1..=4 {
            let session = SessionRecord {
                expires_at: at(i64::from(number)),
                ..session(number, ALICE)
            };
            begin(&store, organization_id, &session).await;
        }
    }
    let expire = async |seconds| {
        let admin = &store.stores.admin;
        admin.expire_sessions(at(seconds)).await.unwrap()
    };
    assert_eq!(expire(0).await, 0, "none has ended");
    assert_eq!(expire(2).await, 4);
    assert_eq!(expire(2).await, 0);
    for number in 1..=4 {
        let member = found_at(&store, ACME, number, 0).await;
        assert_eq!(member.is_some(), number > 2, "{number}");
    }
}
