//! Answers on a stage, under a clock that stands still unless everything waits.

mod abandoned;
mod closing;
mod ending;
mod following;
mod replaying;
mod writing;

use std::{sync::Arc, time::Duration};

use parlor_domain::{
    conversation::Conversation,
    message::{AnswerFailure, AnswerStatus, Message},
    text::Content,
};

use super::{AnswerDesk, AnswerPiece, AnswerUpdate, AnswerUpdates};
use crate::{
    caller::Caller,
    kit::*,
    messages::{Prompted, WriteError},
    ports::{MessageView, StoreError},
};

const INTERRUPTED: AnswerStatus = AnswerStatus::Failed(AnswerFailure::Interrupted);

/// An answer that has begun: the stage, the desk that writes it, the model that says it, and what the author follows.
struct Begun {
    stage: Stage,
    desk: Arc<AnswerDesk>,
    model: Script,
    updates: AnswerUpdates,
}

/// A stored prompt, and the empty answer to it.
fn asked_in(conversation: Conversation) -> Stage {
    let mut messages = talk(AnswerStatus::Writing);
    messages[1].content = Content::default();
    Stage::with(conversation).saying(messages)
}

/// Takes the empty answer to the desk.
async fn take(
    stage: &Stage,
    desk: &Arc<AnswerDesk>,
    author: &Caller,
) -> Result<Prompted, WriteError> {
    begin(stage, desk, author, &answer_of(stage)).await
}

/// The same with this answer, under the access that the author has now.
async fn begin(
    stage: &Stage,
    desk: &Arc<AnswerDesk>,
    author: &Caller,
    answer: &Message,
) -> Result<Prompted, WriteError> {
    stage.begin_at(desk, author, answer).await
}

/// An answer to this author has begun, and the model was asked.
async fn begun(conversation: Conversation, author: &Caller) -> Begun {
    let stage = asked_in(conversation);
    let (model, mut script) = ScriptedModel::new();
    let desk = stage.desk(model);
    let prompted = take(&stage, &desk, author).await.unwrap();
    script.asked().await;
    Begun {
        stage,
        desk,
        model: script,
        updates: prompted.updates,
    }
}

impl Begun {
    /// The answer as it is stored now.
    fn stored(&self) -> Message {
        answer_of(&self.stage)
    }

    /// The text and the status that are stored now.
    fn written(&self) -> (String, AnswerStatus) {
        let answer = self.stored();
        (answer.content.as_str().to_owned(), answer.status())
    }

    async fn until_ended(&self) {
        until("the answer ends", || self.desk.writing() == 0).await;
    }

    async fn next(&mut self) -> AnswerUpdate {
        in_time(self.updates.next()).await.unwrap().unwrap()
    }

    /// How often this port was called so far.
    fn calls_of(&self, name: &str) -> usize {
        let calls = self.stage.calls();
        calls.into_iter().filter(|call| *call == name).count()
    }
}

/// What comes within an hour of paused time, in which everything has come that ever comes.
async fn in_time<T>(coming: impl Future<Output = T>) -> T {
    let hour = Duration::from_hours(1);
    tokio::time::timeout(hour, coming)
        .await
        .expect("it never comes")
}

fn answer_of(stage: &Stage) -> Message {
    stage.message(message_id(2))
}

fn delta(text: &str) -> AnswerUpdate {
    AnswerUpdate::Delta(AnswerPiece::Text(text.to_owned()))
}

/// Nothing comes within this time.
async fn assert_nothing_comes(updates: &mut AnswerUpdates, within: Duration) {
    let outcome = tokio::time::timeout(within, updates.next()).await;
    assert!(outcome.is_err(), "{outcome:?}");
}

fn make_private(stage: &Stage) {
    stage.change(|stored| {
        let conversation = stored.conversations.get_mut(&CONVERSATION).unwrap();
        conversation.privacy = private().privacy;
    });
}
