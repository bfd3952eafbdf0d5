//! What a follower is told.

use parlor_domain::{ids::MessageId, message::AnswerStatus};

use super::EventNumber;
use crate::{access_gate::ConversationView, answering::AnswerPiece, ports::MessageView};

/// What happened, with its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationEvent {
    /// Its number.
    pub number: EventNumber,
    /// What happened.
    pub kind: ConversationEventKind,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConversationEventKind {
    /// A message came. Also told of an answer that is being written when the following begins, with what is written so far. It takes
    /// the place of what was told of the message before.
    MessageCreated(MessageView),
    /// More of an answer is written.
    MessageDelta {
        /// The answer.
        message_id: MessageId,
        /// What came after what was told before.
        piece: AnswerPiece,
    },
    /// An answer is whole, was cut by the provider, or was stopped.
    MessageCompleted(MessageView),
    /// An answer ended before its time; what was written stays.
    MessageFailed(MessageView),
    /// The title, the grants, the owner, or what the follower may do are others now.
    ConversationChanged(Box<ConversationView>),
    /// It was deleted. Nothing comes after.
    ConversationDeleted,
    /// The follower may not see it any more. Nothing comes after.
    AccessRevoked,
}

/// How an answer's end is told.
pub(super) fn ended(answer: MessageView) -> ConversationEventKind {
    match answer.message.status() {
        AnswerStatus::Complete | AnswerStatus::Incomplete(_) | AnswerStatus::Stopped => {
            ConversationEventKind::MessageCompleted(answer)
        }
        AnswerStatus::Failed(_) | AnswerStatus::Writing => {
            ConversationEventKind::MessageFailed(answer)
        }
    }
}

/// Whether there is something new in what one sees of a conversation, but for its activity, of which messages tell.
pub(super) fn differs(told: &ConversationView, now: &ConversationView) -> bool {
    let mut summary = now.summary.clone();
    summary.last_activity_at = told.summary.last_activity_at;
    told.access != now.access || told.summary != summary
}
