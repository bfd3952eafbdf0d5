//! Random organizations: who may what, which conversations there are, and what then changes.

use parlor_application::ports::{GroupRef, OrganizationSeed, UserSeed};
use parlor_domain::{
    conversation::Conversation,
    grants::{Level, Privacy},
    ids::{GroupId, OrganizationId, UserId},
    message::{AnswerFailure, AnswerStatus, IncompleteReason, Message},
    principal::Permission,
    settings::Settings,
    text::Title,
};
use proptest::{bool::weighted, collection::vec, option, prelude::*, sample::select};
use uuid::Uuid;

use super::prelude::{
    ALICE, BOB, CAROL, DORA, ERIN, Filled, HUNTERS, NIGHT_SHIFT, RESPONDERS, answer, at,
    conversation_id, grants, key, private, prompt, title,
};
use crate::model::Organization;

const USERS: [UserId; 5] = [ALICE, BOB, CAROL, DORA, ERIN];
const GROUPS: [GroupId; 3] = [HUNTERS, RESPONDERS, NIGHT_SHIFT];
const MOST_CONVERSATIONS: u32 = 9;
const WORDS: [&str; 14] = [
    "beacon",
    "Beacons",
    "BEA",
    "port",
    "10443",
    "1044",
    "로그인",
    "로그인을",
    "분석",
    "c2",
    "Cafe\u{301}",
    "CAFÉ",
    "東京都",
    "데이터베이스성능점검",
];
const BETWEEN: [&str; 5] = [" ", " - ", "/", ", ", "."];

/// Texts to search for in a random world; each finds something in some worlds.
pub const SEARCHES: [&str; 9] = [
    "bea",
    "BEACON port",
    "로그",
    "1044, c2",
    "분석",
    "(port) 로그인",
    "cafe",
    "京",
    "성능점 beac",
];

/// A random organization and its history. All of them have the same ids of users, groups and conversations.
#[derive(Debug, Clone)]
pub struct World {
    users: Vec<RandomUser>,
    conversations: Vec<RandomConversation>,
    changes: Vec<(u32, RandomChange)>,
}

#[derive(Debug, Clone)]
struct RandomUser {
    is_active: bool,
    permissions: Vec<Permission>,
    groups: Vec<GroupId>,
}

#[derive(Debug, Clone)]
struct RandomConversation {
    owner_id: UserId,
    privacy: Privacy,
    activity: i64,
    title: Option<String>,
    messages: Vec<(UserId, String, Option<AnswerStatus>)>,
    forked_from: Option<u32>,
}

#[derive(Debug, Clone)]
enum RandomChange {
    Share(Privacy),
    Transfer(UserId),
    Rename(String),
    NoteActivity(i64),
    Delete,
}

/// Random organizations.
pub fn worlds() -> impl Strategy<Value = World> {
    let changes = vec((1..=MOST_CONVERSATIONS, change()), 4..10);
    (
        vec(user(), USERS.len()),
        vec(conversation(), 4..=MOST_CONVERSATIONS as usize),
        changes,
    )
        .prop_map(|(users, conversations, changes)| World {
            users,
            conversations,
            changes,
        })
}

fn user() -> impl Strategy<Value = RandomUser> {
    let held = (weighted(0.75), weighted(0.2), weighted(0.12), weighted(0.2));
    let permissions = held.prop_map(|(run_ai, view_private, manage, other)| {
        let permissions = [
            (run_ai, Permission::RunAi),
            (view_private, Permission::ViewPrivateResponses),
            (manage, Permission::ManageResponses),
            (other, Permission::ManageDirectory),
        ];
        permissions
            .into_iter()
            .filter(|(held, _)| *held)
            .map(|(_, held)| held)
            .collect()
    });
    let groups = vec(weighted(0.4), GROUPS.len()).prop_map(|is_member| {
        GROUPS
            .into_iter()
            .zip(is_member)
            .filter(|(_, is_member)| *is_member)
            .map(|(id, _)| id)
            .collect()
    });
    (weighted(0.85), permissions, groups).prop_map(|(is_active, permissions, groups)| RandomUser {
        is_active,
        permissions,
        groups,
    })
}

fn privacy() -> impl Strategy<Value = Privacy> {
    let level = || select(Level::ALL.to_vec());
    let groups = vec(option::weighted(0.3, level()), GROUPS.len());
    (option::weighted(0.2, level()), groups).prop_map(|(organization, levels)| {
        let granted: Vec<_> = GROUPS
            .into_iter()
            .zip(levels)
            .filter_map(|(id, level)| Some((id, level?)))
            .collect();
        grants(organization, &granted)
    })
}

fn text() -> impl Strategy<Value = String> {
    vec((select(WORDS.to_vec()), select(BETWEEN.to_vec())), 1..4).prop_map(|pieces| {
        pieces
            .into_iter()
            .flat_map(|(word, between)| [word, between])
            .collect()
    })
}

fn conversation() -> impl Strategy<Value = RandomConversation> {
    let status = select(vec![
        AnswerStatus::Writing,
        AnswerStatus::Complete,
        AnswerStatus::Stopped,
        AnswerStatus::Incomplete(IncompleteReason::Length),
        AnswerStatus::Failed(AnswerFailure::Timeout),
    ]);
    let message = (select(USERS.to_vec()), text(), option::of(status));
    (
        select(USERS.to_vec()),
        privacy(),
        0..4_i64,
        option::weighted(0.8, text()),
        vec(message, 0..3),
        option::weighted(0.4, 1..=MOST_CONVERSATIONS),
    )
        .prop_map(
            |(owner_id, privacy, activity, title, messages, forked_from)| RandomConversation {
                owner_id,
                privacy,
                activity,
                title,
                messages,
                forked_from,
            },
        )
}

fn change() -> impl Strategy<Value = RandomChange> {
    prop_oneof![
        4 => privacy().prop_map(RandomChange::Share),
        1 => select(USERS.to_vec()).prop_map(RandomChange::Transfer),
        1 => text().prop_map(RandomChange::Rename),
        2 => (0..8_i64).prop_map(RandomChange::NoteActivity),
        1 => Just(RandomChange::Delete),
    ]
}

impl World {
    /// The users and groups as an organization with this number; each user has a role of its own for each permission.
    pub fn directory(&self, number: u32) -> OrganizationSeed {
        let groups = GROUPS.into_iter().zip(["beta", "Alpha", "alpha"]);
        let users = USERS
            .into_iter()
            .zip(&self.users)
            .map(|(id, user)| UserSeed {
                id,
                name: format!("User {id} of world {number}"),
                email: format!("{id}@world-{number}.example"),
                active: user.is_active,
                roles: user
                    .permissions
                    .iter()
                    .map(|held| (format!("{id} {held}"), vec![*held]))
                    .collect(),
                groups: user.groups.clone(),
            });
        OrganizationSeed {
            id: OrganizationId::from_uuid(Uuid::from_u128(
                0x3041_d000_0000_7000_8000_0000_0000_0000 + u128::from(number),
            )),
            name: format!("World {number}"),
            settings: Settings {
                private_conversations: true,
            },
            groups: groups
                .map(|(id, name)| GroupRef {
                    id,
                    name: name.to_owned(),
                })
                .collect(),
            users: users.collect(),
        }
    }

    /// Writes its conversations into the store, and answers what is there then.
    pub async fn write(&self, store: &Filled, directory: OrganizationSeed) -> Organization {
        let mut model = Organization::new(directory);
        for (number, random) in (1..).zip(&self.conversations) {
            let conversation = Conversation {
                organization_id: model.seed.id,
                privacy: random.privacy.clone(),
                title: random.title.as_deref().map_or_else(Title::untitled, title),
                last_activity_at: at(random.activity),
                forked_from: random.forked_from.map(conversation_id),
                created_at: at(0),
                ..private(number, random.owner_id)
            };
            let messages = random.messages(number);
            store.create_with(&conversation, &messages).await;
            model.messages.insert(conversation.id, messages);
            model.conversations.insert(conversation.id, conversation);
        }
        model
    }

    /// Makes its changes in the store and in the model.
    pub async fn change(&self, store: &Filled, model: &mut Organization) {
        for (number, change) in &self.changes {
            let (key, id) = (key(model.seed.id, *number), conversation_id(*number));
            if !model.conversations.contains_key(&id) {
                continue;
            }
            let after = match change {
                RandomChange::Share(privacy) => store.share(key, privacy.clone()).await,
                RandomChange::Transfer(owner_id) => {
                    store
                        .change(key, |conversation| conversation.transfer(*owner_id))
                        .await
                }
                RandomChange::Rename(text) => store.rename(key, title(text)).await,
                RandomChange::NoteActivity(seconds) => store.note_activity(key, *seconds).await,
                RandomChange::Delete => {
                    store.delete(key).await;
                    model.conversations.remove(&id);
                    model.messages.remove(&id);
                    continue;
                }
            };
            model.conversations.insert(id, after);
        }
    }
}

impl RandomConversation {
    /// One message after the other, none after an answer that is still being written.
    fn messages(&self, number: u32) -> Vec<Message> {
        let mut messages: Vec<Message> = Vec::new();
        let mut parent = None::<Message>;
        for (position, (author_id, text, status)) in (1..).zip(&self.messages) {
            let mut message = prompt(
                conversation_id(number),
                position,
                parent.as_ref(),
                *author_id,
                text,
            );
            if let (Some(status), Some(parent)) = (status, &parent) {
                message.kind = answer(parent, text, *status).kind;
            }
            if !message.status().is_writing() {
                parent = Some(message.clone());
            }
            messages.push(message);
        }
        messages
    }
}
