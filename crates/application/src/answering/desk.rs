//! Begins, replays and stops answers.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use parlor_domain::{
    access::{Access, Action},
    ids::MessageId,
    message::{AnswerFailure, AnswerStatus, Message, MessageKind},
};
use tokio::sync::watch;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::Instrument as _;

use super::{
    endings::AnswerEndings,
    growing::Growing,
    progress::{Progress, ProgressReceiver},
    turns::{MessagesBefore, turns},
    updates::{AnswerUpdates, Follower},
    writer::AnswerWriter,
};
use crate::{
    access_checks::AccessChecks,
    access_gate::{AccessGate, Part},
    caller::Caller,
    messages::{Prompted, WriteError},
    ports::{
        AnswerEnding, AnswerJournal, AnswerText, ChatModel, ChatRequest, Clock, ConversationKey,
        IdempotentOutcome, JournalOutcome, MessageReader, MessageView, PathPart, StoreError,
        StorePosition,
    },
    repeated::RepeatedFailure,
};

/// What answering needs from outside.
#[derive(Clone)]
pub struct AnswerDeskPorts {
    /// The models.
    pub model: Arc<dyn ChatModel>,
    /// Where answers are written down.
    pub journal: Arc<dyn AnswerJournal>,
    /// Where messages are read.
    pub messages: Arc<dyn MessageReader>,
    /// What people can do with conversations now.
    pub access: Arc<AccessChecks>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
}

/// How often things happen while an answer is written.
#[derive(Debug, Clone, Copy)]
pub struct AnswerTimes {
    /// Between two writings of a growing answer: short enough to read along, long enough not to wear the disk out.
    pub flush: Duration,
    /// Between two looks at whether the author and the followers still have their access. The access rules ask for one second
    /// at most.
    pub recheck: Duration,
    /// Between two signs of life of a writer to which nothing comes to be written.
    pub sign_of_life: Duration,
    /// How long a model may take for one answer, from the request to the end.
    pub longest: Duration,
    /// How long the end of an answer is tried to be stored while the store is away; then it counts as abandoned.
    pub patience: Duration,
}

impl Default for AnswerTimes {
    fn default() -> Self {
        Self {
            flush: Duration::from_millis(100),
            recheck: Duration::from_millis(400),
            sign_of_life: Duration::from_secs(1),
            longest: Duration::from_mins(10),
            patience: Duration::from_hours(1),
        }
    }
}

/// An answer that this process is writing.
struct Running {
    key: ConversationKey,
    /// Ends it.
    stop: CancellationToken,
    progress: ProgressReceiver,
}

/// The answers that this process is writing.
pub struct AnswerDesk {
    pub(super) ports: AnswerDeskPorts,
    pub(super) times: AnswerTimes,
    running: Mutex<HashMap<MessageId, Running>>,
    /// What is followed of answers, whoever writes them.
    pub(super) growing: Growing,
    tasks: TaskTracker,
    closing: CancellationToken,
    pub(super) endings: Arc<AnswerEndings>,
    /// A store that is away fails for every answer, many times a second.
    pub(super) store_failures: RepeatedFailure,
}

impl AnswerDesk {
    /// A desk at which nothing is being written yet.
    pub fn new(ports: AnswerDeskPorts, times: AnswerTimes) -> Self {
        Self {
            ports,
            times,
            running: Mutex::default(),
            growing: Growing::default(),
            tasks: TaskTracker::new(),
            closing: CancellationToken::new(),
            endings: Arc::default(),
            store_failures: RepeatedFailure::default(),
        }
    }

    /// Runs what stores a prompt and begins its answer, to its end even if the caller goes away: an answer that is stored as
    /// begun must find its writer. Closing waits for it; a desk that is closed takes nothing new.
    pub(crate) async fn take<T: Send + 'static>(
        &self,
        beginning: impl Future<Output = Result<T, WriteError>> + Send + 'static,
    ) -> Result<T, WriteError> {
        // The token comes before the look, so that closing either is seen here or waits for what begins here.
        let token = self.tasks.token();
        if self.tasks.is_closed() {
            return Err(WriteError::ShuttingDown);
        }
        let begun = tokio::spawn(
            async move {
                let _token = token;
                beginning.await
            }
            .in_current_span(),
        );
        begun
            .await
            .map_err(|panicked| StoreError::Other(panicked.into()))?
    }

    /// Begins to write `answer`, which is stored as empty, for a caller whose prompt was recorded under this access.
    pub(crate) async fn begin(
        self: &Arc<Self>,
        gate: &Arc<AccessGate>,
        caller: &Caller,
        access: &Access,
        answer: &Message,
    ) -> Result<Prompted, WriteError> {
        let key = caller.key_of(answer.conversation_id);
        let beginning = match self.beginning(key, answer).await {
            Ok(beginning) => beginning,
            Err(error) => {
                self.give_up(key, answer.id).await;
                return Err(error);
            }
        };
        let (sender, receiver) = watch::channel(Progress::default());
        let stop = CancellationToken::new();
        let running = Running {
            key,
            stop: stop.clone(),
            progress: receiver.clone(),
        };
        self.running().insert(answer.id, running);
        let writer = AnswerWriter {
            desk: Arc::clone(self),
            author: caller.identity(),
            key,
            id: answer.id,
            model: beginning.request.model.clone(),
            progress: sender,
            stop,
            closing: self.closing.clone(),
            messages_before: beginning.messages_before,
        };
        let running = RunningAnswer {
            desk: Arc::clone(self),
            id: answer.id,
        };
        // In the span of the request that asked, so that what fails is logged with its id.
        self.tasks.spawn(
            async move {
                let _running = running;
                writer.write(beginning.request).await;
            }
            .in_current_span(),
        );
        let follower = Follower {
            gate,
            caller,
            access,
        };
        Ok(Prompted {
            prompt: beginning.prompt,
            answer: beginning.answer,
            updates: self.updates(&follower, key, answer.id, receiver),
        })
    }

    /// What an earlier request with the same idempotency key began, for a caller who may still see it.
    pub(crate) async fn replay(
        &self,
        gate: &Arc<AccessGate>,
        caller: &Caller,
        earlier: IdempotentOutcome,
    ) -> Result<Prompted, WriteError> {
        let view = gate.read(
            caller,
            earlier.conversation_id,
            Action::Read,
            Part::Messages,
        );
        let view = view.await?;
        let key = caller.key_of(earlier.conversation_id);
        let id = earlier.answer_id.ok_or(WriteError::UnknownMessage)?;
        let answer = self.find(key, id).await?;
        if answer.message.status().is_writing() {
            return Err(WriteError::StillRunning(id));
        }
        let ended = Progress::of(&answer);
        let prompt_id = answer.message.parent_id.ok_or(WriteError::UnknownMessage)?;
        let (_, receiver) = watch::channel(ended);
        let follower = Follower {
            gate,
            caller,
            access: &view.access,
        };
        Ok(Prompted {
            prompt: self.find(key, prompt_id).await?,
            answer,
            updates: self.updates(&follower, key, id, receiver),
        })
    }

    /// Counts an answer that was just marked as stopped in the store, and ends its writing if this process writes it.
    pub(crate) fn stop(&self, id: MessageId) {
        self.endings.note(AnswerStatus::Stopped);
        if let Some(running) = self.running().get(&id) {
            running.stop.cancel();
        }
    }

    /// How far an answer has come that this process is writing.
    pub(super) fn progress(&self, key: ConversationKey, id: MessageId) -> Option<ProgressReceiver> {
        let running = self.running();
        let found = running.get(&id).filter(|running| running.key == key);
        found.map(|running| running.progress.clone())
    }

    /// Takes no new answers, waits until those that are being written are finished, and after `patience` marks what is left as
    /// interrupted.
    pub async fn close(&self, patience: Duration) {
        self.tasks.close();
        if tokio::time::timeout(patience, self.tasks.wait())
            .await
            .is_err()
        {
            self.closing.cancel();
            self.tasks.wait().await;
        }
    }

    /// What people can do with conversations now.
    pub(crate) const fn access(&self) -> &Arc<AccessChecks> {
        &self.ports.access
    }

    /// How old a look at somebody's access may be when something is handed over.
    pub(crate) const fn recheck(&self) -> Duration {
        self.times.recheck
    }

    /// How the answers ended whose end this process stored.
    pub const fn endings(&self) -> &Arc<AnswerEndings> {
        &self.endings
    }

    /// How many answers are being written by this process.
    pub fn writing(&self) -> usize {
        self.running().len()
    }

    fn updates(
        &self,
        follower: &Follower<'_>,
        key: ConversationKey,
        answer_id: MessageId,
        progress: ProgressReceiver,
    ) -> AnswerUpdates {
        AnswerUpdates::new(
            self.ports.clone(),
            self.times.recheck,
            follower,
            key,
            answer_id,
            progress,
        )
    }

    async fn find(&self, key: ConversationKey, id: MessageId) -> Result<MessageView, WriteError> {
        self.ports
            .messages
            .find(key, id)
            .await?
            .ok_or(WriteError::UnknownMessage)
    }

    /// What the model shall see, and what the caller is shown of the beginning, both of one reading: the path to the answer
    /// ends with the prompt and the answer.
    async fn beginning(
        &self,
        key: ConversationKey,
        answer: &Message,
    ) -> Result<Beginning, WriteError> {
        let path = self
            .ports
            .messages
            .path(key, Some(answer.id), PathPart::ALL, StorePosition::NEWEST)
            .await?;
        // Deleted since the prompt was stored: there is nothing to ask a model about.
        let mut path = path.ok_or(WriteError::UnknownMessage)?.messages;
        let (Some(begun), Some(prompt)) = (path.pop(), path.last().cloned()) else {
            return Err(WriteError::UnknownMessage);
        };
        let (messages, messages_before) = turns(path).into_parts();
        let model = match &answer.kind {
            MessageKind::Answer { model, .. } => model.clone(),
            MessageKind::Prompt { .. } => String::new(),
        };
        Ok(Beginning {
            request: ChatRequest {
                model,
                messages,
                prompt: prompt.message.content.clone(),
            },
            messages_before,
            prompt,
            answer: begun,
        })
    }

    /// Marks an answer as interrupted that finds no writer. Where the store does not take that either, nobody gives a sign of
    /// life for it, and so it is marked as any other that was abandoned.
    async fn give_up(&self, key: ConversationKey, id: MessageId) {
        let ending = AnswerEnding {
            text: AnswerText::default(),
            status: AnswerStatus::Failed(AnswerFailure::Interrupted),
            usage: None,
            at: self.ports.clock.now(),
        };
        match self.ports.journal.finish(key, id, &ending).await {
            Ok(JournalOutcome::Written) => self.endings.note(ending.status),
            Ok(JournalOutcome::NoLongerWriting) => {}
            Err(error) => tracing::warn!(
                answer_id = %id,
                error = &error as &(dyn std::error::Error + 'static),
                "an answer that has no writer could not be marked as interrupted yet"
            ),
        }
    }

    fn running(&self) -> std::sync::MutexGuard<'_, HashMap<MessageId, Running>> {
        // A panic elsewhere leaves the map itself whole.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is read when an answer begins.
struct Beginning {
    request: ChatRequest,
    messages_before: MessagesBefore,
    prompt: MessageView,
    answer: MessageView,
}

/// Takes an answer off the desk however its writing ends, a panic in a model's adapter too.
struct RunningAnswer {
    desk: Arc<AnswerDesk>,
    id: MessageId,
}

impl Drop for RunningAnswer {
    fn drop(&mut self) {
        self.desk.running().remove(&self.id);
    }
}
