//! In which order events become visible.

use parlor_domain::message::Message;

use crate::{Stores, kit::prelude::*};

/// How many write at the same time, and how often each.
const WRITERS: u32 = 4;
const TIMES: u32 = 15;

async fn change(store: &Filled, writer: u32) {
    let attempt = || async {
        let mut unit = store.stores.units.begin(ACME).await?;
        let found = unit
            .conversations()
            .find_for_update(conversation_id(1))
            .await?;
        let conversation = found.expect("the conversation is there");
        if writer.is_multiple_of(2) {
            let newest = unit.messages().find_newest(conversation.id).await?;
            let position = newest
                .as_ref()
                .map_or(1, |newest: &Message| newest.position + 1);
            let next = prompt(conversation.id, position, newest.as_ref(), ALICE, "and?");
            unit.messages().insert(&[next]).await?;
        } else {
            let number = conversation.version.as_number();
            let renamed = changed(conversation.rename(title(&format!("{writer} {number}"))));
            unit.conversations().update(&renamed).await?;
        }
        let entry = store.entry(ACME, Some(conversation_id(1)));
        unit.commit(entry.into()).await
    };
    retrying(attempt).await;
}

pub async fn no_event_becomes_visible_after_one_with_a_greater_number(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    store.create(&private(1, ALICE)).await;
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let store = store.clone();
            tokio::spawn(async move {
                for _ in 0..TIMES {
                    change(&store, writer).await;
                }
            })
        })
        .collect();
    let mut seen = Vec::new();
    // As a follower does it: what comes after the last one that was seen.
    loop {
        let all_done = writers.iter().all(tokio::task::JoinHandle::is_finished);
        let last = seen.last().copied().unwrap_or(0);
        let events = store.stores.events.after(in_acme(1), last, 10).await;
        let events = events.unwrap();
        if all_done && events.is_empty() {
            break;
        }
        seen.extend(events.iter().map(|event| event.number));
        tokio::task::yield_now().await;
    }
    for writer in writers {
        writer.await.unwrap();
    }
    let all = store
        .stores
        .events
        .after(in_acme(1), 0, 1_000)
        .await
        .unwrap();
    let numbers: Vec<u64> = all.iter().map(|event| event.number).collect();
    assert_eq!(seen, numbers, "a follower missed something");
    assert_eq!(numbers.len(), (WRITERS * TIMES) as usize);
}
