//! Pages that neither skip nor repeat while other rows change.

use std::collections::BTreeSet;

use parlor_application::ports::{ConversationFilter, ConversationQuery};
use parlor_domain::{
    conversation::Conversation,
    grants::{Level, Privacy},
    ids::{ConversationId, UserId},
};

use crate::{Stores, kit::prelude::*};

const CONVERSATIONS: u32 = 32;

pub async fn pages_of_everything_hold_while_other_rows_change(stores: Stores) {
    assert_pages_hold(stores, DORA, query(ConversationFilter::All)).await;
}

pub async fn pages_of_ones_own_hold_while_other_rows_change(stores: Stores) {
    assert_pages_hold(stores, DORA, query(ConversationFilter::Mine)).await;
}

pub async fn pages_of_what_is_shared_hold_while_other_rows_change(stores: Stores) {
    assert_pages_hold(stores, DORA, query(ConversationFilter::Shared)).await;
}

pub async fn pages_of_what_privilege_shows_hold_while_other_rows_change(stores: Stores) {
    assert_pages_hold(stores, VERA, query(ConversationFilter::Private)).await;
}

pub async fn pages_of_everything_by_privilege_hold_while_other_rows_change(stores: Stores) {
    assert_pages_hold(stores, MAX, query(ConversationFilter::All)).await;
}

pub async fn pages_of_a_search_hold_while_other_rows_change(stores: Stores) {
    assert_pages_hold(stores, DORA, searching("conversation")).await;
}

/// A conversation of each kind in turn: the reader's own, the organization's, two groups', somebody's private one.
fn of_kind(number: u32, reader: UserId) -> Conversation {
    match number % 4 {
        0 => private(number, reader),
        1 => shared(number, ALICE, organization_view()),
        2 => shared(
            number,
            BOB,
            grants(
                None,
                &[(HUNTERS, Level::View), (RESPONDERS, Level::Collaborate)],
            ),
        ),
        _ => private(number, CAROL),
    }
}

/// Every third one changes while the pages are read.
const fn is_moving(number: u32) -> bool {
    number.is_multiple_of(3)
}

async fn assert_pages_hold(stores: Stores, reader: UserId, query: impl Listing) {
    let store = Filled::with_two_organizations(stores).await;
    for number in 1..=CONVERSATIONS {
        // Four share each moment, so that most pages end between two that only their ids order.
        let activity = at(i64::from(number / 4));
        store
            .create(&Conversation {
                last_activity_at: activity,
                ..of_kind(number, reader)
            })
            .await;
    }
    let principal = store.principal(ACME, reader).await;
    let moving: BTreeSet<ConversationId> = (1..=CONVERSATIONS)
        .filter(|number| is_moving(*number))
        .map(conversation_id)
        .collect();
    let steady: Vec<_> = store
        .listed(&principal, &query)
        .await
        .into_iter()
        .filter(|id| !moving.contains(id))
        .collect();
    assert!(steady.len() >= 5, "too few to page through");

    let mut query = query.with(|list| list.limit = 2);
    let mut seen = Vec::new();
    for round in 0.. {
        assert!(round < CONVERSATIONS, "pages without end");
        let page = store.page(&principal, &query).await;
        let after = page.last().map(cursor_at);
        query = query.with(|list| list.after = after);
        seen.extend(page.into_iter().map(|summary| summary.id));
        if after.is_none() {
            break;
        }
        for number in (1..=CONVERSATIONS).filter(|number| is_moving(*number)) {
            move_one(&store, round, number, reader).await;
        }
    }
    let distinct: BTreeSet<_> = seen.iter().collect();
    assert_eq!(distinct.len(), seen.len(), "nothing comes twice");
    seen.retain(|id| steady.contains(id));
    assert_eq!(seen, steady, "what did not change comes once, in order");
}

async fn move_one(store: &Filled, round: u32, number: u32, reader: UserId) {
    let key = in_acme(number);
    let step = (round + number / 3) % 6;
    if step == 0 {
        store
            .create(&of_kind(100 * (round + 1) + number, reader))
            .await;
    } else if store.stored(key).await.is_some() {
        match step {
            1 => drop(store.note_activity(key, i64::from(1_000 + round)).await),
            2 => drop(store.share(key, Privacy::Private).await),
            3 => drop(store.share(key, organization_view()).await),
            4 => drop(store.change(key, |moving| moving.transfer(reader)).await),
            _ => store.delete(key).await,
        }
    }
}

pub async fn a_cursor_outlives_the_conversation_that_it_stands_at(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    for number in 1..=5 {
        let same_moment = Conversation {
            last_activity_at: at(10),
            ..private(number, ALICE)
        };
        store.create(&same_moment).await;
    }
    let alice = store.principal(ACME, ALICE).await;
    let mut query = ConversationQuery {
        limit: 2,
        ..query(ConversationFilter::All)
    };
    let first = store.page(&alice, &query).await;
    assert_eq!(
        first.iter().map(|summary| summary.id).collect::<Vec<_>>(),
        ids(&[5, 4])
    );
    query.after = first.last().map(cursor_at);
    store.delete(in_acme(4)).await;
    assert_eq!(store.listed(&alice, &query).await, ids(&[3, 2]));
    store.note_activity(in_acme(3), 20).await;
    assert_eq!(store.listed(&alice, &query).await, ids(&[2, 1]));
}

pub async fn a_cursor_after_the_last_one_lists_nothing(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    store.create(&private(1, ALICE)).await;
    let alice = store.principal(ACME, ALICE).await;
    let page = store.page(&alice, &query(ConversationFilter::All)).await;
    for filter in ConversationFilter::ALL {
        let query = ConversationQuery {
            after: page.last().map(cursor_at),
            ..query(filter)
        };
        assert_eq!(store.listed(&alice, &query).await, [], "{filter:?}");
    }
    let query = searching("conversation").with(|list| list.after = page.last().map(cursor_at));
    assert_eq!(store.listed(&alice, &query).await, []);
}
