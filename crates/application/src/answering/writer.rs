//! Writes one answer down while the model says it.

use std::{num::NonZeroU32, ops::ControlFlow, sync::Arc, time::Duration};

use futures::StreamExt;
use parlor_domain::{
    access::Action,
    ids::MessageId,
    message::{AnswerFailure, AnswerStatus, IncompleteReason, Usage},
    text::Content,
};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::{
    desk::AnswerDesk, progress::ProgressSender, turns::MessagesBefore, updates::access_now,
};
use crate::ports::{
    AnswerEnding, AnswerStream, AnswerText, ChatRequest, ConversationKey, Identity, JournalOutcome,
    ModelError, ModelEvent, StoreError,
};

/// One answer that is being written.
pub(super) struct AnswerWriter {
    pub desk: Arc<AnswerDesk>,
    /// Who asked: the answer goes on only while this user may prompt here.
    pub author: Identity,
    pub key: ConversationKey,
    pub id: MessageId,
    /// The model that was asked.
    pub model: String,
    pub progress: ProgressSender,
    /// Somebody stopped it; the store knows already.
    pub stop: CancellationToken,
    /// The service stops now.
    pub closing: CancellationToken,
    /// How many messages the turns are that the model is not sent.
    pub messages_before: MessagesBefore,
}

/// What the model has said and thought so far.
#[derive(Default)]
struct Draft {
    text: String,
    reasoning: String,
    left_out: Option<NonZeroU32>,
    /// Whether something of it is not stored yet.
    is_new: bool,
}

impl Draft {
    fn add(&mut self, event: ModelEvent, messages_before: &MessagesBefore) {
        match event {
            ModelEvent::LeftOut { turns } => self.left_out = messages_before.of(turns),
            ModelEvent::Text(more) => self.text.push_str(&more),
            ModelEvent::Reasoning(more) => self.reasoning.push_str(&more),
            ModelEvent::TextWasReasoning => {
                let text = std::mem::take(&mut self.text);
                self.reasoning.push_str(text.trim());
            }
            ModelEvent::Finished { .. } => return,
        }
        self.is_new = true;
    }

    fn has_text(&self) -> bool {
        !self.text.trim().is_empty()
    }

    /// As it is stored.
    fn as_stored(&self) -> AnswerText {
        let reasoning = Some(&self.reasoning).filter(|reasoning| !reasoning.is_empty());
        AnswerText {
            content: Content::from_trusted(self.text.clone()),
            reasoning: reasoning.map(|reasoning| Content::from_trusted(reasoning.clone())),
            left_out: self.left_out,
        }
    }

    /// How an answer ends whose model says that it is done: *complete* is earned by text.
    fn finished(&self, cut: Option<IncompleteReason>) -> AnswerStatus {
        match cut {
            None if self.has_text() => AnswerStatus::Complete,
            Some(reason) if self.has_text() => AnswerStatus::Incomplete(reason),
            Some(IncompleteReason::ContentFilter) => {
                AnswerStatus::Failed(AnswerFailure::ContentFilter)
            }
            None | Some(IncompleteReason::Length) => {
                AnswerStatus::Failed(AnswerFailure::EmptyAnswer)
            }
        }
    }

    /// How an answer ends whose model failed so.
    fn failed(&self, failure: AnswerFailure) -> AnswerStatus {
        if failure == AnswerFailure::ContentFilter && self.has_text() {
            AnswerStatus::Incomplete(IncompleteReason::ContentFilter)
        } else {
            AnswerStatus::Failed(failure)
        }
    }
}

/// How the writing ends.
enum End {
    /// The store is to be told.
    Store {
        status: AnswerStatus,
        usage: Option<Usage>,
    },
    /// The store knows: it was stopped here or on another instance, given up as abandoned, or the conversation is gone.
    Known,
}

impl End {
    const fn failed(failure: AnswerFailure) -> Self {
        Self::Store {
            status: AnswerStatus::Failed(failure),
            usage: None,
        }
    }

    const STOPPED: Self = Self::Store {
        status: AnswerStatus::Stopped,
        usage: None,
    };
}

impl AnswerWriter {
    /// Writes until the model is done, fails, is stopped, or the author may not prompt any more. What has come stays in
    /// every case.
    pub async fn write(self, request: ChatRequest) {
        let mut draft = Draft::default();
        let deadline = Instant::now() + self.desk.times.longest;
        let end = match self.ask(request, deadline).await {
            ControlFlow::Continue(stream) => self.follow(stream, &mut draft, deadline).await,
            ControlFlow::Break(end) => end,
        };
        self.end(&draft, end).await;
    }

    async fn ask(&self, request: ChatRequest, deadline: Instant) -> ControlFlow<End, AnswerStream> {
        let answer = self.desk.ports.model.answer(request);
        let mut recheck = ticks(self.desk.times.recheck);
        let mut sign = ticks(self.desk.times.sign_of_life);
        tokio::pin!(answer);
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return ControlFlow::Break(End::Known),
                () = self.closing.cancelled() => return ControlFlow::Break(self.interrupted()),
                () = sleep_until(deadline) => return ControlFlow::Break(self.took_too_long()),
                _ = recheck.tick() => if !self.author_may_prompt().await {
                    return ControlFlow::Break(End::STOPPED);
                },
                _ = sign.tick() => if !self.give_sign().await {
                    return ControlFlow::Break(End::Known);
                },
                answered = &mut answer => return match answered {
                    Ok(stream) => ControlFlow::Continue(stream),
                    Err(error) => ControlFlow::Break(self.failed(&error, &Draft::default())),
                },
            }
        }
    }

    async fn follow(&self, mut stream: AnswerStream, draft: &mut Draft, deadline: Instant) -> End {
        let mut flush = ticks(self.desk.times.flush);
        let mut recheck = ticks(self.desk.times.recheck);
        let mut sign = ticks(self.desk.times.sign_of_life);
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return End::Known,
                () = self.closing.cancelled() => return self.interrupted(),
                () = sleep_until(deadline) => return self.took_too_long(),
                _ = recheck.tick() => if !self.author_may_prompt().await {
                    return End::STOPPED;
                },
                _ = sign.tick() => if !self.give_sign().await {
                    return End::Known;
                },
                _ = flush.tick(), if draft.is_new => match self.store(draft).await {
                    Ok(JournalOutcome::Written) => {
                        draft.is_new = false;
                        // What is written is a sign too.
                        sign.reset();
                    }
                    Ok(JournalOutcome::NoLongerWriting) => return End::Known,
                    // The text is still here, and the next tick tries again.
                    Err(error) => self.store_failed(&error),
                },
                event = stream.next() => match event {
                    Some(Ok(ModelEvent::Finished { cut, usage })) => {
                        return self.finished(draft.finished(cut), usage);
                    }
                    Some(Ok(event)) => {
                        if matches!(event, ModelEvent::LeftOut { .. }) {
                            self.desk.endings.note_left_out();
                        }
                        draft.add(event, &self.messages_before);
                    }
                    Some(Err(error)) => return self.failed(&error, draft),
                    None => return self.failed(&ModelError::Incomplete, draft),
                },
            }
        }
    }

    /// Has the text durable, then shows it.
    async fn store(&self, draft: &Draft) -> Result<JournalOutcome, StoreError> {
        let text = draft.as_stored();
        let outcome = self
            .desk
            .ports
            .journal
            .grow(self.key, self.id, &text)
            .await?;
        if outcome == JournalOutcome::Written {
            self.progress.send_modify(|progress| progress.show(&text));
        }
        Ok(outcome)
    }

    /// Tells the store that the answer is still being written; whether that is so. Where it cannot be told, the writing goes on.
    async fn give_sign(&self) -> bool {
        let journal = &self.desk.ports.journal;
        match journal.keep_writing(self.key, self.id).await {
            Ok(outcome) => {
                self.store_answered();
                outcome == JournalOutcome::Written
            }
            Err(error) => {
                self.store_failed(&error);
                true
            }
        }
    }

    async fn end(&self, draft: &Draft, end: End) {
        let End::Store { status, usage } = end else {
            return self.show_end(None);
        };
        // An answer that was asked for under an access that is gone is not completed.
        let is_good = matches!(status, AnswerStatus::Complete | AnswerStatus::Incomplete(_));
        let revoked = is_good && !self.author_may_prompt().await;
        let status = if revoked {
            AnswerStatus::Stopped
        } else {
            status
        };
        let ending = AnswerEnding {
            text: draft.as_stored(),
            status,
            usage,
            at: self.desk.ports.clock.now(),
        };
        match self.finish(&ending).await {
            Ok(JournalOutcome::Written) => {
                self.desk.endings.note(status);
                self.show_end(Some(&ending.text));
            }
            // After an error it is marked as interrupted, with what was stored, once its writer has been silent for long enough.
            Ok(JournalOutcome::NoLongerWriting) | Err(_) => self.show_end(None),
        }
    }

    /// Stores the end, for as long as the desk has patience with a store that is away.
    async fn finish(&self, ending: &AnswerEnding) -> Result<JournalOutcome, StoreError> {
        const FIRST_PAUSE: Duration = Duration::from_millis(100);
        const LONGEST_PAUSE: Duration = Duration::from_secs(5);
        let deadline = Instant::now() + self.desk.times.patience;
        let mut pause = FIRST_PAUSE;
        loop {
            match self
                .desk
                .ports
                .journal
                .finish(self.key, self.id, ending)
                .await
            {
                Err(error) if Instant::now() + pause < deadline && !self.closing.is_cancelled() => {
                    self.store_failed(&error);
                    tokio::select! {
                        () = sleep(pause) => {}
                        // One more try, at once.
                        () = self.closing.cancelled() => {}
                    }
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                outcome => {
                    return outcome.inspect_err(|error| self.store_failed(error));
                }
            }
        }
    }

    fn show_end(&self, text: Option<&AnswerText>) {
        self.progress.send_modify(|progress| {
            if let Some(text) = text {
                progress.show(text);
            }
            progress.ended = true;
        });
    }

    /// Whether the author may prompt here now. Where that cannot be found out, the answer goes on: nothing of it is shown to
    /// anybody without a look of its own.
    async fn author_may_prompt(&self) -> bool {
        match access_now(&self.desk.ports.access, self.key, self.author.user_id).await {
            Ok(seen) => seen.is_some_and(|(access, _)| access.allows(Action::Prompt)),
            Err(error) => {
                self.store_failed(&error);
                true
            }
        }
    }

    fn failed(&self, error: &ModelError, draft: &Draft) -> End {
        let status = draft.failed(error.as_failure());
        tracing::warn!(
            answer_id = %self.id,
            model = self.model,
            reason = status.reason(),
            code = error.code(),
            error = error as &(dyn std::error::Error + 'static),
            "model failed"
        );
        End::Store {
            status,
            usage: None,
        }
    }

    fn finished(&self, status: AnswerStatus, usage: Option<Usage>) -> End {
        if let Some(reason) = status.reason() {
            tracing::warn!(
                answer_id = %self.id,
                model = self.model,
                reason,
                "answer cut or without text"
            );
        }
        End::Store { status, usage }
    }

    fn took_too_long(&self) -> End {
        let (failure, limit) = (AnswerFailure::Timeout, self.desk.times.longest);
        tracing::warn!(
            answer_id = %self.id,
            model = self.model,
            reason = failure.as_str(),
            ?limit,
            "answer took too long"
        );
        End::failed(failure)
    }

    fn interrupted(&self) -> End {
        let failure = AnswerFailure::Interrupted;
        tracing::warn!(
            answer_id = %self.id,
            model = self.model,
            reason = failure.as_str(),
            "answer interrupted: the service stops"
        );
        End::failed(failure)
    }

    fn store_failed(&self, error: &StoreError) {
        if let Some(more) = self.desk.store_failures.note(&error.to_string()) {
            tracing::warn!(
                answer_id = %self.id,
                error = error as &(dyn std::error::Error + 'static),
                more,
                answers = self.desk.writing(),
                "the store failed while answers were being written; they go on, and what is not stored is tried again"
            );
        }
    }

    fn store_answered(&self) {
        if let Some(outage) = self.desk.store_failures.end() {
            tracing::info!(
                failures = outage.failures,
                seconds = outage.lasted.as_secs(),
                "answers are stored again"
            );
        }
    }
}

fn ticks(period: Duration) -> tokio::time::Interval {
    let mut ticks = interval_at(Instant::now() + period, period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
