//! Reading what happened in conversations.

use async_trait::async_trait;
use parlor_application::ports::{
    ConversationKey, ConversationSummary, EventReader, Identity, Look, MessageView, StoreError,
    StoredEvent, StoredEventKind,
};
use parlor_domain::{ids::ConversationId, principal::Principal};
use parlor_store_sql::{Cell, integer};
use sqlx::query_file_as;
use uuid::Uuid;

use crate::{
    SqliteStore,
    conversation_reader::Asker,
    convert::json_ids,
    error::store_error,
    message_reader::{MessageViewRow, view},
    rows::{MessageRow, OpeningRow, SummaryRow},
};

/// An event, and the columns of its message, which are all there or none of them.
struct EventRow {
    number: i64,
    kind: String,
    id: Option<Uuid>,
    parent_id: Option<Uuid>,
    position: Option<i64>,
    depth: Option<i64>,
    role: Option<String>,
    author_id: Option<Uuid>,
    model: Option<String>,
    status: Option<String>,
    failure: Option<String>,
    reason: Option<String>,
    content: Option<String>,
    reasoning: Option<String>,
    left_out: Option<i64>,
    prompt_tokens: Option<i64>,
    completion_tokens: Option<i64>,
    created_at: Option<i64>,
    author_name: Option<String>,
    siblings: String,
}

impl EventRow {
    fn into_event(self, key: ConversationKey) -> Result<StoredEvent, StoreError> {
        let cell = |column| {
            let row = key.conversation_id.as_uuid();
            Cell::new("conversation_events", column, row)
        };
        let number = cell("number").number(self.number)?;
        let kind: fn(MessageView) -> StoredEventKind = match self.kind.as_str() {
            "created" => StoredEventKind::Created,
            "ended" => StoredEventKind::Ended,
            "changed" => {
                let kind = StoredEventKind::Changed;
                return Ok(StoredEvent { number, kind });
            }
            _ => return Err(cell("kind").corrupt()),
        };
        let message = self.into_message(key.conversation_id)?;
        let message = message.ok_or_else(|| cell("message_id").corrupt())?;
        Ok(StoredEvent {
            number,
            kind: kind(message),
        })
    }

    fn into_message(self, id: ConversationId) -> Result<Option<MessageView>, StoreError> {
        let (author_name, siblings) = (self.author_name, self.siblings);
        let row = || {
            Some(MessageRow {
                id: self.id?,
                parent_id: self.parent_id,
                position: self.position?,
                depth: self.depth?,
                role: self.role?,
                author_id: self.author_id,
                model: self.model,
                status: self.status?,
                failure: self.failure,
                reason: self.reason,
                content: self.content?,
                reasoning: self.reasoning,
                left_out: self.left_out,
                prompt_tokens: self.prompt_tokens,
                completion_tokens: self.completion_tokens,
                created_at: self.created_at?,
            })
        };
        let Some(row) = row() else { return Ok(None) };
        view(row.with_author(id, author_name)?, &siblings).map(Some)
    }
}

#[async_trait]
impl EventReader for SqliteStore {
    async fn look(
        &self,
        identity: Identity,
        id: ConversationId,
    ) -> Result<Option<Look>, StoreError> {
        let Identity {
            organization_id,
            user_id,
        } = identity;
        let row = query_file_as!(
            OpeningRow,
            "queries/event_reader/look.sql",
            organization_id.as_uuid(),
            user_id.as_uuid(),
            id.as_uuid()
        )
        .fetch_optional(self.readers()?)
        .await
        .map_err(store_error)?;
        let Some(row) = row else { return Ok(None) };
        let last_event = row.last_event(id)?;
        let opening = row.into_opening(identity, id)?;
        Ok(Some(Look {
            principal: opening.member.principal,
            found: opening.found,
            last_event,
        }))
    }

    async fn after(
        &self,
        key: ConversationKey,
        after: u64,
        limit: u32,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let rows = query_file_as!(
            EventRow,
            "queries/event_reader/after.sql",
            key.organization_id.as_uuid(),
            key.conversation_id.as_uuid(),
            integer(after),
            limit
        )
        .fetch_all(self.readers()?)
        .await
        .map_err(store_error)?;
        rows.into_iter().map(|row| row.into_event(key)).collect()
    }

    async fn writing(&self, key: ConversationKey) -> Result<Vec<MessageView>, StoreError> {
        let rows = query_file_as!(
            MessageViewRow,
            "queries/event_reader/writing.sql",
            key.organization_id.as_uuid(),
            key.conversation_id.as_uuid()
        )
        .fetch_all(self.readers()?)
        .await
        .map_err(store_error)?;
        rows.into_iter()
            .map(|mut row| {
                let siblings = std::mem::take(&mut row.siblings);
                view(row.into_message(key.conversation_id)?, &siblings)
            })
            .collect()
    }

    async fn find_all(
        &self,
        principal: &Principal,
        ids: &[ConversationId],
    ) -> Result<Vec<ConversationSummary>, StoreError> {
        let asker = Asker::from(principal);
        let rows = query_file_as!(
            SummaryRow,
            "queries/event_reader/find_all.sql",
            asker.organization_id,
            asker.user_id,
            asker.groups,
            asker.sees_everything,
            asker.is_granted,
            json_ids(ids.iter().map(|id| id.as_uuid()))
        )
        .fetch_all(self.readers()?)
        .await
        .map_err(store_error)?;
        rows.into_iter()
            .map(|row| row.into_summary(principal.organization_id))
            .collect()
    }
}
