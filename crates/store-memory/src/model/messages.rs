//! What a message reader has to answer of a tree of messages.

use parlor_application::ports::{
    AuthoredMessage, Keep, MessageNode, MessageOutline, MessagePath, MessageView, PathPart,
    Siblings, UserRef,
};
use parlor_domain::{
    ids::{MessageId, UserId},
    message::Message,
    message_tree::MessageTree,
};

/// One message with what one shows beside it.
pub fn view(
    tree: &MessageTree,
    message: &Message,
    name_of: impl Fn(UserId) -> UserRef,
) -> MessageView {
    MessageView {
        message: message.clone(),
        author: message.author_id().map(name_of),
        siblings: Siblings::of(message.id, &tree.siblings(message.id)),
    }
}

/// All messages, whole.
pub fn views(tree: &MessageTree, name_of: impl Fn(UserId) -> UserRef) -> Vec<MessageView> {
    tree.messages()
        .map(|message| view(tree, message, &name_of))
        .collect()
}

/// A part of the path to a leaf.
pub fn path(
    tree: &MessageTree,
    leaf: Option<MessageId>,
    part: PathPart,
    name_of: impl Fn(UserId) -> UserRef,
) -> Option<MessagePath> {
    let Some(leaf) = leaf.or_else(|| tree.newest_leaf().map(|newest| newest.id)) else {
        return Some(MessagePath::default());
    };
    let leaf_depth = tree.find(leaf)?.depth;
    let mut messages: Vec<_> = tree
        .path_to(leaf)
        .into_iter()
        .filter(|message| message.depth >= part.from_depth)
        .take(part.limit as usize)
        .map(|message| view(tree, message, &name_of))
        .collect();
    if part.keep == Keep::Newest {
        messages.reverse();
    }
    let mut bytes = 0;
    messages.retain(|view| {
        let before = bytes;
        bytes += view.message.bytes();
        before < part.max_bytes as usize
    });
    if part.keep == Keep::Newest {
        messages.reverse();
    }
    Some(MessagePath {
        leaf: Some(leaf),
        leaf_depth,
        messages,
    })
}

/// All messages, without what they say.
pub fn outline(tree: &MessageTree) -> Vec<MessageOutline> {
    tree.messages().map(MessageOutline::of).collect()
}

/// The messages from one position to another.
pub fn span(
    tree: &MessageTree,
    first: u32,
    last: u32,
    name_of: impl Fn(UserId) -> UserRef,
) -> Vec<AuthoredMessage> {
    tree.messages()
        .filter(|message| (first..=last).contains(&message.position))
        .map(|message| AuthoredMessage {
            message: message.clone(),
            author: message.author_id().map(&name_of),
        })
        .collect()
}

/// The newest message whose path leads through this one.
pub fn newest_below(tree: &MessageTree, id: MessageId) -> Option<MessageId> {
    let leads_through = |message: &&Message| {
        let path = tree.path_to(message.id);
        path.iter().any(|above| above.id == id)
    };
    let below = tree.messages().filter(leads_through);
    below.last().map(|newest| newest.id)
}

/// A page of the map.
pub fn nodes(tree: &MessageTree, after: u32, limit: u32) -> Vec<MessageNode> {
    tree.messages()
        .filter(|message| message.position > after)
        .take(limit as usize)
        .map(|message| MessageNode {
            id: message.id,
            parent_id: message.parent_id,
            role: message.role(),
            author_id: message.author_id(),
            created_at: message.created_at,
            preview: message
                .content
                .as_str()
                .chars()
                .take(MessageNode::PREVIEW_CHARACTERS as usize)
                .collect(),
            position: message.position,
        })
        .collect()
}
