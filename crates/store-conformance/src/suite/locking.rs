//! Several units of work on one conversation: who comes second waits, and then sees it as the first one left it.
//!
//! No port tells that somebody waits, so each of these tests meets often, with the one that holds the conversation doing its work
//! while the others come. A store may refuse with `Conflict` whoever meets somebody; what a unit of work is shown and then
//! commits must have been whole and the newest.

use std::{collections::BTreeMap, time::Duration};

use parlor_application::ports::{StoreError, UnitOfWork};
use parlor_domain::{
    conversation::Conversation,
    grants::{Level, Privacy},
    ids::AuditEntryId,
    settings::Settings,
};
use tokio::{
    sync::oneshot,
    task::{JoinSet, yield_now},
};

use crate::{Stores, kit::prelude::*};

const ROUNDS: u32 = 12;

/// The ways to load a conversation for a change: in a unit of work that was begun on it, or in any.
#[derive(Debug, Clone, Copy)]
enum Way {
    OpenOnIt,
    Open,
    FindOnIt,
    Find,
}

impl Way {
    const ALL: [Self; 4] = [Self::OpenOnIt, Self::Open, Self::FindOnIt, Self::Find];

    /// Begins, and loads conversation 1 of Acme.
    async fn load(self, store: &Filled) -> Result<(Box<dyn UnitOfWork>, Conversation), StoreError> {
        let units = &store.stores.units;
        let mut unit = match self {
            Self::OpenOnIt | Self::FindOnIt => units.begin_on(ALICE, in_acme(1)).await?,
            Self::Open | Self::Find => units.begin(ACME).await?,
        };
        let id = conversation_id(1);
        let found = match self {
            Self::OpenOnIt | Self::Open => {
                let opened = unit.open(ALICE, id).await?.expect("an active user");
                opened.found.map(|found| found.conversation)
            }
            Self::FindOnIt | Self::Find => unit.conversations().find_for_update(id).await?,
        };
        Ok((unit, found.expect("the conversation is there")))
    }
}

/// Grants that are different for each number, every one of them to at least one group.
fn nth_grants(number: u32) -> Privacy {
    let level = |digit| match number / 3_u32.pow(digit) % 3 {
        0 => None,
        1 => Some(Level::View),
        _ => Some(Level::Collaborate),
    };
    let groups: Vec<_> = [HUNTERS, RESPONDERS, NIGHT_SHIFT]
        .into_iter()
        .zip(0..)
        .filter_map(|(group, digit)| Some((group, level(digit)?)))
        .collect();
    assert!(!groups.is_empty(), "{number} is for a private one");
    grants(level(3), &groups)
}

pub async fn no_grants_of_one_conversation_are_lost_or_mixed(stores: Stores) {
    async fn share(
        store: &Filled,
        way: Way,
        privacy: &Privacy,
    ) -> Result<(Conversation, Conversation), StoreError> {
        let (mut unit, before) = way.load(store).await?;
        yield_now().await;
        let shared = before.clone().share(privacy.clone(), PRIVATE_ALLOWED);
        let after = changed(shared.unwrap());
        unit.conversations().update(&after).await?;
        let entry = store.entry(ACME, Some(after.id));
        unit.commit(entry.into()).await?;
        Ok((before, after))
    }
    const TASKS: u32 = 16;
    let store = Filled::with_two_organizations(stores).await;
    let first = private(1, ALICE);
    store.create(&first).await;
    let mut tasks = JoinSet::new();
    for (number, way) in (1..=TASKS).zip(Way::ALL.into_iter().cycle()) {
        let store = store.clone();
        // Not a multiple of 27: those have no group.
        let privacy = nth_grants(number);
        tasks.spawn(async move { retrying(|| share(&store, way, &privacy)).await });
    }
    let changes = tasks.join_all().await;
    let mut written = BTreeMap::from([(first.version, first)]);
    for (_, after) in &changes {
        let other = written.insert(after.version, after.clone());
        assert_eq!(other, None, "two made the same version");
    }
    for (before, after) in &changes {
        assert_eq!(
            Some(before),
            written.get(&before.version),
            "a conversation is shown as it was at one moment"
        );
        assert_eq!(after.version.as_number(), before.version.as_number() + 1);
    }
    let last = written.into_values().next_back();
    assert_eq!(store.stored(in_acme(1)).await, last);
    assert_eq!(last.unwrap().version.as_number(), u64::from(TASKS) + 1);
}

pub async fn who_waits_for_a_conversation_sees_it_whole_and_new(stores: Stores) {
    async fn rename(store: &Filled, way: Way, to: &str) -> Result<Conversation, StoreError> {
        let (mut unit, found) = way.load(store).await?;
        let after = changed(found.clone().rename(title(to)));
        unit.conversations().update(&after).await?;
        let entry = store.entry(ACME, Some(after.id));
        unit.commit(entry.into()).await?;
        Ok(found)
    }
    let store = Filled::with_two_organizations(stores).await;
    store.create(&shared(1, ALICE, nth_grants(80))).await;
    for round in 1..=ROUNDS {
        // From other groups to other groups, once with the organization and once without.
        let privacy = if round % 2 == 0 {
            nth_grants(round % 3 + 1)
        } else {
            nth_grants(54 + 9 + round % 3)
        };
        let (mut unit, before) = retrying(|| Way::OpenOnIt.load(&store)).await;
        let mut tasks = JoinSet::new();
        let mut coming = Vec::new();
        for way in Way::ALL {
            let (here, is_here) = oneshot::channel();
            coming.push(is_here);
            let store = store.clone();
            tasks.spawn(async move {
                here.send(()).unwrap();
                let to = format!("Renamed in round {round}, {way:?}");
                (way, retrying(|| rename(&store, way, &to)).await)
            });
        }
        for is_here in coming {
            is_here.await.unwrap();
        }
        // From here on the others are on their way to the lock, while each of these statements goes to the store and back.
        let shared = before.share(privacy.clone(), PRIVATE_ALLOWED);
        let after = changed(shared.unwrap());
        for _ in 0..4 {
            unit.messages().all(after.id).await.unwrap();
            yield_now().await;
        }
        unit.conversations().update(&after).await.unwrap();
        store.commit(unit, in_acme(1)).await;
        for (way, found) in tasks.join_all().await {
            assert_eq!(found.privacy, privacy, "round {round}, {way:?}");
            assert!(found.version >= after.version, "round {round}, {way:?}");
        }
        let last = store.stored(in_acme(1)).await.unwrap();
        assert_eq!(last.privacy, privacy, "round {round}");
        let renamed = after.version.as_number() + Way::ALL.len() as u64;
        assert_eq!(last.version.as_number(), renamed, "round {round}");
    }
}

pub async fn who_waits_for_a_conversation_that_is_deleted_finds_it_gone(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let admin = store.stores.admin.clone();
    for round in 1..=ROUNDS {
        // The same id again, once nothing of it is left.
        while admin.remove_leftovers(Duration::ZERO).await.unwrap() > 0 {}
        store.create(&shared(1, ALICE, nth_grants(round))).await;
        let (mut unit, before) = retrying(|| Way::OpenOnIt.load(&store)).await;
        let (here, is_here) = oneshot::channel();
        let waiting = tokio::spawn({
            let store = store.clone();
            async move {
                here.send(()).unwrap();
                retrying(|| async {
                    let mut unit = store.stores.units.begin_on(ALICE, in_acme(1)).await?;
                    let opened = unit.open(ALICE, conversation_id(1)).await?;
                    Ok(opened.expect("an active user").found)
                })
                .await
            }
        });
        is_here.await.unwrap();
        unit.messages().all(before.id).await.unwrap();
        unit.conversations().delete(before.id).await.unwrap();
        store.commit(unit, in_acme(1)).await;
        assert_eq!(waiting.await.unwrap(), None, "round {round}");
    }
}

pub async fn settings_that_were_opened_stay_so_until_the_commit(stores: Stores) {
    async fn make_private_if_allowed(store: &Filled, number: u32) -> Result<(), StoreError> {
        let key = in_acme(number);
        let mut unit = store.stores.units.begin_on(ALICE, key).await?;
        let opened = unit.open(ALICE, key.conversation_id).await?;
        let opened = opened.expect("an active user");
        let found = opened.found.expect("the conversation is there");
        yield_now().await;
        let Ok(change) = found.conversation.share(Privacy::Private, opened.settings) else {
            return Ok(());
        };
        unit.conversations().update(&changed(change)).await?;
        let entry = store.entry(ACME, Some(key.conversation_id));
        unit.commit(entry.into()).await
    }
    async fn disable(store: &Filled) -> Result<AuditEntryId, StoreError> {
        let entry = store.entry(ACME, None);
        let entry_id = entry.id;
        let mut unit = store.stores.units.begin(ACME).await?;
        let settings = Settings {
            private_conversations: false,
        };
        unit.directory().save_settings(settings).await?;
        unit.commit(entry.into()).await?;
        Ok(entry_id)
    }
    let store = Filled::with_two_organizations(stores).await;
    for number in 1..=ROUNDS {
        store
            .create(&shared(number, ALICE, organization_view()))
            .await;
    }
    let mut tasks = JoinSet::new();
    for number in 1..=ROUNDS {
        let store = store.clone();
        tasks.spawn(async move { retrying(|| make_private_if_allowed(&store, number)).await });
    }
    let disabled = retrying(|| disable(&store)).await;
    tasks.join_all().await;
    assert_eq!(
        store.committed_after(ACME, disabled).await,
        [],
        "made private as allowed after it was disabled"
    );
}
