//! A message as it is stored.

use std::num::NonZeroU32;

use parlor_application::ports::{StoreError, UserRef};
use parlor_domain::{
    ids::{ConversationId, MessageId, UserId},
    message::{AnswerFailure, AnswerStatus, IncompleteReason, Message, MessageKind, Role, Usage},
    text::Content,
};
use uuid::Uuid;

use crate::{Cell, Columns};

/// A message and its author.
pub type AuthoredRow = (Message, Option<UserRef>);

/// The columns of a message, without those of its key that the statement was asked with.
pub struct MessageRow<C: Columns> {
    pub id: Uuid,
    pub parent_id: Option<Uuid>,
    pub position: C::Small,
    pub depth: C::Small,
    pub role: String,
    pub author_id: Option<Uuid>,
    pub model: Option<String>,
    pub status: String,
    pub failure: Option<String>,
    pub reason: Option<String>,
    pub content: String,
    pub reasoning: Option<String>,
    pub left_out: Option<C::Small>,
    pub prompt_tokens: Option<i64>,
    pub completion_tokens: Option<i64>,
    pub created_at: C::Time,
}

impl<C: Columns> MessageRow<C> {
    /// The message, in the conversation that it was looked up in.
    pub fn into_message(self, conversation_id: ConversationId) -> Result<Message, StoreError> {
        let cell = |column| Cell::new("messages", column, self.id);
        let kind = match role(cell("role"), &self.role)? {
            Role::User => MessageKind::Prompt {
                author_id: self
                    .author_id
                    .map(UserId::from_uuid)
                    .ok_or_else(|| cell("author_id").corrupt())?,
            },
            Role::Assistant => MessageKind::Answer {
                status: self.answer_status()?,
                usage: self.usage()?,
                left_out: self.left_out()?,
                reasoning: self.reasoning.map(Content::from_trusted),
                model: self.model.ok_or_else(|| cell("model").corrupt())?,
            },
        };
        Ok(Message {
            id: MessageId::from_uuid(self.id),
            conversation_id,
            parent_id: self.parent_id.map(MessageId::from_uuid),
            position: cell("position").number(self.position)?,
            depth: cell("depth").number(self.depth)?,
            content: Content::from_trusted(self.content),
            created_at: C::time(cell("created_at"), self.created_at)?,
            kind,
        })
    }

    /// The message and its author, whose name another table has.
    pub fn with_author(
        self,
        conversation_id: ConversationId,
        author_name: Option<String>,
    ) -> Result<AuthoredRow, StoreError> {
        let message = self.into_message(conversation_id)?;
        let author = message.author_id().zip(author_name);
        Ok((message, author.map(|(id, name)| UserRef { id, name })))
    }

    fn answer_status(&self) -> Result<AnswerStatus, StoreError> {
        let cell = |column| Cell::new("messages", column, self.id);
        match (&self.failure, &self.reason) {
            (Some(_), Some(reason)) => {
                let failure =
                    cell("reason").one_of(&AnswerFailure::ALL, AnswerFailure::as_str, reason)?;
                Ok(AnswerStatus::Failed(failure))
            }
            (Some(failure), None) => {
                let failure = failure_of_earlier_versions(failure)
                    .ok_or_else(|| cell("failure").corrupt())?;
                Ok(AnswerStatus::Failed(failure))
            }
            (None, Some(reason)) => {
                let reason = cell("reason").one_of(
                    &IncompleteReason::ALL,
                    IncompleteReason::as_str,
                    reason,
                )?;
                Ok(AnswerStatus::Incomplete(reason))
            }
            (None, None) => cell("status").one_of(
                &[
                    AnswerStatus::Writing,
                    AnswerStatus::Complete,
                    AnswerStatus::Stopped,
                ],
                AnswerStatus::as_str,
                &self.status,
            ),
        }
    }

    fn left_out(&self) -> Result<Option<NonZeroU32>, StoreError> {
        let cell = Cell::new("messages", "left_out", self.id);
        let left_out = self.left_out.map(|left_out| cell.number(left_out));
        Ok(left_out.transpose()?.and_then(NonZeroU32::new))
    }

    fn usage(&self) -> Result<Option<Usage>, StoreError> {
        let cell = |column| Cell::new("messages", column, self.id);
        match (self.prompt_tokens, self.completion_tokens) {
            (Some(prompt), Some(completion)) => Ok(Some(Usage {
                prompt_tokens: cell("prompt_tokens").number(prompt)?,
                completion_tokens: cell("completion_tokens").number(completion)?,
            })),
            (None, None) => Ok(None),
            _ => Err(cell("completion_tokens").corrupt()),
        }
    }
}

/// The role that a word names.
pub fn role(cell: Cell, word: &str) -> Result<Role, StoreError> {
    cell.one_of(&[Role::User, Role::Assistant], Role::as_str, word)
}

/// The columns `status`, `failure` and `reason` of an answer's status.
pub struct StatusColumns {
    pub status: &'static str,
    /// One of the words of earlier versions, which may run beside this one.
    pub failure: Option<&'static str>,
    pub reason: Option<&'static str>,
}

impl From<AnswerStatus> for StatusColumns {
    fn from(status: AnswerStatus) -> Self {
        let failure = match status {
            AnswerStatus::Failed(failure) => Some(match failure {
                AnswerFailure::Unavailable => "unreachable",
                AnswerFailure::Timeout => "timed_out",
                AnswerFailure::Interrupted => "interrupted",
                AnswerFailure::NotConfigured
                | AnswerFailure::RateLimited
                | AnswerFailure::ContextTooLong
                | AnswerFailure::ContentFilter
                | AnswerFailure::EmptyAnswer
                | AnswerFailure::ModelError => "refused",
            }),
            _ => None,
        };
        let word = match status {
            AnswerStatus::Incomplete(_) => AnswerStatus::Complete.as_str(),
            status => status.as_str(),
        };
        Self {
            status: word,
            failure,
            reason: status.reason(),
        }
    }
}

/// What a failure is that was stored without a reason.
fn failure_of_earlier_versions(word: &str) -> Option<AnswerFailure> {
    Some(match word {
        "unreachable" => AnswerFailure::Unavailable,
        "timed_out" => AnswerFailure::Timeout,
        "interrupted" => AnswerFailure::Interrupted,
        "refused" => AnswerFailure::ModelError,
        _ => return None,
    })
}

/// Rows of messages with more columns beside: the macro that checks the statement wants one flat struct for each.
#[macro_export]
macro_rules! rows_of_messages {
    ($columns:ty; $($(#[$doc:meta])* $name:ident { $($column:ident: $type:ty),* })*) => {$(
        $(#[$doc])*
        pub(crate) struct $name {
            pub(crate) id: ::uuid::Uuid,
            pub(crate) parent_id: Option<::uuid::Uuid>,
            pub(crate) position: <$columns as $crate::Columns>::Small,
            pub(crate) depth: <$columns as $crate::Columns>::Small,
            pub(crate) role: String,
            pub(crate) author_id: Option<::uuid::Uuid>,
            pub(crate) model: Option<String>,
            pub(crate) status: String,
            pub(crate) failure: Option<String>,
            pub(crate) reason: Option<String>,
            pub(crate) content: String,
            pub(crate) reasoning: Option<String>,
            pub(crate) left_out: Option<<$columns as $crate::Columns>::Small>,
            pub(crate) prompt_tokens: Option<i64>,
            pub(crate) completion_tokens: Option<i64>,
            pub(crate) created_at: <$columns as $crate::Columns>::Time,
            pub(crate) author_name: Option<String>,
            $(pub(crate) $column: $type,)*
        }

        impl $name {
            /// The message and its author.
            pub(crate) fn into_message(
                self,
                conversation_id: ::parlor_domain::ids::ConversationId,
            ) -> Result<$crate::rows::AuthoredRow, ::parlor_application::ports::StoreError> {
                let row: $crate::rows::MessageRow<$columns> = $crate::rows::MessageRow {
                    id: self.id,
                    parent_id: self.parent_id,
                    position: self.position,
                    depth: self.depth,
                    role: self.role,
                    author_id: self.author_id,
                    model: self.model,
                    status: self.status,
                    failure: self.failure,
                    reason: self.reason,
                    content: self.content,
                    reasoning: self.reasoning,
                    left_out: self.left_out,
                    prompt_tokens: self.prompt_tokens,
                    completion_tokens: self.completion_tokens,
                    created_at: self.created_at,
                };
                row.with_author(conversation_id, self.author_name)
            }
        }
    )*};
}
