//! What holds of every tree that prompting here and there can make.

use std::collections::BTreeSet;

use parlor_domain::{
    ids::MessageId,
    message::{Message, MessageKind},
    message_tree::{CannotAppend, MessageTree, Place, slot_after, slot_beside},
};
use proptest::prelude::*;

use crate::arbitrary;

/// A conversation of `length` prompts, one after the other.
fn chain(length: u32) -> Vec<Message> {
    let author_id = parlor_domain::ids::UserId::from_uuid(uuid::Uuid::from_u128(1));
    (1..=length)
        .map(|position| Message {
            id: arbitrary::message_id(position),
            conversation_id: arbitrary::conversation_id(1),
            parent_id: (position > 1).then(|| arbitrary::message_id(position - 1)),
            position,
            depth: position - 1,
            content: parlor_domain::text::Content::default(),
            created_at: arbitrary::at(position),
            kind: MessageKind::Prompt { author_id },
        })
        .collect()
}

fn children(tree: &MessageTree, id: Option<MessageId>) -> Vec<MessageId> {
    tree.messages()
        .filter(|message| message.parent_id == id)
        .map(|message| message.id)
        .collect()
}

proptest! {
    #[test]
    fn a_path_starts_with_a_first_message_and_each_is_the_parent_of_the_next(tree in arbitrary::tree()) {
        for leaf in tree.messages() {
            let path = tree.path_to(leaf.id);
            prop_assert_eq!(path.first().map(|first| first.parent_id), Some(None));
            prop_assert_eq!(path.last(), Some(&leaf));
            for (pair, depth) in path.windows(2).zip(1..) {
                prop_assert_eq!(pair[1].parent_id, Some(pair[0].id));
                prop_assert!(pair[0].position < pair[1].position);
                prop_assert_eq!(pair[1].depth, depth);
            }
            prop_assert_eq!(path.len(), leaf.depth as usize + 1);
        }
    }

    #[test]
    fn siblings_are_the_messages_after_the_same_message_oldest_first(tree in arbitrary::tree()) {
        for message in tree.messages() {
            let siblings = tree.siblings(message.id);
            prop_assert!(siblings.contains(&message.id));
            prop_assert_eq!(&siblings, &children(&tree, message.parent_id));
            for sibling in &siblings {
                prop_assert_eq!(&tree.siblings(*sibling), &siblings, "every sibling tells the same");
            }
            let positions = siblings.iter().map(|id| tree.find(*id).unwrap().position);
            prop_assert!(positions.is_sorted());
        }
    }

    #[test]
    fn the_newest_leaf_came_last_and_nothing_follows_it(tree in arbitrary::tree()) {
        match tree.newest_leaf() {
            None => prop_assert_eq!(tree.messages().count(), 0),
            Some(newest) => {
                prop_assert_eq!(children(&tree, Some(newest.id)), []);
                prop_assert!(tree.messages().all(|message| message.position <= newest.position));
            }
        }
    }

    #[test]
    fn every_message_is_found_by_its_id_and_no_other(tree in arbitrary::tree()) {
        let ids = arbitrary::ids(&tree);
        prop_assert_eq!(ids.len(), tree.messages().count());
        for number in 0..60 {
            let id = arbitrary::message_id(number);
            prop_assert_eq!(tree.find(id).map(|message| message.id), ids.contains(&id).then_some(id));
            if !ids.contains(&id) {
                prop_assert!(tree.path_to(id).is_empty() && tree.siblings(id).is_empty());
                prop_assert_eq!(tree.slot(Place::After(id)), None);
            }
        }
    }

    #[test]
    fn messages_in_any_order_make_the_tree_that_they_were_taken_from(
        (tree, messages) in arbitrary::tree().prop_flat_map(|tree| {
            let messages: Vec<Message> = tree.messages().cloned().collect();
            (Just(tree), Just(messages).prop_shuffle())
        }),
    ) {
        prop_assert_eq!(MessageTree::from_messages(arbitrary::conversation_id(1), messages), Ok(tree));
    }

    #[test]
    fn appending_a_message_leaves_every_other_where_it_was(
        tree in arbitrary::tree(),
        aim in arbitrary::aim(),
        kind in arbitrary::kind(),
    ) {
        if let Some(message) = arbitrary::message_at(&tree, aim.place(&tree), kind) {
            let mut longer = tree.clone();
            longer.append(message.clone()).unwrap();
            prop_assert_eq!(longer.find(message.id), Some(&message));
            prop_assert!(longer.messages().take(tree.messages().count()).eq(tree.messages()));
            for leaf in tree.messages() {
                prop_assert_eq!(longer.path_to(leaf.id), tree.path_to(leaf.id));
            }
            let new: BTreeSet<_> = arbitrary::ids(&longer).difference(&arbitrary::ids(&tree)).copied().collect();
            prop_assert_eq!(new, BTreeSet::from([message.id]));
        }
    }

    #[test]
    fn the_next_message_comes_last_one_deeper_than_what_it_follows(
        tree in arbitrary::tree(),
        aim in arbitrary::aim(),
    ) {
        let place = aim.place(&tree);
        let parent = match place {
            Place::First => None,
            Place::NewestLeaf => tree.newest_leaf(),
            Place::After(id) => tree.find(id),
        };
        match tree.slot(place).unwrap() {
            Ok(slot) => {
                prop_assert!(parent.is_none_or(|parent| !parent.status().is_writing()));
                prop_assert_eq!(slot.parent_id, parent.map(|parent| parent.id));
                prop_assert_eq!(slot.position as usize, tree.messages().count() + 1);
                prop_assert_eq!(slot.depth as usize, parent.map_or(0, |parent| tree.path_to(parent.id).len()));
            }
            Err(refusal) => {
                prop_assert_eq!(refusal, CannotAppend::StillWriting);
                prop_assert!(parent.is_some_and(|parent| parent.status().is_writing()));
            }
        }
    }
}

#[test]
fn a_full_conversation_takes_no_more_and_is_still_read() {
    let mut messages = chain(MessageTree::MAX_MESSAGES);
    let tree = MessageTree::from_messages(arbitrary::conversation_id(1), messages.clone()).unwrap();
    let last = messages.last().unwrap().id;
    assert_eq!(tree.path_to(last).len(), MessageTree::MAX_MESSAGES as usize);
    for place in [
        Place::NewestLeaf,
        Place::First,
        Place::After(messages[0].id),
    ] {
        assert_eq!(tree.slot(place), Some(Err(CannotAppend::TooManyMessages)));
    }

    messages = chain(MessageTree::MAX_MESSAGES + 1);
    assert_eq!(
        MessageTree::from_messages(arbitrary::conversation_id(1), messages),
        Err(parlor_domain::message_tree::InvalidTree::TooManyMessages)
    );
}

#[test]
fn the_last_free_place_can_be_taken() {
    let parent = chain(1).remove(0);
    let slot = slot_after(Some(&parent), MessageTree::MAX_MESSAGES - 1).unwrap();
    assert_eq!(slot.position, MessageTree::MAX_MESSAGES);
    assert_eq!(
        slot_after(Some(&parent), u32::MAX),
        Err(CannotAppend::TooManyMessages)
    );
}

#[test]
fn what_is_asked_for_again_stands_beside_what_is_there() {
    let messages = chain(3);
    let slot = slot_beside(&messages[1], 3).unwrap();
    assert_eq!(slot.parent_id, Some(messages[0].id));
    assert_eq!((slot.position, slot.depth), (4, 1));
    assert_eq!(
        slot_beside(&messages[1], MessageTree::MAX_MESSAGES),
        Err(CannotAppend::TooManyMessages)
    );
}
