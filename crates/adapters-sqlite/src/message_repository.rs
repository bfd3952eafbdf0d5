//! Messages, as a transaction sees them, always inside their conversation.

use std::num::NonZeroU32;

use async_trait::async_trait;
use parlor_application::ports::{MessageRepository, StoreError};
use parlor_domain::{
    ids::{ConversationId, MessageId, UserId},
    message::{Message, MessageKind},
    text::Content,
};
use parlor_store_sql::rows::StatusColumns;
use sqlx::{query_file, query_file_as};

use crate::{
    convert::json_ids, error::store_error, rows::MessageRow, search_index::put_message,
    unit_of_work::SqliteUnitOfWork,
};

#[async_trait]
impl MessageRepository for SqliteUnitOfWork {
    async fn find(
        &mut self,
        conversation_id: ConversationId,
        id: MessageId,
    ) -> Result<Option<Message>, StoreError> {
        query_file_as!(
            MessageRow,
            "queries/message_repository/find.sql",
            self.organization_id().as_uuid(),
            conversation_id.as_uuid(),
            id.as_uuid()
        )
        .fetch_optional(self.connection())
        .await
        .map_err(store_error)?
        .map(|row| row.into_message(conversation_id))
        .transpose()
    }

    async fn find_many(
        &mut self,
        conversation_id: ConversationId,
        ids: &[MessageId],
    ) -> Result<Vec<Message>, StoreError> {
        let rows = query_file_as!(
            MessageRow,
            "queries/message_repository/find_many.sql",
            self.organization_id().as_uuid(),
            conversation_id.as_uuid(),
            json_ids(ids.iter().map(|id| id.as_uuid()))
        )
        .fetch_all(self.connection())
        .await
        .map_err(store_error)?;
        rows.into_iter()
            .map(|row| row.into_message(conversation_id))
            .collect()
    }

    async fn find_newest(
        &mut self,
        conversation_id: ConversationId,
    ) -> Result<Option<Message>, StoreError> {
        query_file_as!(
            MessageRow,
            "queries/message_repository/find_newest.sql",
            self.organization_id().as_uuid(),
            conversation_id.as_uuid()
        )
        .fetch_optional(self.connection())
        .await
        .map_err(store_error)?
        .map(|row| row.into_message(conversation_id))
        .transpose()
    }

    async fn all(&mut self, conversation_id: ConversationId) -> Result<Vec<Message>, StoreError> {
        let rows = query_file_as!(
            MessageRow,
            "queries/message_repository/all.sql",
            self.organization_id().as_uuid(),
            conversation_id.as_uuid()
        )
        .fetch_all(self.connection())
        .await
        .map_err(store_error)?;
        rows.into_iter()
            .map(|row| row.into_message(conversation_id))
            .collect()
    }

    async fn insert(&mut self, messages: &[Message]) -> Result<(), StoreError> {
        for message in messages {
            self.insert_one(message).await?;
            self.note_changed(message.conversation_id);
            if !message.status().is_writing() {
                self.let_be_found(
                    message.conversation_id,
                    message.position.into(),
                    message.content.as_str(),
                )
                .await?;
            }
        }
        Ok(())
    }

    async fn stop(
        &mut self,
        conversation_id: ConversationId,
        id: MessageId,
    ) -> Result<bool, StoreError> {
        let stopped = query_file!(
            "queries/message_repository/stop.sql",
            self.organization_id().as_uuid(),
            conversation_id.as_uuid(),
            id.as_uuid()
        )
        .fetch_optional(self.connection())
        .await
        .map_err(store_error)?;
        let Some(stopped) = stopped else {
            return Ok(false);
        };
        self.note_changed(conversation_id);
        self.let_be_found(conversation_id, stopped.position, &stopped.content)
            .await?;
        Ok(true)
    }
}

impl SqliteUnitOfWork {
    async fn insert_one(&mut self, message: &Message) -> Result<(), StoreError> {
        let (model, usage) = match &message.kind {
            MessageKind::Prompt { .. } => (None, None),
            MessageKind::Answer { model, usage, .. } => (Some(model), *usage),
        };
        let columns = StatusColumns::from(message.status());
        let reasoning = message.reasoning().map(Content::as_str);
        let inserted = query_file!(
            "queries/message_repository/insert.sql",
            self.organization_id().as_uuid(),
            message.conversation_id.as_uuid(),
            message.id.as_uuid(),
            message.parent_id.map(MessageId::as_uuid),
            message.position,
            message.depth,
            message.role().as_str(),
            message.author_id().map(UserId::as_uuid),
            model,
            columns.status,
            columns.failure,
            message.content.as_str(),
            usage.map(|usage| usage.prompt_tokens),
            usage.map(|usage| usage.completion_tokens),
            message.created_at.timestamp_micros(),
            columns.reason,
            reasoning,
            message.left_out().map(NonZeroU32::get)
        )
        .execute(self.connection())
        .await
        .map_err(store_error)?;
        if inserted.rows_affected() == 0 {
            Err(StoreError::Conflict)
        } else {
            Ok(())
        }
    }

    async fn let_be_found(
        &mut self,
        conversation_id: ConversationId,
        position: i64,
        content: &str,
    ) -> Result<(), StoreError> {
        let organization_id = self.organization_id();
        put_message(
            self.connection(),
            organization_id,
            conversation_id,
            position,
            content,
        )
        .await
    }
}
