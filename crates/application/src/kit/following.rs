//! What happens on the stage, for those who follow it.

use std::sync::{Arc, Mutex};

use parlor_domain::ids::{ConversationId, MessageId};

use super::stage::{Scene, Stage};
use crate::{
    changes::ChangeBoard,
    ports::{
        ConversationKey, EventReader, FoundConversation, Identity, Look, MockEventReader,
        StoredEvent, StoredEventKind,
    },
    testing::{ACME, CONVERSATION},
};

/// One event of the sample conversation.
#[derive(Debug, Clone, Copy)]
pub enum Happened {
    Created(MessageId),
    Ended(MessageId),
    Changed,
}

/// Where a test says what happens.
#[derive(Clone)]
pub struct Happenings {
    pub board: Arc<ChangeBoard>,
    events: Arc<Mutex<Vec<Happened>>>,
}

impl Happenings {
    pub fn none() -> Self {
        Self {
            board: ChangeBoard::new(),
            events: Arc::default(),
        }
    }

    /// It happens in the sample conversation, and nobody is told.
    pub fn happen(&self, happened: Happened) {
        self.events.lock().unwrap().push(happened);
    }

    /// Those who follow the sample conversation, or its organization's list, look again.
    pub fn hint(&self) {
        self.hint_at(CONVERSATION);
    }

    pub fn hint_at(&self, conversation_id: ConversationId) {
        self.board.tell(ConversationKey {
            organization_id: ACME,
            conversation_id,
        });
    }

    /// It happens, and they look again.
    pub fn tell(&self, happened: Happened) {
        self.happen(happened);
        self.hint();
    }

    fn numbered(&self) -> Vec<(u64, Happened)> {
        (1..)
            .zip(self.events.lock().unwrap().iter().copied())
            .collect()
    }
}

impl Stage {
    /// Reads what happens from these tables.
    pub fn events(&self, happenings: &Happenings) -> Arc<dyn EventReader> {
        let mut reader = MockEventReader::new();
        let (stage, events) = (self.clone(), happenings.clone());
        reader.expect_look().returning(move |identity, id| {
            let last_event = events.numbered().len() as u64;
            stage.call("look", |scene| look(scene, identity, id, last_event))
        });
        let (stage, events) = (self.clone(), happenings.clone());
        reader.expect_after().returning(move |key, after, limit| {
            let numbered = events.numbered();
            stage.call("read_events", |scene| {
                let views = scene.messages(key);
                let view = |id: MessageId| {
                    let mut views = views.iter();
                    views.find(|view| view.message.id == id).unwrap().clone()
                };
                let stored = |(number, happened)| StoredEvent {
                    number,
                    kind: match happened {
                        Happened::Created(id) => StoredEventKind::Created(view(id)),
                        Happened::Ended(id) => StoredEventKind::Ended(view(id)),
                        Happened::Changed => StoredEventKind::Changed,
                    },
                };
                let is_there = scene
                    .stored
                    .conversations
                    .contains_key(&key.conversation_id);
                let later = numbered.into_iter().filter(|(number, _)| *number > after);
                let later = later.take(if is_there { limit as usize } else { 0 });
                later.map(stored).collect()
            })
        });
        let stage = self.clone();
        reader.expect_writing().returning(move |key| {
            stage.call("read_writing", |scene| {
                let views = scene.messages(key).into_iter();
                views
                    .filter(|view| view.message.status().is_writing())
                    .collect()
            })
        });
        let stage = self.clone();
        reader.expect_find_all().returning(move |principal, ids| {
            stage.call("find_all", |scene| {
                let found = ids.iter().filter_map(|id| scene.summary(principal, *id));
                found.collect()
            })
        });
        Arc::new(reader)
    }
}

fn look(scene: &Scene, identity: Identity, id: ConversationId, last_event: u64) -> Option<Look> {
    let principal = scene.identified(identity)?.principal;
    let met = scene.summary(&principal, id);
    let found = met.map(|met| FoundConversation {
        conversation: scene.stored.conversations[&id].clone(),
        owner: met.owner,
        forked_from: None,
    });
    Some(Look {
        principal,
        last_event: if found.is_some() { last_event } else { 0 },
        found,
    })
}
