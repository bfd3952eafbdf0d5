//! Answers that grow.

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
/// - on `finish`, let the answer be found by searching, and note it as the conversation's newest activity.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait AnswerJournal: Send + Sync {
    /// Replaces the text of an answer that is being written.
    async fn grow(
        &self,
        key: ConversationKey,
        id: MessageId,
        content: &Content,
    ) -> Result<JournalOutcome, StoreError>;

    /// Ends an answer: text, status, cost. Without `content`, the text stays as it is.
    async fn finish(
        &self,
        key: ConversationKey,
        id: MessageId,
        ending: &AnswerEnding,
    ) -> Result<JournalOutcome, StoreError>;

    /// Marks every answer that is being written as interrupted, with what had come; answers how many. Called at start,
    /// before anything is written.
    async fn interrupt_all(&self, now: DateTime<Utc>) -> Result<u64, StoreError>;
}

/// How an answer ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerEnding {
    /// The whole text.
    pub content: Content,
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
