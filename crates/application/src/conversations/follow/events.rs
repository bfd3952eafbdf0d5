//! What one follower is told of a conversation.

mod growth;

use std::{collections::VecDeque, pin::pin, sync::Arc, time::Duration};

use futures::future::select_all;
use parlor_domain::{access::Action, ids::MessageId};
use tokio::time::{Instant, sleep_until};

use super::{
    ConversationEvent, ConversationEventKind, EventNumber,
    event::{differs, ended},
};
use crate::{
    access_gate::{AccessGate, ConversationView, FollowedReading, Viewpoint},
    answering::{AnswerDesk, Growth},
    caller::Caller,
    changes::ConversationHints,
    ports::{
        ConversationKey, EventReader, Look, MessageView, StoreError, StoredEvent, StoredEventKind,
    },
};

/// How many stored events are read together.
const PAGE: u32 = 20;

/// The events of one conversation for one follower.
///
/// Nothing is handed over but under a look at the follower's access that began after it was read, and that is not older than the
/// recheck time. So nothing is handed over that was stored after a revocation, and a revocation ends this within that time.
/// Before something is handed over to a follower who sees it by privilege alone, that is recorded.
pub struct ConversationEvents {
    reading: FollowedReading,
    reader: Arc<dyn EventReader>,
    desk: Arc<AnswerDesk>,
    key: ConversationKey,
    hints: ConversationHints,
    /// The last stored event that was read, and how much was numbered since.
    seen: u64,
    step: u64,
    /// When the access was looked at last, and when the stored events were read last.
    looked: Option<Instant>,
    read: Option<Instant>,
    /// Whether a hint was taken whose events are not read yet.
    is_hinted: bool,
    /// Whether there are more stored events than were read.
    is_behind: bool,
    state: State,
    /// The conversation as it was told last.
    told: Box<ConversationView>,
    /// Whether it was told so before the event of the change was read: a look comes after the reading of the events.
    is_told_ahead: bool,
    ready: VecDeque<ConversationEvent>,
    growing: Vec<(MessageId, Growth)>,
}

/// How far the following has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// The answers that were being written when it began are not told yet.
    Joining,
    Joined,
    Ended,
}

impl ConversationEvents {
    pub(super) fn new(
        gate: Arc<AccessGate>,
        reader: Arc<dyn EventReader>,
        desk: Arc<AnswerDesk>,
        caller: &Caller,
        hints: ConversationHints,
        view: ConversationView,
        after: EventNumber,
    ) -> Self {
        Self {
            reading: FollowedReading::new(gate, caller, &view.access),
            reader,
            desk,
            key: caller.key_of(view.summary.id),
            hints,
            seen: after.stored(),
            step: after.step(),
            looked: None,
            read: None,
            is_hinted: false,
            is_behind: false,
            state: State::Joining,
            told: Box::new(view),
            is_told_ahead: false,
            ready: VecDeque::new(),
            growing: Vec::new(),
        }
    }

    /// The conversation as it was told last; before that, as it was when the following began.
    pub fn conversation(&self) -> &ConversationView {
        &self.told
    }

    /// The next event; `None` after the last one. Nothing is lost where the waiting is given up.
    pub async fn next(&mut self) -> Result<Option<ConversationEvent>, StoreError> {
        loop {
            // What a look shows is handed over at once, however long the look took.
            if self.state != State::Ended && self.has_to_look() {
                self.look().await?;
            }
            if let Some(event) = self.take_ready().await? {
                return Ok(Some(event));
            }
            if self.state == State::Ended {
                return Ok(None);
            }
            if !self.has_to_look() {
                self.wait().await;
            }
        }
    }

    /// The event that waits first, once its reading is recorded; it goes on waiting where that fails.
    async fn take_ready(&mut self) -> Result<Option<ConversationEvent>, StoreError> {
        if self.ready.is_empty() {
            return Ok(None);
        }
        // The last event of all says that there is nothing to read any more.
        if self.state != State::Ended {
            let ConversationView { summary, access } = &*self.told;
            let reading = &mut self.reading;
            reading.record(summary.id, summary.version, access).await?;
        }
        let event = self.ready.pop_front();
        if self.ready.is_empty() {
            // Thousands of followers wait with nothing in it.
            self.ready = VecDeque::new();
        }
        Ok(event)
    }

    fn has_to_look(&self) -> bool {
        let Some(looked) = self.looked else {
            return true;
        };
        let is_old = || looked.elapsed() >= self.desk.recheck();
        let has_grown = || self.growing.iter().any(|(_, growth)| growth.has_changed());
        self.has_to_read()
            || if self.ready.is_empty() {
                has_grown()
            } else {
                is_old()
            }
    }

    /// Whether there may be stored events to read, besides what grows.
    fn has_to_read(&self) -> bool {
        let Some(read) = self.read else {
            return true;
        };
        self.is_hinted
            || self.hints.is_told()
            || read.elapsed() >= self.patience()
            || (self.is_behind && self.ready.is_empty())
    }

    /// After how long stored events are read without a hint.
    fn patience(&self) -> Duration {
        if self.growing.iter().any(|(_, growth)| growth.has_ended()) {
            // How it ended is about to be stored.
            self.desk.recheck()
        } else {
            self.hints.patience()
        }
    }

    /// Until there is a hint, an answer grows, or it is time to look.
    async fn wait(&mut self) {
        let read = self.read.unwrap_or_else(Instant::now);
        let due = sleep_until(read + self.patience());
        let told = pin!(self.hints.told());
        if self.growing.is_empty() {
            tokio::select! {
                () = told => {}
                () = due => {}
            }
        } else {
            let grown = self.growing.iter_mut();
            let grown = select_all(grown.map(|(_, growth)| Box::pin(growth.changed())));
            tokio::select! {
                () = told => {}
                () = due => {}
                _ = grown => {}
            }
        }
    }

    /// Reads what happened, and then whether it may be told.
    async fn look(&mut self) -> Result<(), StoreError> {
        let now = Instant::now();
        let reads = self.has_to_read();
        self.is_hinted |= self.hints.take();
        let stored = if reads {
            self.read_stored().await?
        } else {
            None
        };
        let is_behind = if reads {
            stored
                .as_ref()
                .is_none_or(|events| events.len() >= PAGE as usize)
        } else {
            self.is_behind
        };
        let writing = if is_behind || self.state != State::Joining {
            None
        } else {
            Some(self.reader.writing(self.key).await?)
        };
        let grown = self.read_growth().await?;
        let user_id = self.reading.caller().user_id();
        let look = self.desk.access().check(self.key, user_id).await?;
        let Some(view) = self.permitted(look) else {
            return Ok(());
        };
        self.looked = Some(now);
        if reads {
            self.read = Some(now);
            self.is_hinted = false;
        }
        self.is_behind = is_behind;
        self.tell(view, stored.unwrap_or_default());
        if let Some(answers) = writing {
            self.join(answers);
        }
        for (id, grown) in grown {
            self.tell_growth(id, grown);
        }
        Ok(())
    }

    /// The stored events that come next; `None` while enough is waiting to be handed over.
    async fn read_stored(&self) -> Result<Option<Vec<StoredEvent>>, StoreError> {
        if self.ready.len() >= PAGE as usize {
            return Ok(None);
        }
        let read = self.reader.after(self.key, self.seen, PAGE);
        read.await.map(Some)
    }

    /// The conversation as the follower may see it now. Ends the following where it may not.
    fn permitted(&mut self, look: Option<Look>) -> Option<ConversationView> {
        let Some(Look {
            principal, found, ..
        }) = look
        else {
            self.end(ConversationEventKind::AccessRevoked);
            return None;
        };
        let Some(found) = found else {
            self.end(ConversationEventKind::ConversationDeleted);
            return None;
        };
        let viewpoint = Viewpoint {
            principal,
            owner: found.owner,
            forked_from: found.forked_from,
        };
        let view = viewpoint.view(found.conversation);
        if !view.access.allows(Action::Read) {
            self.end(ConversationEventKind::AccessRevoked);
            return None;
        }
        Some(view)
    }

    /// Lets these events wait for being handed over.
    fn tell(&mut self, view: ConversationView, stored: Vec<StoredEvent>) {
        let is_change = |event: &StoredEvent| event.kind == StoredEventKind::Changed;
        let last_change = stored.iter().rev().find(|event| is_change(event));
        let last_change = last_change.map(|event| event.number);
        let differs = differs(&self.told, &view);
        let has_changed = differs || (last_change.is_some() && !self.is_told_ahead);
        self.is_told_ahead = last_change.is_none() && (differs || self.is_told_ahead);
        if has_changed {
            *self.told = view;
        }
        for StoredEvent { number, kind } in stored {
            match kind {
                StoredEventKind::Created(message) => {
                    self.reach(number);
                    self.follow_growth(&message);
                    self.ready.push_back(ConversationEvent {
                        number: EventNumber::new(number, 0),
                        kind: ConversationEventKind::MessageCreated(message),
                    });
                }
                StoredEventKind::Ended(message) => {
                    self.tell_rest(&message);
                    self.reach(number);
                    self.ready.push_back(ConversationEvent {
                        number: EventNumber::new(number, 0),
                        kind: ended(message),
                    });
                }
                // All of them are one: the conversation is told as it is now.
                StoredEventKind::Changed => {
                    self.reach(number);
                    if has_changed && last_change == Some(number) {
                        let kind = ConversationEventKind::ConversationChanged(self.told.clone());
                        let number = EventNumber::new(number, 0);
                        self.ready.push_back(ConversationEvent { number, kind });
                    }
                }
            }
        }
        if has_changed && last_change.is_none() {
            let event = ConversationEventKind::ConversationChanged(self.told.clone());
            self.push(event);
        }
    }

    /// Tells of the answers that are being written, as far as nothing was told of them.
    fn join(&mut self, answers: Vec<MessageView>) {
        self.state = State::Joined;
        for answer in answers {
            let id = answer.message.id;
            if self.growing.iter().all(|(followed, _)| *followed != id) {
                self.follow_growth(&answer);
                self.push(ConversationEventKind::MessageCreated(answer));
            }
        }
    }

    fn end(&mut self, last: ConversationEventKind) {
        self.state = State::Ended;
        self.growing.clear();
        // What was not handed over yet never is.
        self.ready.clear();
        self.push(last);
    }

    /// The next event to hand over has the number of a stored one.
    fn reach(&mut self, number: u64) {
        self.seen = number;
        self.step = 0;
    }

    fn push(&mut self, kind: ConversationEventKind) {
        let event = self.numbered(kind);
        self.ready.push_back(event);
    }

    fn numbered(&mut self, kind: ConversationEventKind) -> ConversationEvent {
        self.step += 1;
        ConversationEvent {
            number: EventNumber::new(self.seen, self.step),
            kind,
        }
    }
}
