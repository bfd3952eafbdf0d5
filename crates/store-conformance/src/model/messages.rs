//! What a message reader has to answer of a tree of messages.

use parlor_application::ports::{MessageNode, MessagePath, MessageView, UserRef};
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
        siblings: tree.siblings(message.id),
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
    from_depth: u32,
    limit: u32,
    name_of: impl Fn(UserId) -> UserRef,
) -> Option<MessagePath> {
    let Some(leaf) = leaf.or_else(|| tree.newest_leaf().map(|newest| newest.id)) else {
        return Some(MessagePath::default());
    };
    tree.find(leaf)?;
    let messages = tree
        .path_to(leaf)
        .into_iter()
        .filter(|message| message.depth >= from_depth)
        .take(limit as usize)
        .map(|message| view(tree, message, &name_of))
        .collect();
    Some(MessagePath {
        leaf: Some(leaf),
        messages,
    })
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
