//! The port that reads messages, as far as the edge needs it.

use std::sync::{Arc, Mutex};

use parlor_application::ports::{
    AuthoredMessage, MessageNode, MessageOutline, MessagePath, MessageView, MockMessageReader,
};

use super::State;

type Shared = Arc<Mutex<State>>;

pub fn messages(state: &Shared) -> MockMessageReader {
    let mut mock = MockMessageReader::new();
    super::search::expect_search_texts(&mut mock, state);
    let shared = Arc::clone(state);
    mock.expect_find().returning(move |key, id| {
        let state = shared.lock().unwrap();
        let tree = state.tree(key.conversation_id);
        Ok(tree.find(id).map(|message| state.view(message)))
    });
    let shared = Arc::clone(state);
    mock.expect_path()
        .returning(move |key, leaf, part, at_least| {
            let mut state = shared.lock().unwrap();
            state.positions.push(at_least);
            let tree = state.tree(key.conversation_id);
            let leaf = leaf.or_else(|| tree.newest_leaf().map(|newest| newest.id));
            let Some(leaf) = leaf else {
                return Ok(Some(MessagePath::default()));
            };
            let path = tree.path_to(leaf);
            let from_depth = part.from_depth as usize;
            let part = path.iter().skip(from_depth).take(part.limit as usize);
            Ok(path.last().map(|last| MessagePath {
                leaf: Some(leaf),
                leaf_depth: last.depth,
                messages: part.map(|message| state.view(message)).collect(),
            }))
        });
    let shared = Arc::clone(state);
    mock.expect_tree()
        .returning(move |key, after, limit, at_least| {
            let mut state = shared.lock().unwrap();
            state.positions.push(at_least);
            let tree = state.tree(key.conversation_id);
            let nodes = tree.messages().filter(|message| message.position > after);
            Ok(nodes
                .take(limit as usize)
                .map(|message| MessageNode {
                    id: message.id,
                    parent_id: message.parent_id,
                    role: message.role(),
                    author_id: message.author_id(),
                    created_at: message.created_at,
                    preview: message.content.as_str().chars().take(120).collect(),
                    position: message.position,
                })
                .collect())
        });
    let shared = Arc::clone(state);
    mock.expect_outline().returning(move |key, at_least| {
        let mut state = shared.lock().unwrap();
        state.positions.push(at_least);
        let tree = state.tree(key.conversation_id);
        let outline = tree.messages().map(|message| MessageOutline {
            id: message.id,
            parent_id: message.parent_id,
            position: message.position,
            bytes: u32::try_from(message.content.as_str().len()).unwrap(),
        });
        Ok(outline.collect())
    });
    let shared = Arc::clone(state);
    mock.expect_span()
        .returning(move |key, first, last, at_least| {
            let mut state = shared.lock().unwrap();
            state.positions.push(at_least);
            let tree = state.tree(key.conversation_id);
            let span = tree
                .messages()
                .filter(|message| (first..=last).contains(&message.position));
            Ok(span
                .map(|message| {
                    let MessageView {
                        message, author, ..
                    } = state.view(message);
                    AuthoredMessage { message, author }
                })
                .collect())
        });
    mock
}
