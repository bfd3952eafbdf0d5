//! A small set of tables behind mocks of every port, with a trace of what was called.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use parlor_domain::{
    access::{AccessFacts, decide},
    audit::AuditEntry,
    conversation::Conversation,
    grants::{Grants, Privacy},
    ids::{ConversationId, MessageId, UserId},
    message::{AnswerFailure, AnswerStatus, Message},
    principal::Principal,
};
use tokio::time::Instant;
use uuid::Uuid;

use crate::{
    ports::{
        ConversationKey, ConversationSummary, Identity, Member, MessageView, Siblings, StoreError,
        UserRef,
    },
    testing::{everybody, new_id, set_status, user_ref},
};

/// What is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Tables {
    /// The active users.
    pub members: BTreeMap<UserId, Member>,
    pub conversations: BTreeMap<ConversationId, Conversation>,
    pub messages: Vec<Message>,
}

/// What is stored, and what happened so far.
pub struct Scene {
    pub stored: Tables,
    /// When each answer's writer gave its last sign of life.
    pub signs: BTreeMap<MessageId, Instant>,
    pub committed: Vec<AuditEntry>,
    pub recorded: Vec<AuditEntry>,
    calls: Vec<&'static str>,
    failing: Option<usize>,
    away: BTreeSet<&'static str>,
    next_change: Option<(&'static str, Change)>,
    ids: u128,
}

type Change = Box<dyn FnOnce(&mut Tables) + Send>;

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
                conversations: BTreeMap::new(),
                messages: Vec::new(),
            },
            signs: BTreeMap::new(),
            committed: Vec::new(),
            recorded: Vec::new(),
            calls: Vec::new(),
            failing: None,
            away: BTreeSet::new(),
            next_change: None,
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

    /// The same with these messages.
    pub fn saying(self, messages: Vec<Message>) -> Self {
        self.change(|stored| stored.messages = messages);
        self
    }

    /// Changes what is stored, as somebody else's commit would.
    pub fn change(&self, change: impl FnOnce(&mut Tables)) {
        change(&mut self.scene().stored);
    }

    /// Changes what is stored as soon as the next call of this name has read, as a commit of somebody else at that moment would.
    pub fn change_after(
        &self,
        name: &'static str,
        change: impl FnOnce(&mut Tables) + Send + 'static,
    ) {
        self.scene().next_change = Some((name, Box::new(change)));
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
        let answer = answer(&mut scene);
        if let Some((_, change)) = scene.next_change.take_if(|(after, _)| *after == name) {
            change(&mut scene.stored);
        }
        Ok(answer)
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

    /// The message with this id as it is stored now.
    pub fn message(&self, id: MessageId) -> Message {
        let scene = self.scene();
        let mut messages = scene.stored.messages.iter();
        messages.find(|message| message.id == id).unwrap().clone()
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

impl Scene {
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
        let within = |message: &&Message| message.conversation_id == key.conversation_id;
        let messages = || self.stored.messages.iter().filter(within);
        let siblings = |of: &Message| {
            let beside = messages().filter(|message| message.parent_id == of.parent_id);
            Siblings::of(of.id, &beside.map(|it| it.id).collect::<Vec<_>>())
        };
        messages()
            .map(|message| MessageView {
                message: message.clone(),
                author: message.author_id().map(user_named),
                siblings: siblings(message),
            })
            .collect()
    }

    /// The answer with this id, if it is there and grows. To look at it is a sign of life of its writer.
    pub fn growing(&mut self, key: ConversationKey, id: MessageId) -> Option<&mut Message> {
        let views = self.messages(key);
        let mut views = views.iter();
        let grows = views.any(|view| view.message.id == id && view.message.status().is_writing());
        if grows {
            self.signs.insert(id, Instant::now());
        }
        grows.then(|| message_mut(&mut self.stored, id))
    }

    /// Marks the answers as interrupted whose writers were silent for longer than this; answers how many. What nobody wrote in
    /// this scene has no writer.
    pub fn interrupt(&mut self, silence: Duration) -> u64 {
        let signs = &self.signs;
        let last_sign_is_old = |sign: &Instant| silence.is_zero() || sign.elapsed() > silence;
        let silent = |id: &MessageId| signs.get(id).is_none_or(last_sign_is_old);
        let messages = self.stored.messages.iter_mut();
        let abandoned =
            messages.filter(|message| message.status().is_writing() && silent(&message.id));
        let interrupted = AnswerStatus::Failed(AnswerFailure::Interrupted);
        abandoned
            .map(|message| set_status(message, interrupted))
            .count() as u64
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
