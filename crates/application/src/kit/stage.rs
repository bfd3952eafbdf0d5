//! A small set of tables behind mocks of every port, with a trace of what was called.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard},
};

use parlor_domain::{
    access::{AccessFacts, decide},
    audit::AuditEntry,
    conversation::Conversation,
    grants::{Grants, Privacy},
    ids::{ConversationId, GroupId, MessageId, OrganizationId, UserId},
    message::{AnswerStatus, Message, MessageKind, Usage},
    principal::Principal,
    settings::Settings,
};
use uuid::Uuid;

use super::{
    people::{everybody, groups_of, user_ref},
    samples::PRIVATE_ENABLED,
};
use crate::{
    caller::Caller,
    ports::{
        ConversationKey, ConversationQuery, ConversationSummary, IdempotencyRecord, Identity,
        Member, MessageView, StoreError, UserRef,
    },
};

/// What is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Tables {
    /// The active users.
    pub members: BTreeMap<UserId, Member>,
    pub settings: Settings,
    pub conversations: BTreeMap<ConversationId, Conversation>,
    pub messages: Vec<Message>,
    pub keys: Vec<IdempotencyRecord>,
}

/// What is stored, the open transaction, and what happened so far.
pub struct Scene {
    pub stored: Tables,
    /// The one open unit of work: its organization, and what it would make of the tables.
    pub open: Option<(OrganizationId, Tables)>,
    pub committed: Vec<AuditEntry>,
    pub recorded: Vec<AuditEntry>,
    pub queries: Vec<ConversationQuery>,
    calls: Vec<&'static str>,
    failing: Option<usize>,
    away: BTreeSet<&'static str>,
    ids: u128,
}

/// A test's handle on the scene; clones share it.
#[derive(Clone)]
pub struct Stage(Arc<Mutex<Scene>>);

impl Stage {
    /// Everybody is there, private conversations are enabled, and there is no conversation.
    pub fn empty() -> Self {
        let members = everybody()
            .into_iter()
            .map(|caller| (caller.user_id(), caller.member));
        Self(Arc::new(Mutex::new(Scene {
            stored: Tables {
                members: members.collect(),
                settings: PRIVATE_ENABLED,
                conversations: BTreeMap::new(),
                messages: Vec::new(),
                keys: Vec::new(),
            },
            open: None,
            committed: Vec::new(),
            recorded: Vec::new(),
            queries: Vec::new(),
            calls: Vec::new(),
            failing: None,
            away: BTreeSet::new(),
            ids: 0,
        })))
    }

    /// The same with this conversation.
    pub fn with(conversation: Conversation) -> Self {
        let stage = Self::empty();
        stage.change(|stored| {
            stored.conversations.insert(conversation.id, conversation);
        });
        stage
    }

    /// The same with these settings.
    pub fn under(self, settings: Settings) -> Self {
        self.change(|stored| stored.settings = settings);
        self
    }

    /// The same with these messages.
    pub fn saying(self, messages: Vec<Message>) -> Self {
        self.change(|stored| stored.messages = messages);
        self
    }

    /// The same, without this user: it was stopped after its request began.
    pub fn without(self, caller: &Caller) -> Self {
        self.change(|stored| {
            stored.members.remove(&caller.user_id());
        });
        self
    }

    /// Changes what is stored, as somebody else's commit would.
    pub fn change(&self, change: impl FnOnce(&mut Tables)) {
        change(&mut self.scene().stored);
    }

    /// Lets the call at this place of the trace fail.
    pub fn fail_at(&self, place: usize) {
        self.scene().failing = Some(place);
    }

    /// Lets every call of this name fail.
    pub fn send_away(&self, name: &'static str) {
        self.scene().away.insert(name);
    }

    /// Ends what [`Stage::send_away`] began.
    pub fn bring_back(&self, name: &'static str) {
        self.scene().away.remove(name);
    }

    /// Notes a call, and answers it unless it is to fail.
    pub fn call<T>(
        &self,
        name: &'static str,
        answer: impl FnOnce(&mut Scene) -> T,
    ) -> Result<T, StoreError> {
        let mut scene = self.scene();
        let place = scene.calls.len();
        scene.calls.push(name);
        if scene.failing == Some(place) || scene.away.contains(name) {
            return Err(StoreError::Unavailable(None));
        }
        Ok(answer(&mut scene))
    }

    /// The calls so far, in their order.
    pub fn calls(&self) -> Vec<&'static str> {
        self.scene().calls.clone()
    }

    /// The calls so far as one line.
    pub fn trace(&self) -> String {
        self.calls().join(" ")
    }

    /// What is stored now.
    pub fn stored(&self) -> Tables {
        self.scene().stored.clone()
    }

    /// The conversation with this id as it is stored now.
    pub fn conversation(&self, id: ConversationId) -> Conversation {
        self.scene().stored.conversations[&id].clone()
    }

    /// The message with this id as it is stored now.
    pub fn message(&self, id: MessageId) -> Message {
        let scene = self.scene();
        let mut messages = scene.stored.messages.iter();
        messages.find(|message| message.id == id).unwrap().clone()
    }

    /// What the list was asked for.
    pub fn queries(&self) -> Vec<ConversationQuery> {
        self.scene().queries.clone()
    }

    /// The entries that were stored together with a change.
    pub fn committed_entries(&self) -> Vec<AuditEntry> {
        self.scene().committed.clone()
    }

    /// The entries that were stored alone.
    pub fn recorded_entries(&self) -> Vec<AuditEntry> {
        self.scene().recorded.clone()
    }

    /// The next id that the stage gives.
    pub fn next_id(&self) -> Uuid {
        let mut scene = self.scene();
        scene.ids += 1;
        new_id(scene.ids)
    }

    pub fn scene(&self) -> MutexGuard<'_, Scene> {
        self.0.lock().unwrap()
    }
}

/// The id that the stage gives out as this one in the order, from 1.
pub const fn new_id(place: u128) -> Uuid {
    Uuid::from_u128(0x1D00_0000 + place)
}

impl Scene {
    /// The tables as the open unit of work sees them.
    pub fn unit(&mut self) -> &mut Tables {
        &mut self.open.as_mut().unwrap().1
    }

    /// An active user of the open unit of work's organization.
    pub fn member(&self, id: UserId) -> Option<&Member> {
        let (organization_id, tables) = self.open.as_ref().unwrap();
        let member = tables.members.get(&id);
        member.filter(|member| member.principal.organization_id == *organization_id)
    }

    /// A conversation of the open unit of work's organization.
    pub fn locked(&self, id: ConversationId) -> Option<Conversation> {
        let (organization_id, tables) = self.open.as_ref().unwrap();
        let found = tables.conversations.get(&id);
        found
            .filter(|conversation| conversation.organization_id == *organization_id)
            .cloned()
    }

    pub fn unknown_groups(&self, ids: &[GroupId]) -> Vec<GroupId> {
        let known = groups_of(self.open.as_ref().unwrap().0);
        ids.iter()
            .copied()
            .filter(|id| !known.contains(id))
            .collect()
    }

    pub fn identified(&self, identity: Identity) -> Option<Member> {
        let member = self.stored.members.get(&identity.user_id);
        member
            .filter(|member| member.principal.organization_id == identity.organization_id)
            .cloned()
    }

    /// The conversation as the reader shows it to a principal, with the grants that concern it.
    pub fn summary(
        &self,
        principal: &Principal,
        id: ConversationId,
    ) -> Option<ConversationSummary> {
        let conversation = self.stored.conversations.get(&id)?;
        (conversation.organization_id == principal.organization_id)
            .then(|| summarize(principal, conversation))
    }

    /// What a principal can see, the newest activity first.
    pub fn visible(&self, principal: &Principal) -> Vec<ConversationSummary> {
        let mut visible: Vec<_> = self
            .stored
            .conversations
            .values()
            .filter(|conversation| decide(principal, AccessFacts::from(*conversation)).is_visible())
            .map(|conversation| summarize(principal, conversation))
            .collect();
        visible.sort_by_key(|summary| std::cmp::Reverse((summary.last_activity_at, summary.id)));
        visible
    }

    /// The messages of a conversation that is there.
    pub fn messages(&self, key: ConversationKey) -> Vec<MessageView> {
        let there = self.stored.conversations.get(&key.conversation_id);
        if there.is_none_or(|there| there.organization_id != key.organization_id) {
            return Vec::new();
        }
        let messages = self.stored.messages.iter();
        messages
            .filter(|message| message.conversation_id == key.conversation_id)
            .map(|message| MessageView {
                message: message.clone(),
                author: message.author_id().map(user_named),
                siblings: vec![message.id],
            })
            .collect()
    }

    /// The answer with this id, if it is there and grows.
    pub fn growing(&mut self, key: ConversationKey, id: MessageId) -> Option<&mut Message> {
        self.messages(key)
            .iter()
            .any(|view| view.message.id == id && view.message.status().is_writing())
            .then(|| message_mut(&mut self.stored, id))
    }
}

/// Changes the status of a stored answer.
pub fn set_status(message: &mut Message, to: AnswerStatus) {
    if let MessageKind::Answer { status, .. } = &mut message.kind {
        *status = to;
    }
}

/// Changes the cost of a stored answer.
pub fn set_usage(message: &mut Message, to: Option<Usage>) {
    if let MessageKind::Answer { usage, .. } = &mut message.kind {
        *usage = to;
    }
}

pub fn message_mut(tables: &mut Tables, id: MessageId) -> &mut Message {
    let mut messages = tables.messages.iter_mut();
    messages.find(|message| message.id == id).unwrap()
}

fn summarize(principal: &Principal, conversation: &Conversation) -> ConversationSummary {
    let grants = conversation.privacy.grants();
    let groups = grants
        .into_iter()
        .flat_map(Grants::groups)
        .filter(|(group, _)| principal.groups.contains(group))
        .map(|(group, level)| (*group, *level));
    let concerning = Privacy::from_grants(grants.and_then(Grants::organization), groups.collect());
    ConversationSummary {
        id: conversation.id,
        organization_id: conversation.organization_id,
        owner: user_named(conversation.owner_id),
        title: conversation.title.clone(),
        privacy: conversation.privacy.kind(),
        concerning,
        created_at: conversation.created_at,
        last_activity_at: conversation.last_activity_at,
        version: conversation.version,
        forked_from: conversation.forked_from,
    }
}

/// A user under its name, active or not.
fn user_named(id: UserId) -> UserRef {
    let everybody = everybody();
    let mut users = everybody.iter().map(user_ref);
    users.find(|user| user.id == id).unwrap()
}
