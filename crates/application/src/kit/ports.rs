//! Mocks of the ports that answer from the stage.

use std::sync::Arc;

use parlor_domain::{
    audit::{AuditEntries, AuditEntry},
    message::AnswerStatus,
};

use super::{
    people::group_name,
    samples::now,
    stage::{Stage, message_mut, set_status, set_usage},
};
use crate::{
    access_gate::AccessGate,
    ports::{
        AnswerJournal, AuditRecorder, Clock, ConversationReader, Directory, GroupRef, IdGenerator,
        JournalOutcome, MessageNode, MessagePath, MessageReader, MockAnswerJournal,
        MockAuditRecorder, MockClock, MockConversationReader, MockDirectory, MockIdGenerator,
        MockMessageReader, MockUnitOfWorkFactory, Sharing, StoreError, UnitOfWork,
        UnitOfWorkFactory, UserRef,
    },
    testing::MockUnitOfWork,
};

impl Stage {
    /// The gate on these ports.
    pub fn gate(&self) -> Arc<AccessGate> {
        Arc::new(AccessGate {
            reader: self.reader(),
            units: self.units(),
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
        reader.expect_list().returning(move |principal, query| {
            stage.call("list", |scene| {
                scene.queries.push(query.clone());
                let mut visible = scene.visible(principal);
                visible.truncate(query.limit as usize);
                visible
            })
        });
        let stage = self.clone();
        reader
            .expect_sharing()
            .returning(move |organization_id, id| {
                stage.call("read_sharing", |scene| {
                    let found = scene.stored.conversations.get(&id)?;
                    (found.organization_id == organization_id).then(|| Sharing {
                        privacy: found.privacy.clone(),
                        groups: found
                            .privacy
                            .grants()
                            .into_iter()
                            .flat_map(|grants| grants.groups().keys())
                            .map(|&id| GroupRef {
                                id,
                                name: group_name(id).to_owned(),
                            })
                            .collect(),
                        version: found.version,
                    })
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
        reader
            .expect_path()
            .returning(move |key, leaf, from_depth, limit| {
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
                    let found = !messages.is_empty();
                    messages.retain(|view| view.message.depth >= from_depth);
                    messages.truncate(limit as usize);
                    found.then_some(MessagePath {
                        leaf: Some(leaf),
                        messages,
                    })
                })
            });
        let stage = self.clone();
        reader.expect_tree().returning(move |key, after, limit| {
            stage.call("read_tree", |scene| {
                let views = scene.messages(key).into_iter();
                views
                    .map(|view| view.message)
                    .filter(|message| message.position > after)
                    .take(limit as usize)
                    .map(|message| MessageNode {
                        id: message.id,
                        parent_id: message.parent_id,
                        role: message.role(),
                        author_id: message.author_id(),
                        created_at: message.created_at,
                        preview: message.content.as_str().to_owned(),
                        position: message.position,
                    })
                    .collect()
            })
        });
        let stage = self.clone();
        reader
            .expect_all()
            .returning(move |key| stage.call("read_all", |scene| scene.messages(key)));
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
        journal.expect_grow().returning(move |key, id, content| {
            stage.call("grow", |scene| {
                let Some(answer) = scene.growing(key, id) else {
                    return JournalOutcome::NoLongerWriting;
                };
                answer.content = content.clone();
                JournalOutcome::Written
            })
        });
        let stage = self.clone();
        journal.expect_finish().returning(move |key, id, ending| {
            stage.call("finish", |scene| {
                let Some(answer) = scene.growing(key, id) else {
                    return JournalOutcome::NoLongerWriting;
                };
                answer.content = ending.content.clone();
                set_status(answer, ending.status);
                set_usage(answer, ending.usage);
                JournalOutcome::Written
            })
        });
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
        let stage = self.clone();
        recorder
            .expect_record()
            .returning(move |entry: &AuditEntry| {
                stage.call("record", |scene| {
                    assert!(scene.open.is_none(), "recorded while a transaction is open");
                    scene.recorded.push(entry.clone());
                })
            });
        Arc::new(recorder)
    }

    fn units(&self) -> Arc<dyn UnitOfWorkFactory> {
        let mut units = MockUnitOfWorkFactory::new();
        let stage = self.clone();
        units.expect_begin().returning(move |organization_id| {
            stage.call("begin", |scene| {
                assert!(scene.open.is_none(), "two transactions at a time");
                scene.open = Some((organization_id, scene.stored.clone()));
            })?;
            Ok(Box::new(stage.unit_of_work()) as Box<dyn UnitOfWork>)
        });
        Arc::new(units)
    }

    fn unit_of_work(&self) -> MockUnitOfWork {
        let mut unit = MockUnitOfWork::default();
        self.lend_directory(&mut unit);
        self.lend_conversations(&mut unit);
        self.lend_messages(&mut unit);
        self.lend_keys(&mut unit);
        let stage = self.clone();
        unit.ending = Some(Box::new(move |audit| stage.end(audit)));
        unit
    }

    fn end(&self, audit: Option<AuditEntries>) -> Result<(), StoreError> {
        let open = self.scene().open.take();
        let Some(audit) = audit else {
            return self.call("roll_back", |_| ());
        };
        self.call("commit", |scene| {
            scene.stored = open.unwrap().1;
            scene.committed.extend(audit.iter().cloned());
        })
    }

    fn lend_directory(&self, unit: &mut MockUnitOfWork) {
        let stage = self.clone();
        unit.directory.expect_find_principal().returning(move |id| {
            stage.call("find_principal", |scene| {
                scene.member(id).map(|member| member.principal.clone())
            })
        });
        let stage = self.clone();
        unit.directory.expect_find_user().returning(move |id| {
            stage.call("find_user", |scene| {
                scene.member(id).map(|member| UserRef {
                    id,
                    name: member.name.clone(),
                })
            })
        });
        let stage = self.clone();
        unit.directory
            .expect_unknown_groups()
            .returning(move |ids| stage.call("unknown_groups", |scene| scene.unknown_groups(ids)));
        let stage = self.clone();
        unit.directory
            .expect_settings()
            .returning(move || stage.call("settings", |scene| scene.unit().settings));
        let stage = self.clone();
        unit.directory
            .expect_save_settings()
            .returning(move |settings| {
                stage.call("save_settings", |scene| scene.unit().settings = settings)
            });
    }

    fn lend_conversations(&self, unit: &mut MockUnitOfWork) {
        let stage = self.clone();
        unit.conversations
            .expect_find_for_update()
            .returning(move |id| stage.call("find_for_update", |scene| scene.locked(id)));
        let stage = self.clone();
        unit.conversations
            .expect_insert()
            .returning(move |conversation| {
                stage.call("insert", |scene| {
                    let rows = &mut scene.unit().conversations;
                    let row = rows.insert(conversation.id, conversation.clone());
                    assert_eq!(row, None, "inserted over another");
                })
            });
        let stage = self.clone();
        unit.conversations
            .expect_update()
            .returning(move |conversation| {
                stage.call("update", |scene| {
                    let rows = &mut scene.unit().conversations;
                    let row = rows.insert(conversation.id, conversation.clone());
                    assert_ne!(row, None, "updated what is not there");
                })
            });
        let stage = self.clone();
        unit.conversations.expect_delete().returning(move |id| {
            stage.call("delete", |scene| {
                scene.unit().conversations.remove(&id);
                let messages = &mut scene.unit().messages;
                messages.retain(|message| message.conversation_id != id);
            })
        });
    }

    fn lend_messages(&self, unit: &mut MockUnitOfWork) {
        let stage = self.clone();
        unit.messages.expect_find().returning(move |within, id| {
            stage.call("find_message", |scene| {
                let mut messages = scene.unit().messages.iter();
                let found =
                    messages.find(|message| message.id == id && message.conversation_id == within);
                found.cloned()
            })
        });
        let stage = self.clone();
        unit.messages.expect_find_newest().returning(move |within| {
            stage.call("find_newest", |scene| {
                let messages = scene.unit().messages.iter();
                let mut newest_first = messages.rev();
                let found = newest_first.find(|message| message.conversation_id == within);
                found.cloned()
            })
        });
        let stage = self.clone();
        unit.messages.expect_all().returning(move |within| {
            stage.call("all_messages", |scene| {
                let messages = scene.unit().messages.iter();
                messages
                    .filter(|message| message.conversation_id == within)
                    .cloned()
                    .collect()
            })
        });
        let stage = self.clone();
        unit.messages.expect_insert().returning(move |messages| {
            stage.call("insert_messages", |scene| {
                scene.unit().messages.extend_from_slice(messages);
            })
        });
        let stage = self.clone();
        unit.messages.expect_stop().returning(move |_, id| {
            stage.call("stop_message", |scene| {
                let message = message_mut(scene.unit(), id);
                let writing = message.status().is_writing();
                if writing {
                    set_status(message, AnswerStatus::Stopped);
                }
                writing
            })
        });
    }

    fn lend_keys(&self, unit: &mut MockUnitOfWork) {
        let stage = self.clone();
        unit.idempotency
            .expect_find()
            .returning(move |user_id, key, not_before| {
                stage.call("find_key", |scene| {
                    let mut keys = scene.unit().keys.iter();
                    let found = keys.find(|kept| {
                        kept.user_id == user_id && kept.key == key && kept.created_at >= not_before
                    });
                    found.cloned()
                })
            });
        let stage = self.clone();
        unit.idempotency.expect_save().returning(move |record| {
            stage.call("save_key", |scene| scene.unit().keys.push(record.clone()))
        });
    }
}

/// A clock that always shows [`now`].
pub fn clock() -> Arc<dyn Clock> {
    let mut clock = MockClock::new();
    clock.expect_now().returning(now);
    Arc::new(clock)
}
