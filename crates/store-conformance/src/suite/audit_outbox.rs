//! Entries on their way out: every one, in order, until it is marked.

use std::{collections::BTreeMap, time::Duration};

use parlor_application::{
    audit_document::record,
    ports::{AuditBacklog, OutboxEntry, StoreError},
};
use parlor_domain::{
    audit::{AuditEntries, AuditEntry},
    conversation::Conversation,
    ids::{AuditEntryId, OrganizationId},
};
use tokio::task::JoinSet;

use crate::{Stores, kit::prelude::*};

async fn undelivered(store: &Filled) -> Vec<AuditEntryId> {
    let waiting = store.stores.outbox.undelivered(1_000).await.unwrap();
    waiting.into_iter().map(|record| record.id).collect()
}

async fn mark(store: &Filled, entries: &[(OrganizationId, AuditEntryId)]) {
    store
        .stores
        .outbox
        .mark_delivered(entries, at(9_000))
        .await
        .unwrap();
}

pub async fn entries_wait_word_for_word_until_they_are_marked(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    assert_eq!(undelivered(&store).await, []);
    let entries = [1, 2, 3].map(|number| store.entry(ACME, Some(conversation_id(number))));
    for entry in &entries {
        store.stores.recorder.record(entry).await.unwrap();
    }
    let waiting = store.stores.outbox.undelivered(10).await.unwrap();
    assert_eq!(waiting.len(), 3);
    for entry in &entries {
        assert!(waiting.contains(&record(entry)));
    }
    assert_eq!(
        store.stores.outbox.undelivered(10).await.unwrap(),
        waiting,
        "asking is not marking"
    );
    mark(&store, &[(ACME, entries[1].id)]).await;
    let mut left = undelivered(&store).await;
    left.sort();
    assert_eq!(left, [entries[0].id, entries[2].id]);
    mark(
        &store,
        &[
            (ACME, entries[1].id),
            (ACME, entries[0].id),
            (ACME, entries[2].id),
            (ACME, entry_id(999)),
        ],
    )
    .await;
    assert_eq!(
        undelivered(&store).await,
        [],
        "marking twice, or what is not there, is no error"
    );
    mark(&store, &[]).await;
}

pub async fn the_order_is_that_of_the_commits_and_not_of_the_ids(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    store.create(&private(1, ALICE)).await;
    store.deliver_everything().await;
    let entry = |number| AuditEntry {
        id: entry_id(number),
        ..store.entry(ACME, Some(conversation_id(1)))
    };
    store.stores.recorder.record(&entry(905)).await.unwrap();
    let mut unit = store.begin(ACME).await;
    unit.conversations()
        .find_for_update(conversation_id(1))
        .await
        .unwrap();
    unit.commit(AuditEntries::new(entry(903), vec![entry(907), entry(901)]))
        .await
        .unwrap();
    store.stores.recorder.record(&entry(902)).await.unwrap();
    let order = [905, 903, 907, 901, 902].map(entry_id);
    assert_eq!(undelivered(&store).await, order);
    // The same, a few at a time.
    let mut delivered = Vec::new();
    while delivered.len() <= order.len() {
        let some = store.stores.outbox.undelivered(2).await.unwrap();
        let Some(first) = some.first() else { break };
        assert!(some.len() <= 2);
        delivered.push(first.id);
        mark(&store, &[(ACME, first.id)]).await;
    }
    assert_eq!(delivered, order);
}

pub async fn a_conversations_entries_keep_their_order_under_concurrency(stores: Stores) {
    const RENAMES: usize = 8;
    async fn rename(
        store: &Filled,
        number: u32,
        to: &str,
    ) -> Result<(AuditEntryId, u64), StoreError> {
        let id = conversation_id(number);
        // The id is made before the turn to write comes, as in life: ids commit out of order.
        let entry = store.entry(ACME, Some(id));
        let mut unit = store.stores.units.begin(ACME).await?;
        let found = unit
            .conversations()
            .find_for_update(id)
            .await?
            .expect("the conversation is there");
        let after = changed(found.rename(title(to)));
        unit.conversations().update(&after).await?;
        let committed = (entry.id, after.version.as_number());
        unit.commit(
            AuditEntry {
                version: Some(after.version),
                ..entry
            }
            .into(),
        )
        .await?;
        Ok(committed)
    }
    let store = Filled::with_two_organizations(stores).await;
    for number in [1, 2, 3] {
        store.create(&private(number, ALICE)).await;
    }
    store.deliver_everything().await;
    let mut tasks = JoinSet::new();
    for attempt in 0..RENAMES {
        for number in [1, 2, 3] {
            let store = store.clone();
            let to = format!("Renamed {attempt}");
            tasks.spawn(async move { (number, retrying(|| rename(&store, number, &to)).await) });
        }
    }
    // The relay works meanwhile: what it sees has no gaps that are filled later.
    let relay = async {
        let mut delivered = Vec::new();
        while delivered.len() < 3 * RENAMES {
            let some = store.stores.outbox.undelivered(4).await.unwrap();
            let marks: Vec<_> = some
                .iter()
                .map(|record| (record.organization_id, record.id))
                .collect();
            mark(&store, &marks).await;
            delivered.extend(some);
            tokio::task::yield_now().await;
        }
        delivered
    };
    let delivered = tokio::time::timeout(Duration::from_mins(1), relay).await;
    let delivered = delivered.expect("every committed entry waits to be delivered");
    let versions: BTreeMap<AuditEntryId, (u32, u64)> = tasks
        .join_all()
        .await
        .into_iter()
        .map(|(number, (entry_id, version))| (entry_id, (number, version)))
        .collect();
    for number in [1, 2, 3] {
        let order: Vec<u64> = delivered
            .iter()
            .filter_map(|record| versions.get(&record.id))
            .filter(|(of, _)| *of == number)
            .map(|(_, version)| *version)
            .collect();
        assert_eq!(
            order,
            (2..2 + RENAMES as u64).collect::<Vec<_>>(),
            "conversation {number}"
        );
    }
}

pub async fn what_was_rolled_back_is_never_delivered(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let stored_already = store.entry(ACME, None);
    store.stores.recorder.record(&stored_already).await.unwrap();
    let unit = store.begin(ACME).await;
    let entries = AuditEntries::new(store.entry(ACME, None), vec![stored_already.clone()]);
    assert!(unit.commit(entries).await.is_err());
    assert_eq!(undelivered(&store).await, [stored_already.id]);
}

pub async fn the_backlog_tells_how_many_and_since_when(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    assert_eq!(
        store.stores.outbox.backlog().await.unwrap(),
        AuditBacklog::default()
    );
    let entries = [ACME, GLOBEX, ACME].map(|organization_id| store.entry(organization_id, None));
    for entry in &entries {
        store.stores.recorder.record(entry).await.unwrap();
    }
    for (number, entry) in entries.iter().enumerate() {
        let backlog = store.stores.outbox.backlog().await.unwrap();
        let expected = AuditBacklog {
            entries: 3 - number as u64,
            oldest: Some(entry.occurred_at),
            set_aside: 0,
        };
        assert_eq!(backlog, expected);
        mark(&store, &[(entry.organization_id, entry.id)]).await;
    }
    assert_eq!(
        store.stores.outbox.backlog().await.unwrap(),
        AuditBacklog::default()
    );
}

async fn everything(store: &Filled, limit: u32) -> Vec<OutboxEntry> {
    let outbox = &store.stores.outbox;
    all_pages(limit, async |last: Option<&OutboxEntry>| {
        let after = last.map(|entry| entry.position);
        outbox.delivered_or_not(after, limit).await.unwrap()
    })
    .await
}

pub async fn every_entry_is_told_once_delivered_or_not(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let mut committed: BTreeMap<OrganizationId, Vec<AuditEntry>> = BTreeMap::new();
    for number in [907, 903, 905, 901] {
        for organization_id in [GLOBEX, ACME] {
            let conversation = Conversation {
                organization_id,
                ..private(number, ALICE)
            };
            let entry = store.entry(organization_id, Some(conversation.id));
            // The same ids in both, and none of them in the order of commit.
            let entry = AuditEntry {
                id: entry_id(number),
                ..entry
            };
            let mut unit = store.begin(organization_id).await;
            unit.conversations().insert(&conversation).await.unwrap();
            unit.commit(entry.clone().into()).await.unwrap();
            committed.entry(organization_id).or_default().push(entry);
        }
    }
    let delivered = [
        (ACME, entry_id(903)),
        (GLOBEX, entry_id(905)),
        (GLOBEX, entry_id(901)),
    ];
    mark(&store, &delivered).await;
    for limit in [1, 3, 100] {
        let all = everything(&store, limit).await;
        for (organization_id, entries) in &committed {
            let of_one: Vec<&OutboxEntry> = all
                .iter()
                .filter(|entry| entry.position.organization_id == *organization_id)
                .collect();
            assert!(
                of_one.is_sorted_by(|a, b| a.position < b.position),
                "positions grow"
            );
            assert_eq!(of_one.len(), 1 + entries.len(), "with the entry of filling");
            assert!(of_one[0].delivered);
            for (told, entry) in of_one[1..].iter().zip(entries) {
                assert_eq!(told.record, record(entry));
                let is_delivered = delivered.contains(&(*organization_id, entry.id));
                assert_eq!(
                    told.delivered, is_delivered,
                    "{organization_id} {:?}",
                    entry.id
                );
            }
        }
        assert_eq!(all.len(), 10);
    }
}

async fn set_aside(store: &Filled, id: AuditEntryId) {
    store
        .stores
        .outbox
        .set_aside(ACME, id, "the sink says that it is too large", at(9_000))
        .await
        .unwrap();
}

pub async fn what_is_set_aside_lets_the_others_go_on_in_their_order(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let numbers = [905, 903, 907, 901, 902];
    let mut left = Vec::new();
    for number in numbers {
        let entry = AuditEntry {
            id: entry_id(number),
            ..store.entry(ACME, Some(conversation_id(1)))
        };
        store.stores.recorder.record(&entry).await.unwrap();
        left.push(entry);
    }
    // One from the middle, the first, the last, and what is left then.
    for (count, number) in (1..).zip([907, 905, 902, 903, 901]) {
        set_aside(&store, entry_id(number)).await;
        left.retain(|entry| entry.id != entry_id(number));
        let ids: Vec<AuditEntryId> = left.iter().map(|entry| entry.id).collect();
        assert_eq!(undelivered(&store).await, ids);
        let expected = AuditBacklog {
            entries: left.len() as u64,
            oldest: left.first().map(|entry| entry.occurred_at),
            set_aside: count,
        };
        assert_eq!(store.stores.outbox.backlog().await.unwrap(), expected);
    }
    let later = store.entry(ACME, Some(conversation_id(1)));
    store.stores.recorder.record(&later).await.unwrap();
    assert_eq!(undelivered(&store).await, [later.id]);
}

pub async fn the_last_entry_that_was_delivered_before_another_one_is_found(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let entries = [1, 2, 3, 4, 5].map(|number| store.entry(ACME, Some(conversation_id(number))));
    for entry in &entries {
        store.stores.recorder.record(entry).await.unwrap();
    }
    let delivered_before = async |place: usize| {
        let outbox = &store.stores.outbox;
        let found = outbox.last_delivered_before(ACME, entries[place].id).await;
        let found = found.unwrap()?;
        // None of these, where it is from before this test.
        entries.iter().position(|entry| record(entry) == found)
    };
    assert_eq!(delivered_before(4).await, None);
    mark(&store, &[(ACME, entries[0].id), (ACME, entries[3].id)]).await;
    set_aside(&store, entries[1].id).await;
    for (place, expected) in [None, Some(0), Some(0), Some(0), Some(3)]
        .into_iter()
        .enumerate()
    {
        assert_eq!(delivered_before(place).await, expected, "before {place}");
    }
    let outbox = &store.stores.outbox;
    let found = outbox.last_delivered_before(ACME, entry_id(999)).await;
    assert_eq!(
        found.unwrap(),
        None,
        "what is not there has nothing before it"
    );
}

pub async fn what_is_set_aside_stays_in_the_log(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    store.create(&private(1, ALICE)).await;
    let (log, outbox) = (store.logged(ACME).await, everything(&store, 100).await);
    set_aside(&store, log[0]).await;
    assert_eq!(store.logged(ACME).await, log);
    assert_eq!(
        everything(&store, 100).await,
        outbox,
        "the sink does not have it"
    );
}

pub async fn setting_aside_twice_or_what_is_not_there_is_no_error(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let entries = [1, 2, 3].map(|number| store.entry(ACME, Some(conversation_id(number))));
    for entry in &entries {
        store.stores.recorder.record(entry).await.unwrap();
    }
    mark(&store, &[(ACME, entries[0].id)]).await;
    for id in [entries[1].id, entries[1].id, entries[0].id, entry_id(999)] {
        set_aside(&store, id).await;
    }
    assert_eq!(undelivered(&store).await, [entries[2].id]);
    let backlog = store.stores.outbox.backlog().await.unwrap();
    assert_eq!(
        (backlog.entries, backlog.set_aside),
        (1, 1),
        "what was delivered is not set aside"
    );
    let all = everything(&store, 100).await;
    let told = all.iter().find(|told| told.record.id == entries[0].id);
    assert!(told.unwrap().delivered, "what was delivered stays so");
}

pub async fn what_was_released_is_answered_again(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    store.stores.outbox.release().await.unwrap();
    for organization_id in [ACME, GLOBEX] {
        let entry = store.entry(organization_id, None);
        store.stores.recorder.record(&entry).await.unwrap();
    }
    let before = undelivered(&store).await;
    assert_eq!(before.len(), 2);
    store.stores.outbox.release().await.unwrap();
    store.stores.outbox.release().await.unwrap();
    assert_eq!(undelivered(&store).await, before);
}
