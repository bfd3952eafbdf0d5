//! Copies of conversations, made in parts.

use std::time::Duration;

use parlor_application::ports::{
    ConversationCopy, ConversationFilter, StoreError, StoredEventKind,
};
use parlor_domain::{
    conversation::Conversation,
    ids::ConversationId,
    message::{AnswerStatus, Message},
    message_copy::{MessageCopy, Original, plan_copies},
    message_tree::MessageTree,
};

use crate::{Stores, kit::prelude::*};

/// Alice's private conversation 1: a chain of prompts, and at its end an answer that is being written.
async fn with_original(stores: Stores) -> (Filled, Vec<Message>) {
    let store = Filled::with_two_organizations(stores).await;
    let mut messages: Vec<Message> = Vec::new();
    for position in 1..=6 {
        let text = format!("lighthouse number{position}");
        let next = prompt(conversation_id(1), position, messages.last(), ALICE, &text);
        messages.push(next);
    }
    let reply = answer(&messages[5], "harbour", AnswerStatus::Writing);
    messages.push(reply);
    store.create_with(&private(1, ALICE), &messages).await;
    (store, messages)
}

fn copy_of_original(number: u32) -> Conversation {
    Conversation {
        forked_from: Some(conversation_id(1)),
        ..private(number, BOB)
    }
}

/// The plan of a copy of all messages.
fn plan(messages: &[Message], copy: ConversationId) -> Vec<MessageCopy> {
    let originals: Vec<_> = messages
        .iter()
        .map(|message| Original {
            id: message.id,
            parent_id: message.parent_id,
        })
        .collect();
    let mut position = 0;
    let plan = plan_copies(&originals, None, || {
        position += 1;
        message_id(copy, position)
    });
    plan.unwrap()
}

async fn begin(store: &Filled, copy: &Conversation) -> Box<dyn ConversationCopy> {
    let copy = store.stores.units.begin_copy(conversation_id(1), copy);
    copy.await.unwrap()
}

/// Begins a copy and adds three parts.
async fn added(
    store: &Filled,
    copy: &Conversation,
    messages: &[Message],
) -> Box<dyn ConversationCopy> {
    let plan = plan(messages, copy.id);
    let mut making = begin(store, copy).await;
    for part in plan.chunks(3) {
        making.add(part).await.unwrap();
    }
    making
}

/// Fails if anybody finds anything of conversation 2.
async fn assert_invisible(store: &Filled) {
    for user in [ALICE, BOB] {
        let principal = store.principal(ACME, user).await;
        assert_eq!(store.found(&principal, conversation_id(2)).await, None);
        for listing in [
            query(ConversationFilter::All),
            query(ConversationFilter::Mine),
        ] {
            let listed = store.listed(&principal, &listing).await;
            assert!(!listed.contains(&conversation_id(2)), "{listed:?}");
        }
        let found = store.listed(&principal, &searching("lighthouse")).await;
        assert!(!found.contains(&conversation_id(2)), "{found:?}");
    }
    let key = in_acme(2);
    assert_eq!(store.messages(key).await, []);
    assert_eq!(store.map(key, 0, 100).await, []);
    let path = store.path(key, None, 0, 100).await;
    assert_eq!(path.map(|path| path.messages), Some(vec![]));
    let leaf = Some(message_id(conversation_id(2), 1));
    assert_eq!(store.path(key, leaf, 0, 100).await, None);
    let events = store.stores.events.after(key, 0, 100).await.unwrap();
    assert_eq!(events, []);
    assert_eq!(store.stored(key).await, None);
}

/// Fails unless conversation 2 is a whole copy of these messages.
async fn assert_whole(store: &Filled, messages: &[Message]) {
    let bob = store.principal(ACME, BOB).await;
    assert!(store.found(&bob, conversation_id(2)).await.is_some());
    let copied = store.messages(in_acme(2)).await;
    let expected: Vec<_> = messages
        .iter()
        .zip(plan(messages, conversation_id(2)))
        .map(|(message, place)| message.clone().copied(conversation_id(2), place))
        .collect();
    let copied: Vec<_> = copied.into_iter().map(|view| view.message).collect();
    assert_eq!(copied, expected);
    assert_eq!(
        copied.last().map(Message::status),
        Some(AnswerStatus::Stopped)
    );
    MessageTree::from_messages(conversation_id(2), copied).unwrap();
    for word in ["number1", "number6", "harbour", "Conversation"] {
        let found = store.listed(&bob, &searching(word)).await;
        assert_eq!(found, [conversation_id(2)], "{word}");
    }
    let events = store.stores.events.after(in_acme(2), 0, 100).await.unwrap();
    let told: Vec<_> = events
        .iter()
        .map(|event| match &event.kind {
            StoredEventKind::Created(view) => view.message.position,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(told, [1, 2, 3, 4, 5, 6, 7]);
    let key = in_acme(2);
    store.rename(key, title("Beacons")).await;
    let last = events.last().unwrap().number;
    let later = store.stores.events.after(key, last, 100).await.unwrap();
    assert_eq!(later.len(), 1, "an event follows the copy's last one");
}

pub async fn nobody_sees_a_copy_before_its_commit(stores: Stores) {
    let (store, messages) = with_original(stores).await;
    let copy = copy_of_original(2);
    let mut making = begin(&store, &copy).await;
    assert_invisible(&store).await;
    for part in plan(&messages, copy.id).chunks(2) {
        making.add(part).await.unwrap();
        assert_invisible(&store).await;
    }
    let unit = making.finish().await.unwrap();
    store.commit(unit, in_acme(2)).await;
    assert_whole(&store, &messages).await;
    assert_eq!(store.messages(in_acme(1)).await.len(), messages.len());
}

pub async fn a_copy_in_one_part_or_of_nothing_is_whole(stores: Stores) {
    let (store, messages) = with_original(stores).await;
    let mut making = begin(&store, &copy_of_original(2)).await;
    making
        .add(&plan(&messages, conversation_id(2)))
        .await
        .unwrap();
    let unit = making.finish().await.unwrap();
    store.commit(unit, in_acme(2)).await;
    assert_whole(&store, &messages).await;
    let unit = begin(&store, &copy_of_original(3)).await.finish().await;
    store.commit(unit.unwrap(), in_acme(3)).await;
    assert_eq!(store.stored(in_acme(3)).await, Some(copy_of_original(3)));
    assert_eq!(store.messages(in_acme(3)).await, []);
}

pub async fn others_write_while_a_copy_is_made(stores: Stores) {
    let (store, messages) = with_original(stores).await;
    let copy = copy_of_original(2);
    let mut making = begin(&store, &copy).await;
    for (part, number) in plan(&messages, copy.id).chunks(2).zip(10..) {
        making.add(part).await.unwrap();
        // In this task: a store that made it wait would wait for itself.
        store.create(&private(number, CAROL)).await;
        let name = format!("Renamed {number}");
        store.rename(in_acme(1), title(&name)).await;
    }
    let unit = making.finish().await.unwrap();
    store.commit(unit, in_acme(2)).await;
    assert_whole(&store, &messages).await;
}

pub async fn a_copy_that_breaks_off_leaves_nothing(stores: Stores) {
    let (store, messages) = with_original(stores).await;
    let copy = copy_of_original(2);
    drop(added(&store, &copy, &messages).await);
    assert_invisible(&store).await;
    remove_leftovers(&store).await;
    drop(
        added(&store, &copy, &messages)
            .await
            .finish()
            .await
            .unwrap(),
    );
    assert_invisible(&store).await;
    remove_leftovers(&store).await;
    // The same ids are free again.
    let unit = added(&store, &copy, &messages).await.finish().await;
    store.commit(unit.unwrap(), in_acme(2)).await;
    assert_whole(&store, &messages).await;
    remove_leftovers(&store).await;
    assert_eq!(store.messages(in_acme(2)).await.len(), messages.len());
}

pub async fn a_copy_that_is_given_up_is_never_completed(stores: Stores) {
    let (store, messages) = with_original(stores).await;
    let copy = copy_of_original(2);
    let making = added(&store, &copy, &messages).await;
    // As after a long time in which nothing was added.
    let removed = store.stores.admin.remove_leftovers(Duration::ZERO).await;
    let removed = removed.unwrap();
    match making.finish().await {
        Ok(unit) => {
            assert_eq!(removed, 0, "it was removed and completed");
            store.commit(unit, in_acme(2)).await;
            assert_whole(&store, &messages).await;
        }
        Err(error) => {
            assert!(matches!(error, StoreError::Conflict), "{error:?}");
            assert_invisible(&store).await;
        }
    }
}

pub async fn a_message_that_is_not_there_is_not_copied(stores: Stores) {
    let (store, messages) = with_original(stores).await;
    let copy = copy_of_original(2);
    let mut plan = plan(&messages, copy.id);
    plan[1].original_id = message_id(conversation_id(9), 1);
    let mut making = begin(&store, &copy).await;
    let mut outcome = making.add(&plan).await;
    if outcome.is_ok() {
        outcome = making.finish().await.map(drop);
    }
    assert!(matches!(outcome, Err(StoreError::Conflict)), "{outcome:?}");
    assert_invisible(&store).await;
}

pub async fn a_deletion_that_is_dropped_deletes_nothing(stores: Stores) {
    let (store, messages) = with_original(stores).await;
    let before = store.messages(in_acme(1)).await;
    let unit = store.stores.units.begin_deletion(ALICE, in_acme(1)).await;
    let mut unit = unit.unwrap();
    let opened = unit.open(ALICE, conversation_id(1)).await.unwrap();
    assert!(opened.unwrap().found.is_some());
    unit.conversations()
        .delete(conversation_id(1))
        .await
        .unwrap();
    drop(unit);
    remove_leftovers(&store).await;
    assert_eq!(store.stored(in_acme(1)).await, Some(private(1, ALICE)));
    assert_eq!(store.messages(in_acme(1)).await, before);
    assert_eq!(before.len(), messages.len());
}

pub async fn the_same_ids_of_another_organization_are_not_removed(stores: Stores) {
    let (store, messages) = with_original(stores).await;
    let other = Conversation {
        organization_id: GLOBEX,
        ..private(1, ALICE)
    };
    store.create_with(&other, &messages).await;
    store.delete(in_acme(1)).await;
    remove_leftovers(&store).await;
    let key = key_of(&other);
    assert_eq!(store.stored(key).await, Some(other));
    assert_eq!(store.messages(key).await.len(), messages.len());
    assert_eq!(store.messages(in_acme(1)).await, []);
    assert_eq!(store.stored(in_acme(1)).await, None);
}

/// Removes what is left over, and waits until none is: another task may remove the same.
async fn remove_leftovers(store: &Filled) {
    let admin = &store.stores.admin;
    while admin.remove_leftovers(Duration::ZERO).await.unwrap() > 0 {}
}
