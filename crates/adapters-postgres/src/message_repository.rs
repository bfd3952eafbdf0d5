//! Messages, as a transaction sees them, always inside their conversation.

use std::collections::HashSet;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use parlor_application::ports::{MessageRepository, StoreError};
use parlor_domain::{
    ids::{ConversationId, MessageId, UserId},
    message::{Message, MessageKind},
    search::index_terms,
    text::Content,
};
use parlor_store_sql::rows::StatusColumns;
use sqlx::{query_file, query_file_as, query_file_scalar};
use uuid::Uuid;

use crate::{
    convert::small_integer, error::store_error, rows::MessageRow, search_index::put_message,
    unit_of_work::PostgresUnitOfWork,
};

/// How many messages one statement adds.
const BATCH: usize = 250;

#[async_trait]
impl MessageRepository for PostgresUnitOfWork {
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
        .fetch_optional(self.connection()?)
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
        let ids: Vec<Uuid> = ids.iter().map(|id| id.as_uuid()).collect();
        let rows = query_file_as!(
            MessageRow,
            "queries/message_repository/find_many.sql",
            self.organization_id().as_uuid(),
            conversation_id.as_uuid(),
            &ids
        )
        .fetch_all(self.connection()?)
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
        .fetch_optional(self.connection()?)
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
        .fetch_all(self.connection()?)
        .await
        .map_err(store_error)?;
        rows.into_iter()
            .map(|row| row.into_message(conversation_id))
            .collect()
    }

    async fn insert(&mut self, messages: &[Message]) -> Result<(), StoreError> {
        for batch in messages.chunks(BATCH) {
            self.insert_batch(batch).await?;
        }
        for message in messages {
            self.note_changed(message.conversation_id);
        }
        Ok(())
    }

    async fn stop(
        &mut self,
        conversation_id: ConversationId,
        id: MessageId,
    ) -> Result<bool, StoreError> {
        let organization_id = self.organization_id();
        let stopped = query_file!(
            "queries/message_repository/stop.sql",
            organization_id.as_uuid(),
            conversation_id.as_uuid(),
            id.as_uuid()
        )
        .fetch_optional(self.connection()?)
        .await
        .map_err(store_error)?;
        let Some(stopped) = stopped else {
            return Ok(false);
        };
        self.note_changed(conversation_id);
        put_message(
            self.connection()?,
            organization_id,
            conversation_id,
            stopped.position,
            &stopped.content,
        )
        .await?;
        Ok(true)
    }
}

impl PostgresUnitOfWork {
    async fn insert_batch(&mut self, messages: &[Message]) -> Result<(), StoreError> {
        let organization_id = self.organization_id();
        let columns = Columns::of(messages);
        let added = query_file_scalar!(
            "queries/message_repository/insert.sql",
            organization_id.as_uuid(),
            &columns.conversation_ids,
            &columns.ids,
            &columns.parent_ids as &[Option<Uuid>],
            &columns.parents_are_given,
            &columns.positions,
            &columns.depths,
            &columns.roles as &[&str],
            &columns.author_ids as &[Option<Uuid>],
            &columns.models as &[Option<&str>],
            &columns.statuses as &[&str],
            &columns.failures as &[Option<&str>],
            &columns.contents as &[&str],
            &columns.prompt_tokens as &[Option<i64>],
            &columns.completion_tokens as &[Option<i64>],
            &columns.created_at,
            &columns.term_conversation_ids,
            &columns.terms,
            &columns.term_positions,
            &columns.reasons as &[Option<&str>],
            &columns.reasonings as &[Option<&str>],
            &columns.left_out as &[Option<i32>]
        )
        .fetch_one(self.connection()?)
        .await
        .map_err(store_error)?;
        if usize::try_from(added) == Ok(messages.len()) {
            Ok(())
        } else {
            Err(StoreError::Conflict)
        }
    }
}

/// Messages column by column, as a statement takes them.
#[derive(Default)]
struct Columns<'a> {
    conversation_ids: Vec<Uuid>,
    ids: Vec<Uuid>,
    parent_ids: Vec<Option<Uuid>>,
    parents_are_given: Vec<bool>,
    positions: Vec<i32>,
    depths: Vec<i32>,
    roles: Vec<&'static str>,
    author_ids: Vec<Option<Uuid>>,
    models: Vec<Option<&'a str>>,
    statuses: Vec<&'static str>,
    failures: Vec<Option<&'static str>>,
    contents: Vec<&'a str>,
    prompt_tokens: Vec<Option<i64>>,
    completion_tokens: Vec<Option<i64>>,
    created_at: Vec<DateTime<Utc>>,
    /// The terms of all messages that are finished, each once for a conversation.
    terms: Vec<String>,
    term_conversation_ids: Vec<Uuid>,
    term_positions: Vec<i32>,
    reasons: Vec<Option<&'static str>>,
    reasonings: Vec<Option<&'a str>>,
    left_out: Vec<Option<i32>>,
}

impl<'a> Columns<'a> {
    fn of(messages: &'a [Message]) -> Self {
        let mut columns = Self::default();
        let (mut given, mut found) = (HashSet::new(), HashSet::new());
        for message in messages {
            let key = |id| (message.conversation_id, id);
            let parent_is_given = message.parent_id.is_some_and(|id| given.contains(&key(id)));
            columns.parents_are_given.push(parent_is_given);
            given.insert(key(message.id));
            columns.push(message);
            columns.push_terms(message, &mut found);
        }
        columns
    }

    fn push(&mut self, message: &'a Message) {
        let (model, usage) = match &message.kind {
            MessageKind::Prompt { .. } => (None, None),
            MessageKind::Answer { model, usage, .. } => (Some(model.as_str()), *usage),
        };
        let (status, content) = (message.status(), message.content.as_str());
        self.conversation_ids
            .push(message.conversation_id.as_uuid());
        self.ids.push(message.id.as_uuid());
        self.parent_ids
            .push(message.parent_id.map(MessageId::as_uuid));
        self.positions.push(small_integer(message.position));
        self.depths.push(small_integer(message.depth));
        self.roles.push(message.role().as_str());
        self.author_ids
            .push(message.author_id().map(UserId::as_uuid));
        self.models.push(model);
        let StatusColumns {
            status: word,
            failure,
            reason,
        } = status.into();
        self.statuses.push(word);
        self.failures.push(failure);
        self.reasons.push(reason);
        self.reasonings
            .push(message.reasoning().map(Content::as_str));
        let left_out = message.left_out();
        self.left_out
            .push(left_out.map(|left_out| small_integer(left_out.get())));
        self.contents.push(content);
        self.prompt_tokens
            .push(usage.map(|usage| usage.prompt_tokens.into()));
        self.completion_tokens
            .push(usage.map(|usage| usage.completion_tokens.into()));
        self.created_at.push(message.created_at);
    }

    /// Messages come in their order, so a term that was found before is in an earlier one.
    fn push_terms(&mut self, message: &Message, found: &mut HashSet<(ConversationId, String)>) {
        if message.status().is_writing() {
            return;
        }
        for term in index_terms(message.content.as_str()) {
            if found.insert((message.conversation_id, term.clone())) {
                self.terms.push(term);
                self.term_conversation_ids
                    .push(message.conversation_id.as_uuid());
                self.term_positions.push(small_integer(message.position));
            }
        }
    }
}
