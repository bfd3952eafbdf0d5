//! Units of work that change the stage when they are committed.

use std::sync::Arc;

use parlor_domain::{audit::AuditEntries, message::AnswerStatus};
use tokio::time::Instant;

use super::stage::Stage;
use crate::{
    ports::{
        ConversationCopy, MockUnitOfWorkFactory, StoreError, UnitOfWork, UnitOfWorkFactory, UserRef,
    },
    testing::{CopyInOneUnit, MockUnitOfWork, set_status},
};

impl Stage {
    pub fn units(&self) -> Arc<dyn UnitOfWorkFactory> {
        let mut units = MockUnitOfWorkFactory::new();
        let stage = self.clone();
        units.expect_begin().returning(move |organization_id| {
            stage.call("begin", |scene| {
                assert!(scene.open.is_none(), "two transactions at a time");
                scene.open = Some((organization_id, scene.stored.clone()));
            })?;
            Ok(Box::new(stage.unit_of_work()) as Box<dyn UnitOfWork>)
        });
        let stage = self.clone();
        units.expect_begin_on().returning(move |_, key| {
            stage.call("begin_on", |scene| {
                assert!(scene.open.is_none(), "two transactions at a time");
                scene.open = Some((key.organization_id, scene.stored.clone()));
                scene.begun_on = Some(key.conversation_id);
            })?;
            Ok(Box::new(stage.unit_of_work()) as Box<dyn UnitOfWork>)
        });
        let stage = self.clone();
        units.expect_begin_deletion().returning(move |_, key| {
            stage.call("begin_deletion", |scene| {
                assert!(scene.open.is_none(), "two transactions at a time");
                scene.open = Some((key.organization_id, scene.stored.clone()));
                scene.begun_on = Some(key.conversation_id);
            })?;
            Ok(Box::new(stage.unit_of_work()) as Box<dyn UnitOfWork>)
        });
        let stage = self.clone();
        units.expect_begin_copy().returning(move |original, copy| {
            stage.call("begin_copy", |scene| {
                assert!(scene.open.is_none(), "two transactions at a time");
                scene.open = Some((copy.organization_id, scene.stored.clone()));
                scene.begun_on = Some(original);
            })?;
            let copy = CopyInOneUnit::new(Box::new(stage.unit_of_work()), original, copy.clone());
            Ok(Box::new(copy) as Box<dyn ConversationCopy>)
        });
        Arc::new(units)
    }

    fn unit_of_work(&self) -> MockUnitOfWork {
        let mut unit = MockUnitOfWork::default();
        self.lend_directory(&mut unit);
        self.lend_conversations(&mut unit);
        self.lend_messages(&mut unit);
        self.lend_keys(&mut unit);
        self.lend_sessions(&mut unit);
        let stage = self.clone();
        unit.opening = Some(Box::new(move |user_id, id| {
            stage.call("open", |scene| scene.opening(user_id, id))
        }));
        let stage = self.clone();
        unit.ending = Some(Box::new(move |audit| stage.end(audit)));
        unit
    }

    fn end(&self, audit: Option<AuditEntries>) -> Result<(), StoreError> {
        let open = self.scene().open.take();
        self.scene().begun_on = None;
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
        unit.directory
            .expect_find_member()
            .returning(move |id| stage.call("find_member", |scene| scene.member(id).cloned()));
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
        unit.messages
            .expect_find_many()
            .returning(move |within, ids| {
                stage.call("find_messages", |scene| {
                    let messages = scene.unit().messages.iter();
                    messages
                        .filter(|it| it.conversation_id == within && ids.contains(&it.id))
                        .cloned()
                        .collect()
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
                for message in messages {
                    let stored = &mut scene.unit().messages;
                    let is_there = |id| stored.iter().any(|message| message.id == id);
                    if !message.parent_id.is_none_or(is_there) {
                        return Err(StoreError::Other("it follows nothing".into()));
                    }
                    stored.push(message.clone());
                    scene.signs.insert(message.id, Instant::now());
                }
                Ok(())
            })?
        });
        let stage = self.clone();
        unit.messages.expect_stop().returning(move |within, id| {
            stage.call("stop_message", |scene| {
                let mut messages = scene.unit().messages.iter_mut();
                let written = messages.find(|message| {
                    let found = message.id == id && message.conversation_id == within;
                    found && message.status().is_writing()
                });
                written
                    .map(|answer| set_status(answer, AnswerStatus::Stopped))
                    .is_some()
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

    fn lend_sessions(&self, unit: &mut MockUnitOfWork) {
        let stage = self.clone();
        unit.sessions.expect_insert().returning(move |session| {
            stage.call("insert_session", |scene| {
                scene.unit().sessions.push(session.clone());
            })
        });
        let stage = self.clone();
        unit.sessions.expect_end_all().returning(move |user_id| {
            stage.call("end_sessions", |scene| {
                let sessions = &mut scene.unit().sessions;
                let before = sessions.len();
                sessions.retain(|session| session.user_id != user_id);
                (before - sessions.len()) as u64
            })
        });
    }
}
