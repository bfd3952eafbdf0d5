//! Answers that grow.

use std::{num::NonZeroU32, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use parlor_domain::{
    ids::MessageId,
    message::{AnswerStatus, Usage},
    text::Content,
};

use super::{ConversationKey, StoreError};

/// Writes down what a model says while it says it.
///
/// Not audited, and so not a unit of work: that somebody prompted is audited with the prompt; what the model makes of it is no
/// act of a user.
///
/// An implementor MUST
/// - write to nothing but an answer whose status is `writing`, and say so if it is not any more;
/// - have the text durable before it answers: it is shown to people only after that;
/// - take every call for an answer as a sign of life of its writer, at the store's own time: clocks of instances differ;
/// - on `finish`, let the answer be found by searching for its text, never for its thoughts, and note it as the conversation's newest activity.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait AnswerJournal: Send + Sync {
    /// Replaces what is written of an answer that is being written.
    async fn grow(
        &self,
        key: ConversationKey,
        id: MessageId,
        text: &AnswerText,
    ) -> Result<JournalOutcome, StoreError>;

    /// Ends an answer: text, thoughts, status, cost.
    async fn finish(
        &self,
        key: ConversationKey,
        id: MessageId,
        ending: &AnswerEnding,
    ) -> Result<JournalOutcome, StoreError>;

    /// A sign of life: the answer is still being written, though nothing has come.
    async fn keep_writing(
        &self,
        key: ConversationKey,
        id: MessageId,
    ) -> Result<JournalOutcome, StoreError>;

    /// Marks every answer as interrupted, with what had come, whose writer gave no sign of life for longer than `silence`;
    /// answers how many. The insertion of an answer is the first sign. With no silence at all, that is every answer that is
    /// being written.
    async fn interrupt_abandoned(&self, silence: Duration) -> Result<u64, StoreError>;
}

/// What is written of an answer so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AnswerText {
    /// What the model says.
    pub content: Content,
    /// What it thinks, where the provider tells that apart.
    pub reasoning: Option<Content>,
    /// How many of the oldest messages before it the model was not sent.
    pub left_out: Option<NonZeroU32>,
}

impl From<Content> for AnswerText {
    /// Text without thoughts.
    fn from(content: Content) -> Self {
        Self {
            content,
            reasoning: None,
            left_out: None,
        }
    }
}

/// How an answer ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerEnding {
    /// All that was written.
    pub text: AnswerText,
    /// Anything but `writing`.
    pub status: AnswerStatus,
    /// What it cost.
    pub usage: Option<Usage>,
    /// When it ended.
    pub at: DateTime<Utc>,
}

/// Whether the answer was still there to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JournalOutcome {
    /// It was, and the text is stored.
    Written,
    /// It was stopped by somebody, or deleted: nothing was stored.
    NoLongerWriting,
}
