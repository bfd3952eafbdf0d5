//! Messages that make no tree: from a corrupt store, or made to hurt.

use std::collections::BTreeMap;

use parlor_domain::{
    ids::MessageId,
    message::{Message, MessageKind},
    message_tree::{InvalidTree, MessageTree},
    text::Content,
};
use proptest::{collection, option, prelude::*};

use crate::arbitrary;

fn from_messages(messages: Vec<Message>) -> Result<MessageTree, InvalidTree> {
    MessageTree::from_messages(arbitrary::conversation_id(1), messages)
}

/// The messages of a tree with one of them replaced.
fn with(tree: &MessageTree, replaced: &Message) -> Vec<Message> {
    tree.messages()
        .map(|message| {
            if message.id == replaced.id {
                replaced.clone()
            } else {
                message.clone()
            }
        })
        .collect()
}

/// Appends what must be refused, and sees that nothing changed.
fn refused(tree: &MessageTree, message: Message) -> InvalidTree {
    let mut after = tree.clone();
    let refusal = after.append(message).unwrap_err();
    assert_eq!(&after, tree, "a refused message left a trace");
    refusal
}

proptest! {
    #[test]
    fn a_message_of_another_conversation_is_refused((tree, message) in arbitrary::tree_and_message()) {
        let foreign = Message { conversation_id: arbitrary::conversation_id(2), ..message };
        let foreign_id = foreign.id;
        prop_assert_eq!(from_messages(with(&tree, &foreign)), Err(InvalidTree::ForeignMessage(foreign_id)));
        prop_assert_eq!(refused(&tree, foreign), InvalidTree::ForeignMessage(foreign_id));
    }

    #[test]
    fn a_message_after_one_that_is_not_there_is_refused((tree, message) in arbitrary::tree_and_message()) {
        let orphan = Message { parent_id: Some(arbitrary::message_id(999)), ..message };
        prop_assert_eq!(from_messages(with(&tree, &orphan)), Err(InvalidTree::Orphan(orphan.id)));
    }

    /// A cycle needs a message that follows itself or one that came later.
    #[test]
    fn a_message_after_itself_or_a_later_one_is_refused(
        (tree, message) in arbitrary::tree_and_message(),
        choice in any::<proptest::sample::Index>(),
    ) {
        let later: Vec<MessageId> =
            tree.messages().filter(|other| other.position >= message.position).map(|other| other.id).collect();
        let looped = Message { parent_id: Some(*choice.get(&later)), ..message };
        prop_assert_eq!(from_messages(with(&tree, &looped)), Err(InvalidTree::Orphan(looped.id)));
    }

    /// Whatever stands in the tree already: what is appended follows what came before it.
    #[test]
    fn a_message_that_comes_before_its_parent_or_with_it_is_refused(
        (tree, message) in arbitrary::tree_and_message(),
        before in 0..=1_u32,
    ) {
        let early = Message {
            id: arbitrary::message_id(999),
            parent_id: Some(message.id),
            position: message.position - before,
            depth: message.depth + 1,
            ..message
        };
        prop_assert_eq!(refused(&tree, early.clone()), InvalidTree::Orphan(early.id));
    }

    #[test]
    fn a_message_on_a_taken_position_is_refused((tree, message) in arbitrary::tree_and_message()) {
        let second = Message { id: arbitrary::message_id(999), parent_id: None, depth: 0, ..message };
        prop_assert_eq!(refused(&tree, second.clone()), InvalidTree::Duplicate(second.id));
        let mut messages: Vec<Message> = tree.messages().cloned().collect();
        messages.push(second);
        prop_assert!(from_messages(messages).is_err());
    }

    #[test]
    fn a_message_that_is_there_already_is_refused_in_another_place_too(
        (tree, message) in arbitrary::tree_and_message(),
        parentless in any::<bool>(),
    ) {
        let again = Message { position: 500, ..message };
        let again = if parentless { Message { parent_id: None, depth: 0, ..again } } else { again };
        let id = again.id;
        prop_assert_eq!(refused(&tree, again), InvalidTree::Duplicate(id));
    }

    #[test]
    fn a_wrong_depth_is_refused((tree, message) in arbitrary::tree_and_message(), depth in 0..50_u32) {
        prop_assume!(depth != message.depth);
        let wrong = Message { depth, ..message };
        prop_assert_eq!(from_messages(with(&tree, &wrong)), Err(InvalidTree::WrongDepth(wrong.id)));
    }

    /// Few ids, few positions, any parents: most of it is no tree, with cycles, orphans and repetitions.
    #[test]
    fn any_soup_of_messages_is_a_tree_exactly_when_it_is_one(soup in collection::vec(morsel(), 0..5)) {
        let tree = from_messages(soup.clone());
        prop_assert_eq!(tree.is_ok(), is_a_tree(&soup), "{:?}", &tree);
        for message in tree.iter().flat_map(MessageTree::messages) {
            prop_assert!(tree.clone().unwrap().path_to(message.id).len() <= soup.len(), "paths end");
        }
    }
}

fn morsel() -> impl Strategy<Value = Message> {
    (0..5_u32, option::of(0..5_u32), 1..6_u32, 0..3_u32).prop_map(
        |(id, parent, position, depth)| Message {
            id: arbitrary::message_id(id),
            conversation_id: arbitrary::conversation_id(1),
            parent_id: parent.map(arbitrary::message_id),
            position,
            depth: if parent.is_none() { 0 } else { depth },
            content: Content::default(),
            created_at: arbitrary::at(0),
            kind: MessageKind::Prompt {
                author_id: parlor_domain::ids::UserId::from_uuid(uuid::Uuid::nil()),
            },
        },
    )
}

/// What makes messages a tree, all of it at once and without an order of checks.
fn is_a_tree(messages: &[Message]) -> bool {
    let by_id: BTreeMap<MessageId, &Message> = messages
        .iter()
        .map(|message| (message.id, message))
        .collect();
    let by_position: BTreeMap<u32, &Message> = messages
        .iter()
        .map(|message| (message.position, message))
        .collect();
    let follows = |message: &Message| match message.parent_id {
        None => message.depth == 0,
        Some(parent_id) => by_id.get(&parent_id).is_some_and(|parent| {
            parent.position < message.position && parent.depth + 1 == message.depth
        }),
    };
    by_id.len() == messages.len()
        && by_position.len() == messages.len()
        && messages.iter().all(follows)
}
