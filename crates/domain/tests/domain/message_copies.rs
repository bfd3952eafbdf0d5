//! What a fork takes along.

use std::collections::{BTreeMap, BTreeSet};

use parlor_domain::{
    ids::MessageId,
    message::{AnswerStatus, Message, MessageKind},
    message_copy::{CannotCopy, Original, plan_copies},
    message_tree::MessageTree,
};
use proptest::{prelude::*, test_runner::TestCaseError};

use crate::arbitrary;

fn copy(tree: &MessageTree, leaf: Option<MessageId>) -> Option<MessageTree> {
    let originals: Vec<_> = tree
        .messages()
        .map(|message| Original {
            id: message.id,
            parent_id: message.parent_id,
        })
        .collect();
    let mut number = 1_000;
    let copies = plan_copies(&originals, leaf, || {
        number += 1;
        arbitrary::message_id(number)
    });
    let copies = match copies {
        Ok(copies) => copies,
        Err(error) => {
            assert_eq!(error, CannotCopy::UnknownLeaf);
            return None;
        }
    };
    let id = arbitrary::conversation_id(2);
    let messages = copies.into_iter().map(|copy| {
        let original = tree.find(copy.original_id).unwrap();
        original.clone().copied(id, copy)
    });
    Some(MessageTree::from_messages(id, messages).unwrap())
}

#[test]
fn messages_that_make_no_tree_are_not_copied() {
    let id = arbitrary::message_id;
    let original = |number, parent: Option<u32>| Original {
        id: id(number),
        parent_id: parent.map(id),
    };
    // It follows a message that does not exist, a later one, itself.
    for parent in [9, 3, 2] {
        let originals = [
            original(1, None),
            original(2, Some(parent)),
            original(3, Some(1)),
        ];
        let outcome = plan_copies(&originals, None, || id(10));
        assert_eq!(outcome, Err(CannotCopy::Orphan(id(2))));
    }
}

/// Fails unless `copy` is the same as `originals` in all but ids, places and what no longer grows.
fn check(originals: &[&Message], copy: &MessageTree) -> Result<(), TestCaseError> {
    let copies: Vec<&Message> = copy.messages().collect();
    prop_assert_eq!(copies.len(), originals.len());
    let new_ids: BTreeMap<MessageId, MessageId> = originals
        .iter()
        .zip(&copies)
        .map(|(original, copy)| (original.id, copy.id))
        .collect();
    let fresh: BTreeSet<MessageId> = new_ids.values().copied().collect();
    prop_assert_eq!(fresh.len(), originals.len());
    prop_assert!(
        originals
            .iter()
            .all(|original| !fresh.contains(&original.id)),
        "an id was kept"
    );

    for ((original, copy), position) in originals.iter().zip(&copies).zip(1..) {
        let expected = Message {
            id: new_ids[&original.id],
            conversation_id: arbitrary::conversation_id(2),
            parent_id: original.parent_id.map(|parent_id| new_ids[&parent_id]),
            position,
            depth: original.depth,
            content: original.content.clone(),
            created_at: original.created_at,
            kind: match original.kind.clone() {
                MessageKind::Answer {
                    model,
                    status: AnswerStatus::Writing,
                    usage,
                    reasoning: None,
                    left_out,
                } => MessageKind::Answer {
                    model,
                    status: AnswerStatus::Stopped,
                    usage,
                    reasoning: None,
                    left_out,
                },
                finished => finished,
            },
        };
        prop_assert_eq!(*copy, &expected);
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_copy_is_the_same_tree_under_new_ids(tree in arbitrary::tree()) {
        let originals: Vec<&Message> = tree.messages().collect();
        check(&originals, &copy(&tree, None).unwrap())?;
    }

    #[test]
    fn a_copy_of_a_path_is_that_path_alone((tree, leaf) in arbitrary::tree_and_message()) {
        check(&tree.path_to(leaf.id), &copy(&tree, Some(leaf.id)).unwrap())?;
    }

    #[test]
    fn a_copy_closes_the_gaps_between_positions(tree in arbitrary::tree(), stride in 2..5_u32) {
        let spread = tree.messages().cloned().map(|message| Message { position: message.position * stride, ..message });
        let spread = MessageTree::from_messages(arbitrary::conversation_id(1), spread).unwrap();
        prop_assert_eq!(copy(&spread, None), copy(&tree, None));
    }

    #[test]
    fn there_is_no_copy_of_a_path_to_a_message_that_is_not_there(tree in arbitrary::tree()) {
        prop_assert_eq!(copy(&tree, Some(arbitrary::message_id(999))), None);
    }
}
