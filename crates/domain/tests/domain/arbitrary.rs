//! Random principals, conversations and message trees. The pools of ids are small, so that they meet often.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use parlor_domain::{
    conversation::{Conversation, Version},
    grants::{Level, Privacy},
    ids::{ConversationId, GroupId, MessageId, OrganizationId, UserId},
    message::{AnswerFailure, AnswerStatus, Message, MessageKind, Usage},
    message_tree::{MessageTree, Place},
    principal::{Permission, Principal},
    text::{Content, Title},
};
use proptest::{collection, option, prelude::*, sample};
use uuid::Uuid;

/// The groups that random principals are in and that random grants name.
pub fn groups() -> [GroupId; 4] {
    [0x30, 0x31, 0x32, 0x33].map(|id| GroupId::from_uuid(Uuid::from_u128(id)))
}

pub fn user_id() -> impl Strategy<Value = UserId> {
    (0x20..0x23_u128).prop_map(|id| UserId::from_uuid(Uuid::from_u128(id)))
}

/// Mostly the first of two.
fn organization_id() -> impl Strategy<Value = OrganizationId> {
    prop_oneof![5 => Just(0x10), 1 => Just(0x11)]
        .prop_map(|id| OrganizationId::from_uuid(Uuid::from_u128(id)))
}

pub fn level() -> impl Strategy<Value = Level> {
    sample::select(Level::ALL.to_vec())
}

/// The organization's level and the groups' levels, none at all among them.
pub fn grants() -> impl Strategy<Value = (Option<Level>, BTreeMap<GroupId, Level>)> {
    let group = sample::select(groups().to_vec());
    (
        option::of(level()),
        collection::btree_map(group, level(), 0..=4),
    )
}

pub fn privacy() -> impl Strategy<Value = Privacy> {
    grants().prop_map(|(organization, groups)| Privacy::from_grants(organization, groups))
}

pub fn principal() -> impl Strategy<Value = Principal> {
    let permissions = sample::subsequence(Permission::ALL.to_vec(), 0..=6);
    let groups = sample::subsequence(groups().to_vec(), 0..=4);
    (organization_id(), user_id(), permissions, groups).prop_map(
        |(organization_id, user_id, permissions, groups)| Principal {
            organization_id,
            user_id,
            permissions: permissions.into_iter().collect(),
            groups: groups.into_iter().collect(),
        },
    )
}

pub fn conversation() -> impl Strategy<Value = Conversation> {
    (organization_id(), user_id(), privacy()).prop_map(|(organization_id, owner_id, privacy)| {
        Conversation {
            id: conversation_id(1),
            organization_id,
            owner_id,
            title: Title::untitled(),
            privacy,
            created_at: DateTime::UNIX_EPOCH,
            last_activity_at: DateTime::UNIX_EPOCH,
            version: Version::FIRST,
            forked_from: None,
        }
    })
}

pub fn conversation_id(number: u128) -> ConversationId {
    ConversationId::from_uuid(Uuid::from_u128(0xc0 << 64 | number))
}

/// Ids whose order is not the order in which they were made.
pub fn message_id(number: u32) -> MessageId {
    MessageId::from_uuid(Uuid::from_u128(
        u128::from(number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835),
    ))
}

pub fn at(second: u32) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(i64::from(second))
}

pub fn status() -> impl Strategy<Value = AnswerStatus> {
    prop_oneof![
        1 => Just(AnswerStatus::Writing),
        4 => Just(AnswerStatus::Complete),
        1 => Just(AnswerStatus::Stopped),
        1 => sample::select(AnswerFailure::ALL.to_vec()).prop_map(AnswerStatus::Failed),
    ]
}

pub fn kind() -> impl Strategy<Value = MessageKind> {
    let usage = (any::<u32>(), any::<u32>()).prop_map(|(prompt_tokens, completion_tokens)| Usage {
        prompt_tokens,
        completion_tokens,
    });
    prop_oneof![
        user_id().prop_map(|author_id| MessageKind::Prompt { author_id }),
        ("[a-z]{1,4}", status(), option::of(usage)).prop_map(|(model, status, usage)| {
            MessageKind::Answer {
                model,
                status,
                usage,
                reasoning: None,
                left_out: None,
            }
        }),
    ]
}

/// Where a message goes, before it is known which messages there are.
#[derive(Debug, Clone)]
pub enum Aim {
    NewestLeaf,
    First,
    After(sample::Index),
}

impl Aim {
    /// The place in this tree.
    pub fn place(&self, tree: &MessageTree) -> Place {
        let ids: Vec<MessageId> = tree.messages().map(|message| message.id).collect();
        match self {
            Self::After(index) if !ids.is_empty() => Place::After(*index.get(&ids)),
            Self::First => Place::First,
            Self::NewestLeaf | Self::After(_) => Place::NewestLeaf,
        }
    }
}

pub fn aim() -> impl Strategy<Value = Aim> {
    prop_oneof![
        4 => Just(Aim::NewestLeaf),
        1 => Just(Aim::First),
        4 => any::<sample::Index>().prop_map(Aim::After),
    ]
}

/// A message at `place`, or `None` where nothing can be appended now.
pub fn message_at(tree: &MessageTree, place: Place, kind: MessageKind) -> Option<Message> {
    let slot = tree.slot(place).unwrap().ok()?;
    Some(Message {
        id: message_id(slot.position),
        conversation_id: conversation_id(1),
        parent_id: slot.parent_id,
        position: slot.position,
        depth: slot.depth,
        content: Content::from_trusted(format!("text {}", slot.position)),
        created_at: at(slot.position),
        kind,
    })
}

/// What came of prompting here and there: up to 40 messages of the conversation `conversation_id(1)`.
pub fn tree() -> impl Strategy<Value = MessageTree> {
    collection::vec((aim(), kind()), 0..40).prop_map(|steps| {
        let mut tree = MessageTree::empty(conversation_id(1));
        for (aim, kind) in steps {
            if let Some(message) = message_at(&tree, aim.place(&tree), kind) {
                tree.append(message).unwrap();
            }
        }
        tree
    })
}

/// A tree with at least one message, and one of its messages.
pub fn tree_and_message() -> impl Strategy<Value = (MessageTree, Message)> {
    (tree(), any::<sample::Index>())
        .prop_filter("a tree with messages", |(tree, _)| {
            tree.newest_leaf().is_some()
        })
        .prop_map(|(tree, index)| {
            let messages: Vec<Message> = tree.messages().cloned().collect();
            let message = index.get(&messages).clone();
            (tree, message)
        })
}

/// The ids of everything in a tree.
pub fn ids(tree: &MessageTree) -> BTreeSet<MessageId> {
    tree.messages().map(|message| message.id).collect()
}
