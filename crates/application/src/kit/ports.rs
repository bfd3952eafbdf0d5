//! Mocks of the ports that answer from the stage.

use std::sync::Arc;

use parlor_domain::audit::AuditEntry;

use super::stage::Stage;
use crate::{
    access_gate::AccessGate,
    ports::{
        AnswerJournal, AuditRecorder, ConversationReader, Directory, IdGenerator, JournalOutcome,
        Keep, MessagePath, MessageReader, MessageView, MockAnswerJournal, MockAuditRecorder,
        MockConversationReader, MockDirectory, MockIdGenerator, MockMessageReader,
        MockUnitOfWorkFactory, PathPart,
    },
    testing::{clock, set_status, set_text, set_usage},
};

impl Stage {
    /// The gate on these ports.
    pub fn gate(&self) -> Arc<AccessGate> {
        Arc::new(AccessGate {
            reader: self.reader(),
            // Nothing on the stage begins a unit of work.
            units: Arc::new(MockUnitOfWorkFactory::new()),
            recorder: self.recorder(),
            clock: clock(),
            ids: self.ids(),
        })
    }

    pub fn reader(&self) -> Arc<dyn ConversationReader> {
        let mut reader = MockConversationReader::new();
        let stage = self.clone();
        reader.expect_find().returning(move |principal, id| {
            stage.call("read", |scene| scene.summary(principal, id))
        });
        let stage = self.clone();
        reader
            .expect_find_with_member()
            .returning(move |identity, id| {
                stage.call("read_with_member", |scene| {
                    let member = scene.identified(identity)?;
                    let summary = scene.summary(&member.principal, id);
                    Some((member, summary))
                })
            });
        let stage = self.clone();
        reader.expect_list().returning(move |principal, query| {
            stage.call("list", |scene| {
                let mut visible = scene.visible(principal);
                visible.truncate(query.limit as usize);
                visible
            })
        });
        Arc::new(reader)
    }

    pub fn messages(&self) -> Arc<dyn MessageReader> {
        let mut reader = MockMessageReader::new();
        let stage = self.clone();
        reader.expect_find().returning(move |key, id| {
            stage.call("read_message", |scene| {
                let mut views = scene.messages(key).into_iter();
                views.find(|view| view.message.id == id)
            })
        });
        let stage = self.clone();
        reader.expect_path().returning(move |key, leaf, part, _| {
            stage.call("read_path", |scene| {
                let views = scene.messages(key);
                let newest = views.last().map(|view| view.message.id);
                let Some(leaf) = leaf.or(newest) else {
                    return Some(MessagePath::default());
                };
                let by_id = |id| views.iter().find(|view| view.message.id == id);
                let upwards = std::iter::successors(by_id(leaf), |view| {
                    view.message.parent_id.and_then(by_id)
                });
                let mut messages: Vec<_> = upwards.cloned().collect();
                messages.reverse();
                let leaf_depth = messages.last()?.message.depth;
                messages.retain(|view| view.message.depth >= part.from_depth);
                messages.truncate(part.limit as usize);
                cut_to_bytes(&mut messages, part);
                Some(MessagePath {
                    leaf: Some(leaf),
                    leaf_depth,
                    messages,
                })
            })
        });
        Arc::new(reader)
    }

    pub fn directory(&self) -> Arc<dyn Directory> {
        let mut directory = MockDirectory::new();
        let stage = self.clone();
        directory.expect_find_member().returning(move |identity| {
            stage.call("find_member", |scene| scene.identified(identity))
        });
        Arc::new(directory)
    }

    pub fn journal(&self) -> Arc<dyn AnswerJournal> {
        let mut journal = MockAnswerJournal::new();
        let stage = self.clone();
        journal.expect_grow().returning(move |key, id, text| {
            stage.call("grow", |scene| {
                let Some(answer) = scene.growing(key, id) else {
                    return JournalOutcome::NoLongerWriting;
                };
                set_text(answer, text);
                JournalOutcome::Written
            })
        });
        let stage = self.clone();
        journal.expect_finish().returning(move |key, id, ending| {
            stage.call("finish", |scene| {
                let Some(answer) = scene.growing(key, id) else {
                    return JournalOutcome::NoLongerWriting;
                };
                set_text(answer, &ending.text);
                set_status(answer, ending.status);
                set_usage(answer, ending.usage);
                JournalOutcome::Written
            })
        });
        let stage = self.clone();
        journal.expect_keep_writing().returning(move |key, id| {
            stage.call("keep_writing", |scene| match scene.growing(key, id) {
                Some(_) => JournalOutcome::Written,
                None => JournalOutcome::NoLongerWriting,
            })
        });
        let stage = self.clone();
        journal
            .expect_interrupt_abandoned()
            .returning(move |silence| stage.call("interrupt", |scene| scene.interrupt(silence)));
        Arc::new(journal)
    }

    fn ids(&self) -> Arc<dyn IdGenerator> {
        let mut ids = MockIdGenerator::new();
        let stage = self.clone();
        ids.expect_next().returning(move || stage.next_id());
        Arc::new(ids)
    }

    fn recorder(&self) -> Arc<dyn AuditRecorder> {
        let mut recorder = MockAuditRecorder::new();
        let record = |name| {
            let stage = self.clone();
            move |entry: &AuditEntry| {
                stage.call(name, |scene| {
                    scene.recorded.push(entry.clone());
                })
            }
        };
        recorder.expect_record().returning(record("record"));
        recorder
            .expect_record_denial()
            .returning(record("record_denial"));
        Arc::new(recorder)
    }
}

/// Keeps what there is room for, but at least one.
fn cut_to_bytes(messages: &mut Vec<MessageView>, part: PathPart) {
    let mut bytes = 0;
    let mut fits = |view: &MessageView| {
        let before = bytes;
        bytes += view.message.bytes();
        before < part.max_bytes as usize
    };
    match part.keep {
        Keep::Oldest => messages.retain(fits),
        Keep::Newest => {
            let kept = messages.iter().rev().filter(|view| fits(view)).count();
            messages.drain(..messages.len() - kept);
        }
    }
}
