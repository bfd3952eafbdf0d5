//! Paths through trees of messages, as the domain's tree says.

use parlor_application::ports::{Keep, PathPart, Siblings};
use parlor_domain::{
    ids::MessageId,
    message::{AnswerStatus, Message, MessageKind},
    message_tree::MessageTree,
};
use proptest::{collection::vec, prelude::*};

use crate::{Stores, kit::prelude::*, model};

const TREES: usize = 16;

/// A question, its answer, a second answer beside it, and a question after each of them.
fn branching() -> Vec<Message> {
    let id = conversation_id(1);
    let question = prompt(id, 1, None, ALICE, "who logged in?");
    let reply = answer(&question, "Mallory.", AnswerStatus::Complete);
    let mut again = answer(&question, "Nobody.", AnswerStatus::Complete);
    (again.id, again.position) = (message_id(id, 3), 3);
    let after_again = prompt(id, 4, Some(&again), BOB, "really?");
    let after_reply = prompt(id, 5, Some(&reply), ALICE, "from where?");
    let newest = answer(&after_reply, "From home.", AnswerStatus::Complete);
    vec![question, reply, again, after_again, after_reply, newest]
}

async fn positions(
    store: &Filled,
    leaf: Option<MessageId>,
    from_depth: u32,
    limit: u32,
) -> Option<Vec<u32>> {
    let path = store.path(in_acme(1), leaf, from_depth, limit).await?;
    Some(
        path.messages
            .iter()
            .map(|view| view.message.position)
            .collect(),
    )
}

pub async fn a_path_leads_from_the_first_message_to_the_leaf(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let messages = branching();
    store.create_with(&private(1, ALICE), &messages).await;
    let expected: [(usize, &[u32]); 4] =
        [(5, &[1, 2, 5, 6]), (3, &[1, 3, 4]), (2, &[1, 3]), (0, &[1])];
    for (leaf, path) in expected {
        let leaf = messages[leaf].id;
        assert_eq!(
            positions(&store, Some(leaf), 0, 100).await.as_deref(),
            Some(path)
        );
        let read = store.path(in_acme(1), Some(leaf), 0, 1).await;
        assert_eq!(
            read.unwrap().leaf,
            Some(leaf),
            "the path tells its leaf though the page ends before it"
        );
    }
}

pub async fn without_a_leaf_the_path_leads_to_the_newest_one(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let messages = branching();
    store.create_with(&private(1, ALICE), &messages).await;
    assert_eq!(
        positions(&store, None, 0, 100).await,
        Some(vec![1, 2, 5, 6])
    );
    let beside = prompt(
        conversation_id(1),
        7,
        Some(&messages[2]),
        ALICE,
        "another branch",
    );
    store
        .append(in_acme(1), std::slice::from_ref(&beside))
        .await;
    let path = store.path(in_acme(1), None, 0, 100).await.unwrap();
    assert_eq!(path.leaf, Some(beside.id));
    assert_eq!(positions(&store, None, 0, 100).await, Some(vec![1, 3, 7]));
    let mut unit = store.begin(ACME).await;
    assert_eq!(
        unit.messages()
            .find_newest(conversation_id(1))
            .await
            .unwrap(),
        Some(beside)
    );
}

pub async fn a_path_is_paged_by_depth(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    store.create_with(&private(1, ALICE), &branching()).await;
    let expected: [(u32, u32, &[u32]); 6] = [
        (0, 2, &[1, 2]),
        (2, 2, &[5, 6]),
        (3, 2, &[6]),
        (4, 2, &[]),
        (1, 1, &[2]),
        (1, 3, &[2, 5, 6]),
    ];
    for (from_depth, limit, path) in expected {
        assert_eq!(
            positions(&store, None, from_depth, limit).await.as_deref(),
            Some(path),
            "{from_depth} {limit}"
        );
    }
}

pub async fn a_part_of_a_path_has_as_much_text_as_fits_but_at_least_one_message(stores: Stores) {
    use Keep::{Newest, Oldest};
    let store = Filled::with_two_organizations(stores).await;
    let id = conversation_id(1);
    let mut messages: Vec<Message> = Vec::new();
    // The character has three bytes.
    for (position, length) in (1..).zip([10, 20, 30, 40, 50]) {
        let text = "\u{2014}".repeat(length / 10) + &"x".repeat(length - length / 10 * 3);
        let message = match messages.last() {
            // What a model thought counts as what it said.
            Some(last) if position % 2 == 0 => {
                let (reasoning, said) = text.split_at(text.len() / 2 / 3 * 3);
                let mut message = answer(last, said, AnswerStatus::Complete);
                if let MessageKind::Answer { reasoning: own, .. } = &mut message.kind {
                    *own = Some(content(reasoning));
                }
                message
            }
            last => prompt(id, position, last, ALICE, &text),
        };
        messages.push(message);
    }
    store.create_with(&private(1, ALICE), &messages).await;
    let expected: [(u32, u32, u32, Keep, &[u32]); 10] = [
        (0, 9, 150, Oldest, &[1, 2, 3, 4, 5]),
        (0, 9, 100, Oldest, &[1, 2, 3, 4]),
        (0, 9, 101, Oldest, &[1, 2, 3, 4, 5]),
        (0, 9, 30, Oldest, &[1, 2]),
        (0, 9, 1, Oldest, &[1]),
        (2, 2, 1, Oldest, &[3]),
        (0, 9, 90, Newest, &[4, 5]),
        (0, 9, 91, Newest, &[3, 4, 5]),
        (0, 9, 1, Newest, &[5]),
        (1, 3, 41, Newest, &[3, 4]),
    ];
    for (from_depth, limit, max_bytes, keep, positions) in expected {
        let part = PathPart {
            from_depth,
            limit,
            max_bytes,
            keep,
        };
        let path = store.part_of_path(in_acme(1), None, part).await.unwrap();
        let read = path.messages.iter().map(|view| view.message.position);
        assert_eq!(read.collect::<Vec<_>>(), positions, "{part:?}");
        assert_eq!((path.leaf, path.leaf_depth), (Some(messages[4].id), 4));
        let last = *positions.last().unwrap();
        assert_eq!(path.next_depth(), (last < 5).then_some(last), "{part:?}");
    }
}

pub async fn of_many_siblings_those_around_a_message_are_named(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let id = conversation_id(1);
    let root = prompt(id, 1, None, ALICE, "root");
    let after_root = |position| prompt(id, position, Some(&root), ALICE, "a branch");
    let first = |position| prompt(id, position, None, BOB, "another beginning");
    let mut messages = vec![root.clone()];
    messages.extend((2..=121).map(after_root));
    messages.extend((122..=181).map(first));
    store.create_with(&private(1, ALICE), &messages).await;
    let tree = MessageTree::from_messages(id, messages).unwrap();
    for (position, index, count) in [
        (1, 0, 61),
        (2, 0, 120),
        (27, 25, 120),
        (60, 58, 120),
        (97, 95, 120),
        (121, 119, 120),
        (150, 29, 61),
        (181, 60, 61),
    ] {
        let id = message_id(id, position);
        let reader = &store.stores.message_reader;
        let found = reader.find(in_acme(1), id).await.unwrap().unwrap();
        let siblings = found.siblings;
        assert_eq!((siblings.index, siblings.count), (index, count));
        assert_eq!(siblings.ids.len(), Siblings::MAX as usize);
        assert_eq!(siblings, Siblings::of(id, &tree.siblings(id)));
        let path = store.path(in_acme(1), Some(id), 0, 9).await.unwrap();
        assert_eq!(path.messages.last().unwrap().siblings, siblings);
    }
}

pub async fn a_leaf_that_is_not_there_has_no_path(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    store.create_with(&private(1, ALICE), &branching()).await;
    let nowhere = message_id(conversation_id(1), 99);
    for from_depth in [0, 5] {
        assert_eq!(positions(&store, Some(nowhere), from_depth, 10).await, None);
    }
}

async fn newest_below(store: &Filled, number: u32, id: MessageId) -> Option<MessageId> {
    let reader = &store.stores.message_reader;
    reader
        .newest_below(in_acme(number), id, store.now().await)
        .await
        .unwrap()
}

pub async fn the_newest_below_a_message_is_the_leaf_that_came_last_of_those_that_follow_it(
    stores: Stores,
) {
    let store = Filled::with_two_organizations(stores).await;
    let messages = branching();
    store.create_with(&private(1, ALICE), &messages).await;
    for (of, newest) in [(0, 5), (1, 5), (2, 3), (3, 3), (4, 5), (5, 5)] {
        let found = newest_below(&store, 1, messages[of].id).await;
        assert_eq!(found, Some(messages[newest].id), "below {of}");
    }
    let beside = prompt(conversation_id(1), 7, Some(&messages[2]), ALICE, "again");
    store
        .append(in_acme(1), std::slice::from_ref(&beside))
        .await;
    assert_eq!(
        newest_below(&store, 1, messages[2].id).await,
        Some(beside.id)
    );
}

pub async fn below_a_message_of_another_conversation_there_is_nothing(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let messages = branching();
    store.create_with(&private(1, ALICE), &messages).await;
    store.create(&private(2, ALICE)).await;
    assert_eq!(newest_below(&store, 2, messages[0].id).await, None);
    let reader = &store.stores.message_reader;
    let elsewhere = reader
        .newest_below(key(GLOBEX, 1), messages[0].id, store.now().await)
        .await;
    assert_eq!(elsewhere.unwrap(), None);
}

pub async fn random_trees_are_read_as_the_domain_builds_them(stores: Stores) {
    let mut cases = Cases::seeded();
    let shapes = cases.take(&vec(any::<(prop::sample::Index, bool)>(), 1..22), TREES);
    let store = Filled::with_two_organizations(stores).await;
    for (number, shape) in (1..).zip(shapes) {
        let tree = tree_of_shape(number, &shape);
        let messages: Vec<Message> = tree.messages().cloned().collect();
        let conversation = private(number, ALICE);
        // In several units of work, as they come in life.
        let (first, rest) = messages.split_at(messages.len() / 2);
        store.create_with(&conversation, first).await;
        store.append(in_acme(number), rest).await;
        let place = format!("seed {}, tree {number} of {shape:?}", cases.seed());
        assert_the_reader_knows(&store, number, &tree, &place).await;
        let mut unit = store.begin(ACME).await;
        assert_eq!(
            unit.messages().all(conversation.id).await.unwrap(),
            messages,
            "{place}"
        );
        let newest = unit.messages().find_newest(conversation.id).await.unwrap();
        assert_eq!(newest.as_ref(), tree.newest_leaf(), "{place}");
    }
}

/// Each message follows any of those before it, or none; an answer follows something.
fn tree_of_shape(number: u32, shape: &[(prop::sample::Index, bool)]) -> MessageTree {
    let id = conversation_id(number);
    let mut messages: Vec<Message> = Vec::new();
    for (position, (parent, is_answer)) in (1..).zip(shape) {
        let before = parent.index(messages.len() + 1);
        let parent = messages.get(before).cloned();
        let author = if position % 3 == 0 { BOB } else { ALICE };
        let text = format!("{position} of {number}");
        let mut message = prompt(id, position, parent.as_ref(), author, &text);
        if let (Some(parent), true) = (&parent, is_answer) {
            message.kind = answer(parent, &text, AnswerStatus::Complete).kind;
        }
        messages.push(message);
    }
    MessageTree::from_messages(id, messages).expect("a tree")
}

async fn assert_the_reader_knows(store: &Filled, number: u32, tree: &MessageTree, place: &str) {
    let (reader, key) = (&store.stores.message_reader, in_acme(number));
    assert_eq!(
        store.messages(key).await,
        model::views(tree, user_of_acme),
        "{place}"
    );
    for after in [0, 1, 7] {
        let map = store.map(key, after, 5).await;
        assert_eq!(map, model::nodes(tree, after, 5), "after {after}, {place}");
    }
    let leaves = tree
        .messages()
        .map(|message| Some(message.id))
        .chain([None]);
    for leaf in leaves {
        for (from_depth, limit) in [(0, 100), (0, 1), (1, 2), (3, 100)] {
            let path = store.path(key, leaf, from_depth, limit).await;
            let part = PathPart {
                from_depth,
                limit,
                ..PathPart::ALL
            };
            let expected = model::path(tree, leaf, part, user_of_acme);
            assert_eq!(
                path, expected,
                "{leaf:?} from {from_depth}, {limit}; {place}"
            );
        }
        if let Some(message) = leaf.and_then(|leaf| tree.find(leaf)) {
            let newest = newest_below(store, number, message.id).await;
            assert_eq!(newest, model::newest_below(tree, message.id), "{place}");
            let found = reader.find(key, message.id).await.unwrap();
            assert_eq!(
                found,
                Some(model::view(tree, message, user_of_acme)),
                "{place}"
            );
        }
    }
}
