//! Writes one answer down while the model says it.

use std::{ops::ControlFlow, sync::Arc, time::Duration};

use futures::StreamExt;
use parlor_domain::{
    access::Action,
    ids::MessageId,
    message::{AnswerFailure, AnswerStatus, Usage},
    text::Content,
};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep};
use tokio_util::sync::CancellationToken;

use super::{desk::AnswerDesk, progress::ProgressSender, updates::access_now};
use crate::ports::{
    AnswerEnding, AnswerStream, ChatRequest, ConversationKey, Identity, JournalOutcome, ModelError,
    ModelEvent, StoreError,
};

/// One answer that is being written.
pub(super) struct AnswerWriter {
    pub desk: Arc<AnswerDesk>,
    /// Who asked: the answer goes on only while this user may prompt here.
    pub author: Identity,
    pub key: ConversationKey,
    pub id: MessageId,
    pub progress: ProgressSender,
    /// Somebody stopped it; the store knows already.
    pub stop: CancellationToken,
    /// The service stops now.
    pub closing: CancellationToken,
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
        let mut text = String::new();
        let end = match self.ask(request).await {
            ControlFlow::Continue(stream) => self.follow(stream, &mut text).await,
            ControlFlow::Break(end) => end,
        };
        self.end(text, end).await;
    }

    async fn ask(&self, request: ChatRequest) -> ControlFlow<End, AnswerStream> {
        let answer = self.desk.ports.model.answer(request);
        let mut recheck = ticks(self.desk.times.recheck);
        let mut sign = ticks(self.desk.times.sign_of_life);
        tokio::pin!(answer);
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return ControlFlow::Break(End::Known),
                () = self.closing.cancelled() => {
                    return ControlFlow::Break(End::failed(AnswerFailure::Interrupted));
                }
                _ = recheck.tick() => if !self.author_may_prompt().await {
                    return ControlFlow::Break(End::STOPPED);
                },
                _ = sign.tick() => if !self.give_sign().await {
                    return ControlFlow::Break(End::Known);
                },
                answered = &mut answer => return match answered {
                    Ok(stream) => ControlFlow::Continue(stream),
                    Err(error) => ControlFlow::Break(self.failed(&error)),
                },
            }
        }
    }

    async fn follow(&self, mut stream: AnswerStream, text: &mut String) -> End {
        let mut flush = ticks(self.desk.times.flush);
        let mut recheck = ticks(self.desk.times.recheck);
        let mut sign = ticks(self.desk.times.sign_of_life);
        let mut stored = 0;
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return End::Known,
                () = self.closing.cancelled() => return End::failed(AnswerFailure::Interrupted),
                _ = recheck.tick() => if !self.author_may_prompt().await {
                    return End::STOPPED;
                },
                _ = sign.tick() => if !self.give_sign().await {
                    return End::Known;
                },
                _ = flush.tick(), if text.len() > stored => match self.store(text).await {
                    Ok(JournalOutcome::Written) => {
                        stored = text.len();
                        // What is written is a sign too.
                        sign.reset();
                    }
                    Ok(JournalOutcome::NoLongerWriting) => return End::Known,
                    // The text is still here, and the next tick tries again.
                    Err(error) => self.store_failed(&error),
                },
                event = stream.next() => match event {
                    Some(Ok(ModelEvent::Text(more))) => text.push_str(&more),
                    Some(Ok(ModelEvent::Finished { usage })) => {
                        return End::Store { status: AnswerStatus::Complete, usage };
                    }
                    Some(Err(error)) => return self.failed(&error),
                    None => return self.failed(&ModelError::Incomplete),
                },
            }
        }
    }

    /// Has the text durable, then shows it.
    async fn store(&self, text: &str) -> Result<JournalOutcome, StoreError> {
        let content = Content::from_trusted(text.to_owned());
        let outcome = self
            .desk
            .ports
            .journal
            .grow(self.key, self.id, &content)
            .await?;
        if outcome == JournalOutcome::Written {
            self.progress
                .send_modify(|progress| content.as_str().clone_into(&mut progress.text));
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

    async fn end(&self, text: String, end: End) {
        let End::Store { status, usage } = end else {
            return self.show_end(None);
        };
        // An answer that was asked for under an access that is gone is not completed.
        let revoked = status == AnswerStatus::Complete && !self.author_may_prompt().await;
        let status = if revoked {
            AnswerStatus::Stopped
        } else {
            status
        };
        let ending = AnswerEnding {
            content: Content::from_trusted(text),
            status,
            usage,
            at: self.desk.ports.clock.now(),
        };
        match self.finish(&ending).await {
            Ok(JournalOutcome::Written) => self.show_end(Some(&ending.content)),
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

    fn show_end(&self, text: Option<&Content>) {
        self.progress.send_modify(|progress| {
            if let Some(text) = text {
                text.as_str().clone_into(&mut progress.text);
            }
            progress.ended = true;
        });
    }

    /// Whether the author may prompt here now. Where that cannot be found out, the answer goes on: nothing of it is shown to
    /// anybody without a look of its own.
    async fn author_may_prompt(&self) -> bool {
        match access_now(&self.desk.ports, self.author, self.key.conversation_id).await {
            Ok(access) => access.is_some_and(|access| access.allows(Action::Prompt)),
            Err(error) => {
                self.store_failed(&error);
                true
            }
        }
    }

    fn failed(&self, error: &ModelError) -> End {
        tracing::warn!(
            answer_id = %self.id,
            error = error as &(dyn std::error::Error + 'static),
            "the model failed"
        );
        End::failed(error.as_failure())
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
