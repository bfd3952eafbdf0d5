//! Entries that were set aside, and are put back among those that wait.

use parlor_application::ports::{OutboxPosition, RetriedEntries};
use parlor_domain::ids::{AuditEntryId, OrganizationId};

use crate::{Stores, kit::prelude::*};

/// A store with so many entries of each organization, and their keys in the order of commit.
async fn with_entries(
    stores: Stores,
    count: usize,
) -> (Filled, Vec<(OrganizationId, AuditEntryId)>) {
    let store = Filled::with_two_organizations(stores).await;
    let mut keys = Vec::new();
    for _ in 0..count {
        for organization_id in [GLOBEX, ACME] {
            let entry = store.entry(organization_id, Some(conversation_id(1)));
            store.stores.recorder.record(&entry).await.unwrap();
            keys.push((organization_id, entry.id));
        }
    }
    (store, keys)
}

async fn set_aside(store: &Filled, (organization_id, id): (OrganizationId, AuditEntryId)) {
    let outbox = &store.stores.outbox;
    let reason = "the sink says that it is too large";
    outbox
        .set_aside(organization_id, id, reason, at(9_000))
        .await
        .unwrap();
}

async fn retry(store: &Filled, after: Option<OutboxPosition>, limit: u32) -> RetriedEntries {
    let outbox = &store.stores.outbox;
    outbox.retry_set_aside(after, limit).await.unwrap()
}

/// What waits, of one organization.
async fn waiting(store: &Filled, organization_id: OrganizationId) -> Vec<AuditEntryId> {
    let waiting = store.stores.outbox.undelivered(1_000).await.unwrap();
    let own = waiting.into_iter();
    let own = own.filter(|record| record.organization_id == organization_id);
    own.map(|record| record.id).collect()
}

fn of(
    keys: &[(OrganizationId, AuditEntryId)],
    organization_id: OrganizationId,
) -> Vec<AuditEntryId> {
    let own = keys.iter().filter(|(id, _)| *id == organization_id);
    own.map(|(_, id)| *id).collect()
}

pub async fn what_was_set_aside_is_retried_in_its_old_places(stores: Stores) {
    let (store, keys) = with_entries(stores, 5).await;
    for key in [keys[6], keys[0], keys[3], keys[9]] {
        set_aside(&store, key).await;
    }
    let retried = retry(&store, None, 100).await;
    assert_eq!(retried.entries, 4);
    for organization_id in [ACME, GLOBEX] {
        let own = of(&keys, organization_id);
        assert_eq!(waiting(&store, organization_id).await, own);
    }
    let backlog = store.stores.outbox.backlog().await.unwrap();
    assert_eq!((backlog.entries, backlog.set_aside), (10, 0));
    assert_eq!(retry(&store, None, 100).await, RetriedEntries::default());
}

pub async fn retrying_a_few_at_a_time_meets_each_entry_once(stores: Stores) {
    let (store, keys) = with_entries(stores, 4).await;
    for key in &keys {
        set_aside(&store, *key).await;
    }
    let (mut after, mut calls, mut entries) = (None, 0, 0);
    loop {
        let retried = retry(&store, after, 3).await;
        if retried.entries == 0 {
            assert_eq!(retried.last, None);
            break;
        }
        assert!(retried.entries <= 3);
        assert!(retried.last > after);
        // The first ones of an organization wait before its last ones do.
        for organization_id in [ACME, GLOBEX] {
            let own = of(&keys, organization_id);
            let mut waiting = waiting(&store, organization_id).await;
            waiting.retain(|id| *id != own[0]);
            assert!(own[1..].starts_with(&waiting));
        }
        (after, calls, entries) = (retried.last, calls + 1, entries + retried.entries);
        // The sink rejects again what is behind: it is not met again.
        set_aside(&store, keys[0]).await;
        set_aside(&store, keys[1]).await;
    }
    assert_eq!((calls, entries), (3, 8));
}

pub async fn what_was_delivered_or_never_set_aside_is_not_retried(stores: Stores) {
    let (store, keys) = with_entries(stores, 2).await;
    set_aside(&store, keys[0]).await;
    let outbox = &store.stores.outbox;
    // It was on its way when it was set aside.
    outbox
        .mark_delivered(&[keys[0], keys[1]], at(9_001))
        .await
        .unwrap();
    assert_eq!(retry(&store, None, 100).await, RetriedEntries::default());
    let left = [keys[2].1];
    assert_eq!(waiting(&store, GLOBEX).await, left);
    assert_eq!(waiting(&store, ACME).await, [keys[3].1]);
}

pub async fn a_retried_entry_can_be_set_aside_again(stores: Stores) {
    let (store, keys) = with_entries(stores, 1).await;
    for _ in 0..2 {
        set_aside(&store, keys[0]).await;
        assert_eq!(waiting(&store, GLOBEX).await, []);
        let retried = retry(&store, None, 1).await;
        assert_eq!(retried.entries, 1);
        assert_eq!(retried.last.unwrap().organization_id, GLOBEX);
        assert_eq!(waiting(&store, GLOBEX).await, [keys[0].1]);
    }
}
