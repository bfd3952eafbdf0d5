//! The store that use cases are tested on, and what every one of them is held to.

mod checks;

use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use futures::FutureExt as _;
use parlor_application::{
    access_checks::AccessChecks,
    access_gate::AccessGate,
    answering::{AnswerDesk, AnswerDeskPorts, AnswerTimes},
    caller::Caller,
    messages::PromptLimit,
    ports::{
        AuditRecorder as _, ChatModel, ConversationReader, DirectorySeed, GroupRef, IdGenerator,
        IdempotencyRecord, MockIdGenerator, OrganizationSeed, PromptAllowance as _, SessionRecord,
        StorePosition, UserSeed,
    },
    testing::{
        ABSENT, ACME, CONVERSATION, GLOBEX, PER_MINUTE, PRIVATE_ENABLED, READ_AT, answer, clock,
        everybody, group_name, groups_of, new_id, now, organization_name, prompt, silent_model,
        user_ref,
    },
};
use parlor_domain::{
    audit::{ActionName, AuditEntry},
    conversation::Conversation,
    ids::{ConversationId, MessageId, OrganizationId},
    message::{AnswerStatus, Message},
    principal::Permission,
    settings::Settings,
};
use parlor_store_memory::{InstrumentedStore, MemoryStore, model::Organization};

pub use self::checks::*;

/// The store with everybody of [`parlor_application::testing`] in it; clones share it.
#[derive(Clone)]
pub struct TestStore {
    inner: InstrumentedStore,
    ids: Arc<Mutex<u128>>,
}

impl TestStore {
    /// Everybody is there, private conversations are enabled, and there is no conversation.
    pub fn empty() -> Self {
        let seed = DirectorySeed {
            organizations: [ACME, GLOBEX].map(organization).into(),
        };
        let mut memory = MemoryStore::with(&seed);
        for id in [ACME, GLOBEX] {
            memory = memory.containing(id, |it| it.read_at = READ_AT);
        }
        Self {
            inner: InstrumentedStore::new(memory),
            ids: Arc::default(),
        }
    }

    /// The same with this conversation.
    pub fn with(conversation: Conversation) -> Self {
        let store = Self::empty();
        let home = conversation.organization_id;
        store.change_in(home, |it| {
            it.conversations.insert(conversation.id, conversation)
        });
        store
    }

    /// The same with these settings.
    pub fn under(self, settings: Settings) -> Self {
        self.change(|acme| acme.seed.settings = settings);
        self
    }

    /// The same with these messages.
    pub fn saying(self, messages: Vec<Message>) -> Self {
        self.change(|acme| {
            for message in messages {
                let id = message.conversation_id;
                acme.messages.entry(id).or_default().push(message);
            }
        });
        self
    }

    /// The same, without this user: it was stopped after its request began.
    pub fn without(self, caller: &Caller) -> Self {
        self.change_in(caller.organization_id(), |it| {
            user_mut(it, caller).active = false;
        });
        self
    }

    /// Gives this user these permissions and no others.
    pub fn permit(&self, caller: &Caller, permissions: &[Permission]) {
        self.change_in(caller.organization_id(), |it| {
            permit(it, caller, permissions);
        });
    }

    /// Gives this user the permissions that it has here and no others.
    pub fn update_rights(&self, caller: &Caller) {
        let permissions: Vec<_> = caller.principal().permissions.assigned().collect();
        self.permit(caller, &permissions);
    }

    /// Keeps an idempotency key of a user of Acme.
    pub fn keep_key(&self, record: IdempotencyRecord) {
        let key = (record.user_id, record.key.clone());
        self.change(|acme| acme.idempotency.insert(key, record));
    }

    /// The last message of the sample conversation becomes the only one of another.
    pub fn move_last_message_elsewhere(&self) {
        self.change(|acme| {
            let messages = acme.messages.get_mut(&CONVERSATION).unwrap();
            let moved = alone_elsewhere(messages.pop().unwrap());
            acme.messages.insert(ABSENT, vec![moved]);
        });
    }

    /// Another conversation has only this answer.
    pub fn add_answer_elsewhere(&self, id: MessageId, status: AnswerStatus) {
        let mut added = answer(2, &prompt(1, None), status);
        added.id = id;
        let added = alone_elsewhere(added);
        self.change(|acme| acme.messages.insert(ABSENT, vec![added]));
    }

    /// Uses up a user's prompts of a minute. The next prompt is allowed in 20 seconds.
    pub fn exhaust(&self, caller: &Caller) {
        for _ in 0..PER_MINUTE.get() {
            let taken = self.inner.memory.take(caller.identity(), PER_MINUTE);
            taken.now_or_never().expect("nothing else writes").unwrap();
        }
    }

    /// Changes what is stored of Acme, as somebody else's commit would.
    pub fn change<T>(&self, change: impl FnOnce(&mut Organization) -> T) -> T {
        self.change_in(ACME, change)
    }

    fn change_in<T>(&self, id: OrganizationId, change: impl FnOnce(&mut Organization) -> T) -> T {
        self.inner.memory.change_now(id, change)
    }

    /// Changes a conversation, as somebody else's commit would.
    pub fn change_conversation(&self, id: ConversationId, change: impl FnOnce(&mut Conversation)) {
        self.change(|acme| change(acme.conversations.get_mut(&id).unwrap()));
    }

    /// Changes a message of a conversation, counted from 0 in the order in which they came.
    pub fn change_message(
        &self,
        id: ConversationId,
        place: usize,
        change: impl FnOnce(&mut Message),
    ) {
        self.change(|acme| change(&mut acme.messages.get_mut(&id).unwrap()[place]));
    }

    /// The store as any of its ports.
    pub fn port(&self) -> Arc<InstrumentedStore> {
        Arc::new(self.inner.clone())
    }

    /// The gate on this store.
    pub fn gate(&self) -> Arc<AccessGate> {
        Arc::new(AccessGate {
            reader: self.port(),
            units: self.port(),
            recorder: self.port(),
            clock: clock(),
            ids: self.ids(),
        })
    }

    fn ids(&self) -> Arc<dyn IdGenerator> {
        let mut ids = MockIdGenerator::new();
        let given = self.ids.clone();
        ids.expect_next().returning(move || {
            let mut given = given.lock().unwrap();
            *given += 1;
            new_id(*given)
        });
        Arc::new(ids)
    }

    /// The gate on this store but for the conversations' reader.
    pub fn gate_with(&self, reader: Arc<dyn ConversationReader>) -> Arc<AccessGate> {
        Arc::new(AccessGate {
            reader,
            units: self.port(),
            recorder: self.port(),
            clock: clock(),
            ids: self.ids(),
        })
    }

    /// Makes the audit entries older by the store's clock.
    pub async fn pass_time(&self, time: TimeDelta) {
        self.inner.memory.pass_time(time).await;
    }

    /// Forgets what was called so far, and what was stored by it.
    pub fn forget_calls(&self) {
        self.inner.calls.forget();
    }

    /// How often everybody may prompt.
    pub fn limit(&self) -> PromptLimit {
        PromptLimit {
            allowance: self.port(),
            per_minute: PER_MINUTE,
        }
    }

    /// A desk with this model, and the times of the product.
    pub fn desk(&self, model: Arc<dyn ChatModel>) -> Arc<AnswerDesk> {
        let ports = AnswerDeskPorts {
            model,
            journal: self.port(),
            messages: self.port(),
            access: AccessChecks::new(self.port()),
            clock: clock(),
        };
        Arc::new(AnswerDesk::new(ports, AnswerTimes::default()))
    }

    /// A desk whose model never answers.
    pub fn silent_desk(&self) -> Arc<AnswerDesk> {
        self.desk(silent_model())
    }

    /// Puts an entry into the log, as somebody else would have.
    pub fn log(&self, entry: &AuditEntry) {
        let recorded = self.inner.memory.record(entry).now_or_never();
        recorded.expect("nothing else writes").unwrap();
    }

    /// Lets the call at this place of the trace fail.
    pub fn fail_at(&self, place: usize) {
        self.inner.calls.fail_at(place);
    }

    /// Lets every call of this name fail.
    pub fn fail_every(&self, name: &'static str) {
        self.inner.calls.fail_every(name);
    }

    /// Ends what [`TestStore::fail_every`] began.
    pub fn recover(&self, name: &'static str) {
        self.inner.calls.recover(name);
    }

    /// The calls so far, in their order.
    pub fn calls(&self) -> Vec<&'static str> {
        self.inner.calls.names()
    }

    /// The calls so far as one line.
    pub fn trace(&self) -> String {
        self.inner.calls.trace()
    }

    /// How new what was read had to be.
    pub fn take_positions(&self) -> Vec<StorePosition> {
        self.inner.calls.take_positions()
    }

    /// What is stored of Acme now.
    pub fn stored(&self) -> Organization {
        self.inner.memory.organization(ACME)
    }

    /// What is stored of every organization now.
    pub fn everything(&self) -> [Organization; 2] {
        [ACME, GLOBEX].map(|id| self.inner.memory.organization(id))
    }

    /// Whether a conversation is stored.
    pub fn is_there(&self, id: ConversationId) -> bool {
        self.stored().conversations.contains_key(&id)
    }

    /// The conversation with this id as it is stored now.
    pub fn conversation(&self, id: ConversationId) -> Conversation {
        self.stored().conversations[&id].clone()
    }

    /// The messages of a conversation as they are stored now, in the order in which they came.
    pub fn messages_of(&self, id: ConversationId) -> Vec<Message> {
        self.stored().messages_of(id).to_vec()
    }

    /// The message with this id as it is stored now.
    pub fn message(&self, id: MessageId) -> Message {
        let stored = self.stored();
        let mut messages = stored.messages.values().flatten();
        messages.find(|message| message.id == id).unwrap().clone()
    }

    /// The idempotency keys that are kept.
    pub fn keys(&self) -> Vec<IdempotencyRecord> {
        self.stored().idempotency.into_values().collect()
    }

    /// Who is signed in, in no order.
    pub fn sessions(&self) -> Vec<SessionRecord> {
        self.stored().sessions.into_values().collect()
    }

    /// The entries that were stored together with a change.
    pub fn committed_entries(&self) -> Vec<AuditEntry> {
        self.inner.calls.committed()
    }

    /// The entries that were stored alone.
    pub fn recorded_entries(&self) -> Vec<AuditEntry> {
        self.inner.calls.recorded()
    }
}

/// An entry that somebody changed the sample conversation, under the next id.
pub fn about_the_sample(store: &TestStore, caller: &Caller) -> AuditEntry {
    let ids = store.ids();
    let entry = caller.entry(ids.as_ref(), ActionName::ConversationEdit, now());
    entry.about(CONVERSATION)
}

/// Gives a user of this organization these permissions and no others.
pub fn permit(organization: &mut Organization, caller: &Caller, permissions: &[Permission]) {
    let name = format!("{} now", caller.member.name);
    user_mut(organization, caller).roles = vec![(name, permissions.to_vec())];
}

/// The only message of a conversation that is not the sample one.
fn alone_elsewhere(mut message: Message) -> Message {
    (message.conversation_id, message.parent_id) = (ABSENT, None);
    (message.position, message.depth) = (1, 0);
    message
}

fn user_mut<'a>(organization: &'a mut Organization, caller: &Caller) -> &'a mut UserSeed {
    let mut users = organization.seed.users.iter_mut();
    users.find(|user| user.id == caller.user_id()).unwrap()
}

fn organization(id: OrganizationId) -> OrganizationSeed {
    let groups = groups_of(id).into_iter().map(|id| GroupRef {
        id,
        name: group_name(id).to_owned(),
    });
    let of_it = |caller: &Caller| caller.organization_id() == id;
    let users = everybody()
        .into_iter()
        .filter(of_it)
        .map(|caller| UserSeed {
            id: caller.user_id(),
            name: user_ref(&caller).name,
            email: caller.member.email.clone(),
            active: true,
            roles: vec![(
                caller.member.role_names[0].clone(),
                caller.principal().permissions.assigned().collect(),
            )],
            groups: caller.principal().groups.iter().copied().collect(),
        });
    OrganizationSeed {
        id,
        name: organization_name(id).to_owned(),
        settings: PRIVATE_ENABLED,
        groups: groups.collect(),
        users: users.collect(),
    }
}
