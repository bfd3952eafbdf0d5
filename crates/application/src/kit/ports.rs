//! Mocks of the ports that answer from the stage.

use std::{num::NonZeroU32, sync::Arc};

use parlor_domain::{audit::AuditEntry, ids::MessageId, message::Message};

use super::{
    messages::{set_status, set_text, set_usage},
    people::group_name,
    samples::now,
    stage::Stage,
};
use crate::{
    access_gate::AccessGate,
    messages::PromptLimit,
    ports::{
        Allowance, AnswerJournal, AuditRecorder, AuthoredMessage, Clock, ConversationReader,
        Directory, GroupRef, IdGenerator, JournalOutcome, Keep, MessageNode, MessageOutline,
        MessagePath, MessageReader, MessageView, MockAnswerJournal, MockAuditRecorder, MockClock,
        MockConversationReader, MockDirectory, MockIdGenerator, MockMessageReader,
        MockPromptAllowance, PathPart, SearchHit, SearchPage, SearchText, Sharing,
    },
};

/// How often everybody may prompt in a minute.
pub const PER_MINUTE: NonZeroU32 = NonZeroU32::MIN.saturating_add(2);

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
                scene.queries.push(query.clone());
                let mut visible = scene.visible(principal);
                visible.truncate(query.limit as usize);
                visible
            })
        });
        let stage = self.clone();
        reader.expect_search().returning(move |principal, query| {
            stage.call("search", |scene| {
                scene.searches.push(query.clone());
                let hits = scene.visible(principal).into_iter().map(|summary| {
                    let mut messages = scene.stored.messages.iter();
                    let first = messages.find(|it| it.conversation_id == summary.id);
                    SearchHit {
                        position: first.map(|message| message.position),
                        summary,
                    }
                });
                SearchPage {
                    hits: hits.take(query.list.limit as usize).collect(),
                    next: None,
                }
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
            .returning(move |key, leaf, part, at_least| {
                stage.call("read_path", |scene| {
                    scene.positions.push(at_least);
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
        let stage = self.clone();
        reader
            .expect_newest_below()
            .returning(move |key, id, at_least| {
                stage.call("newest_below", |scene| {
                    scene.positions.push(at_least);
                    let views = scene.messages(key);
                    let mut newest = None;
                    for MessageView { message, .. } in &views {
                        if message.id == id || is_below(&views, message, id) {
                            newest = Some(message.id);
                        }
                    }
                    newest
                })
            });
        let stage = self.clone();
        reader
            .expect_tree()
            .returning(move |key, after, limit, at_least| {
                stage.call("read_tree", |scene| {
                    scene.positions.push(at_least);
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
        self.expect_texts(&mut reader);
        Arc::new(reader)
    }

    /// What a search shows, and an export.
    fn expect_texts(&self, reader: &mut MockMessageReader) {
        let stage = self.clone();
        reader.expect_search_texts().returning(move |_, query| {
            stage.call("search_texts", |scene| {
                let mut texts = Vec::new();
                for (id, position) in &query.places {
                    let within = |message: &&Message| {
                        message.conversation_id == *id && message.position >= *position
                    };
                    let messages = scene.stored.messages.iter().filter(within);
                    texts.extend(
                        messages
                            .take(query.texts as usize)
                            .map(|message| SearchText {
                                conversation_id: *id,
                                message_id: message.id,
                                content: message.content.as_str().to_owned(),
                                is_cut: false,
                            }),
                    );
                }
                texts
            })
        });
        let stage = self.clone();
        reader.expect_outline().returning(move |key, at_least| {
            stage.call("read_outline", |scene| {
                scene.positions.push(at_least);
                let views = scene.messages(key).into_iter();
                views
                    .map(|view| MessageOutline::of(&view.message))
                    .collect()
            })
        });
        let stage = self.clone();
        reader
            .expect_span()
            .returning(move |key, first, last, at_least| {
                stage.call("read_span", |scene| {
                    scene.positions.push(at_least);
                    let views = scene.messages(key).into_iter();
                    views
                        .filter(|view| (first..=last).contains(&view.message.position))
                        .map(
                            |MessageView {
                                 message, author, ..
                             }| AuthoredMessage { message, author },
                        )
                        .collect()
                })
            });
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

    /// Within which everybody may prompt until [`Stage::exhaust`].
    pub fn limit(&self) -> PromptLimit {
        let mut allowance = MockPromptAllowance::new();
        let stage = self.clone();
        allowance.expect_take().returning(move |_, per_minute| {
            assert_eq!(per_minute, PER_MINUTE);
            stage.call("take", |scene| match scene.exhausted {
                None => Allowance::Taken,
                Some(retry_after) => Allowance::Exhausted { retry_after },
            })
        });
        PromptLimit {
            allowance: Arc::new(allowance),
            per_minute: PER_MINUTE,
        }
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
                    assert!(scene.open.is_none(), "recorded while a transaction is open");
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

/// Whether the path to a message leads through this one.
fn is_below(views: &[MessageView], message: &Message, id: MessageId) -> bool {
    let parent = |message: &Message| {
        let mut messages = views.iter().map(|view| &view.message);
        messages.find(|other| message.parent_id == Some(other.id))
    };
    std::iter::successors(parent(message), |above| parent(above)).any(|above| above.id == id)
}

/// A clock that always shows [`now`].
pub fn clock() -> Arc<dyn Clock> {
    let mut clock = MockClock::new();
    clock.expect_now().returning(now);
    Arc::new(clock)
}
