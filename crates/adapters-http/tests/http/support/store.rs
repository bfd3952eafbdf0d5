//! The store's ports, as far as the edge needs them. They keep no transactions: a change is there at once.

use std::sync::{Arc, Mutex};

use parlor_application::{
    audit_document::record,
    ports::{
        ConversationSummary, FoundConversation, GroupRef, JournalOutcome, MessageView,
        MockAnswerJournal, MockAuditLog, MockAuditRecorder, MockConversationReader, MockStoreAdmin,
        MockStorePositions, MockUnitOfWorkFactory, Opening, Sharing, Siblings, StoreError,
        UnitOfWork,
    },
    testing::{CopyInOneUnit, MockUnitOfWork},
};
use parlor_domain::{
    conversation::Conversation,
    ids::{ConversationId, OrganizationId},
    message::{AnswerStatus, MessageKind},
    message_tree::MessageTree,
};

use super::{State, model::set_text, people, search};

type Shared = Arc<Mutex<State>>;

impl State {
    pub(super) fn check(&self) -> Result<(), StoreError> {
        self.broken.map_or(Ok(()), |error| Err(error()))
    }

    pub(super) fn conversation(
        &self,
        home: OrganizationId,
        id: ConversationId,
    ) -> Option<&Conversation> {
        let mut all = self.conversations.iter();
        all.find(|it| it.id == id && it.organization_id == home)
    }

    pub(super) fn tree(&self, id: ConversationId) -> MessageTree {
        let messages = self.messages.iter().filter(|it| it.conversation_id == id);
        MessageTree::from_messages(id, messages.cloned()).unwrap()
    }

    pub(super) fn view(&self, message: &parlor_domain::message::Message) -> MessageView {
        let author = message.author_id();
        MessageView {
            author: author.and_then(|id| people::user_ref(people::organization("acme"), id)),
            siblings: Siblings::of(
                message.id,
                &self.tree(message.conversation_id).siblings(message.id),
            ),
            message: message.clone(),
        }
    }
}

pub(super) fn summary(conversation: &Conversation) -> ConversationSummary {
    ConversationSummary {
        id: conversation.id,
        organization_id: conversation.organization_id,
        owner: people::user_ref(conversation.organization_id, conversation.owner_id).unwrap(),
        title: conversation.title.clone(),
        privacy: conversation.privacy.kind(),
        concerning: conversation.privacy.clone(),
        created_at: conversation.created_at,
        last_activity_at: conversation.last_activity_at,
        version: conversation.version,
        forked_from: conversation.forked_from,
    }
}

pub fn reader(state: &Shared) -> MockConversationReader {
    let mut mock = MockConversationReader::new();
    let shared = Arc::clone(state);
    mock.expect_find().returning(move |principal, id| {
        let state = shared.lock().unwrap();
        state.check()?;
        let found = state.conversation(principal.organization_id, id);
        Ok(found.map(summary))
    });
    let shared = Arc::clone(state);
    mock.expect_find_with_member()
        .returning(move |identity, id| {
            let Some(member) = people::member(identity) else {
                return Ok(None);
            };
            let state = shared.lock().unwrap();
            state.check()?;
            let found = state.conversation(identity.organization_id, id);
            Ok(Some((member, found.map(summary))))
        });
    let shared = Arc::clone(state);
    mock.expect_list().returning(move |principal, query| {
        let mut state = shared.lock().unwrap();
        state.check()?;
        state.positions.push(query.at_least);
        Ok(search::list(&state, principal, query))
    });
    search::expect_search(&mut mock, state);
    let shared = Arc::clone(state);
    mock.expect_sharing().returning(move |home, id| {
        let state = shared.lock().unwrap();
        let found = state.conversation(home, id);
        Ok(found.map(|conversation| Sharing {
            privacy: conversation.privacy.clone(),
            groups: conversation
                .privacy
                .grants()
                .into_iter()
                .flat_map(|grants| grants.groups().keys())
                .map(|&id| GroupRef {
                    id,
                    name: id.to_string(),
                })
                .collect(),
            version: conversation.version,
        }))
    });
    mock
}

pub fn units(state: &Shared) -> MockUnitOfWorkFactory {
    let mut mock = MockUnitOfWorkFactory::new();
    let shared = Arc::clone(state);
    mock.expect_begin().returning(move |home| {
        shared.lock().unwrap().check()?;
        Ok(unit(&shared, home))
    });
    let shared = Arc::clone(state);
    mock.expect_begin_on().returning(move |_, key| {
        shared.lock().unwrap().check()?;
        Ok(unit(&shared, key.organization_id))
    });
    let shared = Arc::clone(state);
    mock.expect_begin_deletion().returning(move |_, key| {
        shared.lock().unwrap().check()?;
        Ok(unit(&shared, key.organization_id))
    });
    let shared = Arc::clone(state);
    mock.expect_begin_copy().returning(move |original, copy| {
        shared.lock().unwrap().check()?;
        let unit = unit(&shared, copy.organization_id);
        Ok(Box::new(CopyInOneUnit::new(unit, original, copy.clone())))
    });
    mock
}

fn unit(state: &Shared, home: OrganizationId) -> Box<dyn UnitOfWork> {
    let mut unit = MockUnitOfWork::default();
    let directory = &mut unit.directory;
    directory
        .expect_find_member()
        .returning(move |id| Ok(people::member_of(home, id)));
    directory
        .expect_find_user()
        .returning(move |id| Ok(people::user_ref(home, id)));
    directory
        .expect_unknown_groups()
        .returning(|ids| Ok(people::unknown_groups(ids)));
    let shared = Arc::clone(state);
    directory
        .expect_settings()
        .returning(move || Ok(shared.lock().unwrap().settings));
    let shared = Arc::clone(state);
    directory.expect_save_settings().returning(move |settings| {
        shared.lock().unwrap().settings = settings;
        Ok(())
    });

    let shared = Arc::clone(state);
    unit.opening = Some(Box::new(move |user, id| {
        let state = shared.lock().unwrap();
        let found = state
            .conversation(home, id)
            .map(|conversation| FoundConversation {
                owner: people::user_ref(home, conversation.owner_id).unwrap(),
                forked_from: conversation.forked_from,
                conversation: conversation.clone(),
            });
        Ok(people::member_of(home, user).map(|member| Opening {
            member,
            settings: state.settings,
            found,
        }))
    }));

    let conversations = &mut unit.conversations;
    let shared = Arc::clone(state);
    conversations.expect_insert().returning(move |new| {
        shared.lock().unwrap().conversations.push(new.clone());
        Ok(())
    });
    let shared = Arc::clone(state);
    conversations.expect_update().returning(move |changed| {
        let mut state = shared.lock().unwrap();
        state.conversations.retain(|it| it.id != changed.id);
        state.conversations.push(changed.clone());
        Ok(())
    });
    let shared = Arc::clone(state);
    conversations.expect_delete().returning(move |id| {
        let mut state = shared.lock().unwrap();
        state.conversations.retain(|it| it.id != id);
        Ok(())
    });

    let messages = &mut unit.messages;
    let shared = Arc::clone(state);
    messages.expect_find().returning(move |conversation, id| {
        let state = shared.lock().unwrap();
        Ok(state.tree(conversation).find(id).cloned())
    });
    let shared = Arc::clone(state);
    messages
        .expect_find_newest()
        .returning(move |id| Ok(shared.lock().unwrap().tree(id).newest_leaf().cloned()));
    let shared = Arc::clone(state);
    messages.expect_find_many().returning(move |id, ids| {
        let tree = shared.lock().unwrap().tree(id);
        let found = tree.messages().filter(|message| ids.contains(&message.id));
        Ok(found.cloned().collect())
    });
    let shared = Arc::clone(state);
    messages.expect_insert().returning(move |new| {
        shared.lock().unwrap().messages.extend(new.iter().cloned());
        Ok(())
    });
    let shared = Arc::clone(state);
    messages.expect_stop().returning(move |_, id| {
        let outcome = shared.lock().unwrap().end(id, AnswerStatus::Stopped, None);
        Ok(outcome == JournalOutcome::Written)
    });

    let shared = Arc::clone(state);
    unit.idempotency
        .expect_find()
        .returning(move |user, key, _| {
            let state = shared.lock().unwrap();
            let mut kept = state.kept.iter();
            Ok(kept.find(|it| it.user_id == user && it.key == key).cloned())
        });
    let shared = Arc::clone(state);
    unit.idempotency.expect_save().returning(move |record| {
        shared.lock().unwrap().kept.push(record.clone());
        Ok(())
    });
    Box::new(unit)
}

impl State {
    fn end(
        &mut self,
        id: parlor_domain::ids::MessageId,
        to: AnswerStatus,
        cost: Option<parlor_domain::message::Usage>,
    ) -> JournalOutcome {
        let message = self.messages.iter_mut().find(|it| it.id == id);
        match message.map(|message| &mut message.kind) {
            Some(MessageKind::Answer { status, usage, .. }) if status.is_writing() => {
                (*status, *usage) = (to, cost);
                JournalOutcome::Written
            }
            _ => JournalOutcome::NoLongerWriting,
        }
    }
}

pub fn journal(state: &Shared) -> MockAnswerJournal {
    let mut mock = MockAnswerJournal::new();
    let shared = Arc::clone(state);
    mock.expect_grow().returning(move |_, id, text| {
        let mut state = shared.lock().unwrap();
        let message = state.messages.iter_mut().find(|it| it.id == id);
        let message = message.filter(|message| message.status().is_writing());
        Ok(message.map_or(JournalOutcome::NoLongerWriting, |message| {
            set_text(message, text);
            JournalOutcome::Written
        }))
    });
    let shared = Arc::clone(state);
    mock.expect_keep_writing().returning(move |_, id| {
        let state = shared.lock().unwrap();
        let mut messages = state.messages.iter();
        let is_written = messages.any(|it| it.id == id && it.status().is_writing());
        Ok(if is_written {
            JournalOutcome::Written
        } else {
            JournalOutcome::NoLongerWriting
        })
    });
    let shared = Arc::clone(state);
    mock.expect_finish().returning(move |_, id, ending| {
        let mut state = shared.lock().unwrap();
        let outcome = state.end(id, ending.status, ending.usage);
        if let Some(message) = state.messages.iter_mut().find(|it| it.id == id) {
            set_text(message, &ending.text);
        }
        Ok(outcome)
    });
    mock
}

pub fn positions(state: &Shared) -> MockStorePositions {
    let mut mock = MockStorePositions::new();
    let state = Arc::clone(state);
    mock.expect_now().returning(move || {
        let position = state.lock().unwrap().position;
        position.map_or(Ok(None), |position| position().map(Some))
    });
    mock
}

pub fn recorder(state: &Shared) -> MockAuditRecorder {
    let mut mock = MockAuditRecorder::new();
    let record = || {
        let state = Arc::clone(state);
        move |entry: &parlor_domain::audit::AuditEntry| {
            state.lock().unwrap().recorded.push(entry.clone());
            Ok(())
        }
    };
    mock.expect_record().returning(record());
    mock.expect_record_denial().returning(record());
    mock
}

/// The recorded entries, the newest first.
pub fn audit_log(state: &Shared) -> MockAuditLog {
    let mut mock = MockAuditLog::new();
    let shared = Arc::clone(state);
    mock.expect_list().returning(move |_, query| {
        let mut state = shared.lock().unwrap();
        state.positions.push(query.at_least);
        let older = state.recorded.iter().rev().map(record);
        let older = older.filter(|it| query.before.is_none_or(|before| it.id < before));
        Ok(older.take(query.limit as usize).collect())
    });
    mock.expect_privileged_readings()
        .returning(|_, _, _| Ok(Vec::new()));
    mock
}

pub fn admin(state: &Shared) -> MockStoreAdmin {
    let mut mock = MockStoreAdmin::new();
    let state = Arc::clone(state);
    mock.expect_readiness().returning(move || {
        let not_ready = state.lock().unwrap().not_ready;
        not_ready.map_or(Ok(()), |error| Err(error()))
    });
    mock
}
