//! The store as a whole: its schema, its first filling, its end. (Expiry of keys: `idempotency`.)

use std::{num::NonZeroU32, time::Duration};

use parlor_application::ports::{AuditBacklog, AuditQuery, DirectorySeed, Identity, NotReady};
use parlor_domain::{audit::AuditEntries, ids::OrganizationId};
use tokio::task::JoinSet;

use crate::{Stores, kit::prelude::*};

fn entries(store: &Filled, seed: &DirectorySeed) -> Vec<AuditEntries> {
    seed.organizations
        .iter()
        .map(|seed| store.entry(seed.id, None).into())
        .collect()
}

pub async fn migrating_again_and_at_the_same_time_changes_nothing(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    store.create(&private(1, ALICE)).await;
    let mut tasks = JoinSet::new();
    for _ in 0..4 {
        let admin = store.stores.admin.clone();
        tasks.spawn(async move { admin.migrate().await });
    }
    for migrated in tasks.join_all().await {
        migrated.unwrap();
    }
    store.stores.admin.readiness().await.unwrap();
    assert_eq!(store.stored(in_acme(1)).await, Some(private(1, ALICE)));
}

pub async fn a_migrated_store_is_ready_and_empty(stores: Stores) {
    stores.admin.readiness().await.unwrap();
    assert_eq!(stores.admin.identity_mode().await.unwrap(), None);
    let identity = Identity {
        organization_id: ACME,
        user_id: ALICE,
    };
    assert_eq!(stores.directory.find_member(identity).await.unwrap(), None);
    assert_eq!(
        stores.outbox.backlog().await.unwrap(),
        AuditBacklog::default()
    );
    assert_eq!(stores.outbox.delivered_or_not(None, 10).await.unwrap(), []);
    assert_eq!(
        stores
            .journal
            .interrupt_abandoned(Duration::ZERO)
            .await
            .unwrap(),
        0
    );
    assert_eq!(
        stores.admin.expire_idempotency_keys(at(0)).await.unwrap(),
        0
    );
}

pub async fn filling_writes_the_directory_the_mode_and_the_entries(stores: Stores) {
    let store = Filled::unfilled(stores);
    let seed = two_organizations();
    let acme = [store.entry(ACME, None), store.entry(ACME, None)];
    let globex = store.entry(GLOBEX, None);
    let audit = [
        AuditEntries::new(acme[0].clone(), vec![acme[1].clone()]),
        AuditEntries::from(globex.clone()),
    ];
    assert!(
        store
            .stores
            .admin
            .fill("demo", &seed, &audit)
            .await
            .unwrap()
    );
    assert_eq!(
        store.stores.admin.identity_mode().await.unwrap().as_deref(),
        Some("demo")
    );
    assert_eq!(store.logged(ACME).await, [acme[1].id, acme[0].id]);
    assert_eq!(store.logged(GLOBEX).await, [globex.id]);
    let backlog = store.stores.outbox.backlog().await.unwrap();
    assert_eq!(
        (backlog.entries, backlog.oldest),
        (3, Some(acme[0].occurred_at)),
        "they go out too"
    );
    for organization_id in [ACME, GLOBEX] {
        for user in ACTIVE {
            assert!(
                store.member(organization_id, user).await.is_some(),
                "{organization_id} {user}"
            );
        }
    }
}

pub async fn a_store_is_filled_once(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    store.create(&private(1, ALICE)).await;
    let logged_before = store.logged(ACME).await;
    let new: OrganizationId = OrganizationId::from_uuid(uuid::Uuid::from_u128(77));
    let mut seed = two_organizations();
    "Renamed".clone_into(&mut seed.organizations[0].name);
    seed.organizations[0].users.truncate(1);
    seed.organizations[1] = organization(new, "New");
    let audit = entries(&store, &seed);
    assert!(
        !store
            .stores
            .admin
            .fill("oidc", &seed, &audit)
            .await
            .unwrap()
    );
    assert_eq!(
        store.stores.admin.identity_mode().await.unwrap().as_deref(),
        Some("demo")
    );
    assert_eq!(
        store.member(ACME, ALICE).await.unwrap().organization_name,
        "Acme"
    );
    assert!(store.member(ACME, BOB).await.is_some());
    assert!(store.member(GLOBEX, BOB).await.is_some());
    assert_eq!(store.member(new, ALICE).await, None);
    assert_eq!(store.logged(ACME).await, logged_before);
    assert_eq!(store.stored(in_acme(1)).await, Some(private(1, ALICE)));
}

pub async fn of_several_fillings_at_once_one_fills(stores: Stores) {
    let store = Filled::unfilled(stores);
    let mut tasks = JoinSet::new();
    for _ in 0..4 {
        let store = store.clone();
        tasks.spawn(async move {
            let seed = two_organizations();
            let audit = entries(&store, &seed);
            retrying(|| store.stores.admin.fill("demo", &seed, &audit)).await
        });
    }
    let filled = tasks.join_all().await;
    assert_eq!(filled.iter().filter(|filled| **filled).count(), 1);
    assert_eq!(store.logged(ACME).await.len(), 1);
}

pub async fn a_filling_whose_entries_cannot_be_stored_leaves_the_store_empty(stores: Stores) {
    let store = Filled::unfilled(stores);
    let seed = two_organizations();
    let twice = store.entry(GLOBEX, None);
    let audit = [
        AuditEntries::from(store.entry(ACME, None)),
        AuditEntries::new(twice.clone(), vec![twice]),
    ];
    assert!(
        store
            .stores
            .admin
            .fill("demo", &seed, &audit)
            .await
            .is_err()
    );
    assert_eq!(store.stores.admin.identity_mode().await.unwrap(), None);
    assert_eq!(store.member(ACME, ALICE).await, None);
    assert_eq!(store.logged(ACME).await, []);
    let audit = entries(&store, &seed);
    assert!(
        store
            .stores
            .admin
            .fill("oidc", &seed, &audit)
            .await
            .unwrap()
    );
    assert_eq!(
        store.stores.admin.identity_mode().await.unwrap().as_deref(),
        Some("oidc")
    );
}

pub async fn a_closed_store_accepts_nothing(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    store.create(&private(1, ALICE)).await;
    let alice = store.principal(ACME, ALICE).await;
    store.stores.admin.close().await;
    let Stores {
        admin,
        units,
        conversation_reader,
        recorder,
        audit_log,
        allowance,
        journal,
        ..
    } = &store.stores;
    let readiness = admin.readiness().await;
    assert!(
        matches!(readiness, Err(NotReady::Unavailable(_))),
        "{readiness:?}"
    );
    assert!(units.begin(ACME).await.is_err());
    assert!(units.begin_on(ALICE, in_acme(1)).await.is_err());
    let identity = Identity {
        organization_id: ACME,
        user_id: ALICE,
    };
    assert!(allowance.take(identity, NonZeroU32::MIN).await.is_err());
    let abandoned = journal.interrupt_abandoned(Duration::ZERO).await;
    assert!(abandoned.is_err());
    assert!(
        conversation_reader
            .find(&alice, conversation_id(1))
            .await
            .is_err()
    );
    assert!(recorder.record(&store.entry(ACME, None)).await.is_err());
    assert!(
        audit_log
            .list(
                ACME,
                &AuditQuery {
                    limit: 1,
                    ..AuditQuery::default()
                }
            )
            .await
            .is_err()
    );
    admin.close().await;
}
