//! list ≡ search ≡ find ≡ open ≡ the domain's decision, for random directories, grants and principals.

use parlor_application::ports::{ConversationFilter, DirectorySeed, IndexingProgress};
use parlor_domain::{access::decide, ids::UserId, principal::Principal};

use crate::{Stores, kit::prelude::*, model::Organization};

/// Enough that every reason, alone and with every other, stands in some world; few enough for a run of seconds.
const WORLDS: usize = 24;

pub async fn whoever_lists_searches_or_finds_meets_what_the_domain_decides(stores: Stores) {
    let mut cases = Cases::seeded();
    let worlds = cases.take(&worlds(), WORLDS);
    let directories = (1..)
        .zip(&worlds)
        .map(|(number, world)| world.directory(number));
    // All worlds stand in one store, under the same ids: a row of another one would show.
    let seed = DirectorySeed {
        organizations: directories.collect(),
    };
    let store = Filled::with(stores, &seed).await;
    let mut models = Vec::new();
    for (world, directory) in worlds.iter().zip(seed.organizations) {
        models.push(world.write(&store, directory).await);
    }
    // What searches find does not depend on which terms their index has by audience already: some of them here, all of
    // them before every other world is changed, and all of them in the end.
    let first = store.stores.indexer.index_audiences().await.unwrap();
    assert!(first != IndexingProgress::Waits, "nobody holds anything");
    for (number, (world, model)) in worlds.iter().zip(&mut models).enumerate() {
        if number % 2 == 1 {
            store.index_audiences().await;
        }
        let place = format!("seed {}, before the changes of {world:#?}", cases.seed());
        assert_the_store_says_the_same(&store, model, &place).await;
        world.change(&store, model).await;
        let place = format!("seed {}, after the changes of {world:#?}", cases.seed());
        assert_the_store_says_the_same(&store, model, &place).await;
    }
    store.index_audiences().await;
    for (world, model) in worlds.iter().zip(&models) {
        let place = format!(
            "seed {}, after the changes of all worlds: {world:#?}",
            cases.seed()
        );
        assert_the_store_says_the_same(&store, model, &place).await;
    }
}

async fn assert_the_store_says_the_same(store: &Filled, model: &Organization, place: &str) {
    for user in &model.seed.users {
        let member = store.member(model.seed.id, user.id).await;
        assert_eq!(member, model.member(user.id), "{place}");
        if let Some(member) = member {
            assert_all_lists_are_the_same(store, model, &member.principal, place).await;
            assert_all_are_found_the_same(store, model, &member.principal, place).await;
        }
        assert_all_are_opened_the_same(store, model, user.id, place).await;
    }
}

async fn assert_all_lists_are_the_same(
    store: &Filled,
    model: &Organization,
    principal: &Principal,
    place: &str,
) {
    let mut limits = [1, 3, 100, 2].into_iter().cycle();
    for filter in ConversationFilter::ALL {
        let query = query(filter);
        let limit = limits.next().unwrap_or(100);
        let listed = store
            .all_pages(principal, &query.with(|list| list.limit = limit))
            .await;
        assert_eq!(
            listed,
            model.list(principal, &query),
            "{principal:?} {filter:?} pages of {limit}; {place}"
        );
        for (number, text) in SEARCHES.into_iter().enumerate() {
            let query = searching_in(query.clone(), text);
            let limit = limits.next().unwrap_or(100);
            let found = store
                .search(principal, &query.with(|list| list.limit = limit))
                .await;
            let expected = model.search(principal, &query.with(|list| list.limit = limit));
            assert_eq!(
                found, expected,
                "{principal:?} {filter:?} {text} a page of {limit}; {place}"
            );
            if number % 3 > 0 {
                continue;
            }
            let listed = store
                .all_pages(principal, &query.with(|list| list.limit = limit))
                .await;
            let all = model.search(principal, &query).hits.into_iter();
            let all: Vec<_> = all.map(|hit| hit.summary).collect();
            assert_eq!(
                listed, all,
                "{principal:?} {filter:?} {text} pages of {limit}; {place}"
            );
        }
    }
}

async fn assert_all_are_opened_the_same(
    store: &Filled,
    model: &Organization,
    user_id: UserId,
    place: &str,
) {
    let mut unit = store.begin(model.seed.id).await;
    for number in 0..=10 {
        let id = conversation_id(number);
        let opened = unit.open(user_id, id).await.unwrap();
        assert_eq!(
            opened.map(undated_opening),
            model.open(user_id, id),
            "{user_id} {number}; {place}"
        );
    }
}

async fn assert_all_are_found_the_same(
    store: &Filled,
    model: &Organization,
    principal: &Principal,
    place: &str,
) {
    for number in 0..=10 {
        let id = conversation_id(number);
        let found = store.found(principal, id).await;
        assert_eq!(
            found,
            model.find(principal, id),
            "{principal:?} {number}; {place}"
        );
        if let (Some(found), Some(conversation)) = (found, model.conversations.get(&id)) {
            let decided = decide(principal, conversation.into());
            assert_eq!(
                found.access_of(principal),
                decided,
                "{principal:?} {number}; {place}"
            );
        }
    }
}
