//! Completing the search index.

use async_trait::async_trait;
use parlor_application::ports::{IndexingProgress, SearchIndexer, StoreError};
use parlor_domain::{
    ids::{ConversationId, OrganizationId},
    text::Title,
};
use parlor_store_sql::Cell;
use sqlx::{query_file, query_file_as, query_file_scalar};
use uuid::Uuid;

use crate::{
    SqliteStore,
    error::store_error,
    search_index::{put_message, put_title},
};

/// After so much text, others may write.
const PART_BYTES: usize = 256 * 1024;
/// What a conversation costs besides its text.
const CONVERSATION_BYTES: usize = 1_024;
/// The most messages that are read for a part.
const PART_MESSAGES: i64 = 64;

struct UnindexedRow {
    organization_id: Uuid,
    conversation_id: Uuid,
    next_position: i64,
    title: String,
}

struct TextRow {
    position: i64,
    content: String,
}

#[async_trait]
impl SearchIndexer for SqliteStore {
    async fn is_complete(&self) -> Result<bool, StoreError> {
        query_file_scalar!("queries/search_indexer/is_complete.sql")
            .fetch_one(self.readers()?)
            .await
            .map_err(store_error)
    }

    async fn index_more(&self) -> Result<IndexingProgress, StoreError> {
        if self.is_complete().await? {
            return Ok(IndexingProgress::Complete);
        }
        let mut transaction = self.begin_writing().await?;
        let mut bytes = 0;
        // Small conversations together, a large one in parts.
        while bytes < PART_BYTES {
            let next = query_file_as!(UnindexedRow, "queries/search_indexer/next.sql")
                .fetch_optional(&mut *transaction)
                .await
                .map_err(store_error)?;
            let Some(next) = next else { break };
            let organization_id = OrganizationId::from_uuid(next.organization_id);
            let conversation_id = ConversationId::from_uuid(next.conversation_id);
            if next.next_position == 0 {
                let cell = Cell::new("conversations", "title", next.conversation_id);
                let title = Title::parse(&next.title).map_err(|_| cell.corrupt())?;
                put_title(&mut transaction, organization_id, conversation_id, &title).await?;
            }
            bytes += CONVERSATION_BYTES;
            let texts = query_file_as!(
                TextRow,
                "queries/search_indexer/texts.sql",
                next.organization_id,
                next.conversation_id,
                next.next_position,
                PART_MESSAGES
            )
            .fetch_all(&mut *transaction)
            .await
            .map_err(store_error)?;
            let mut is_whole = texts.len() < usize::try_from(PART_MESSAGES).unwrap_or_default();
            let mut position = next.next_position;
            let last = texts.last().map(|text| text.position);
            for text in texts {
                position = text.position;
                bytes += text.content.len();
                put_message(
                    &mut transaction,
                    organization_id,
                    conversation_id,
                    position,
                    &text.content,
                )
                .await?;
                if bytes >= PART_BYTES {
                    is_whole = is_whole && last == Some(position);
                    break;
                }
            }
            let noted = if is_whole {
                query_file!(
                    "queries/search_indexer/finish.sql",
                    next.organization_id,
                    next.conversation_id
                )
                .execute(&mut *transaction)
                .await
            } else {
                let next_position = position + 1;
                query_file!(
                    "queries/search_indexer/continue.sql",
                    next.organization_id,
                    next.conversation_id,
                    next_position
                )
                .execute(&mut *transaction)
                .await
            };
            noted.map_err(store_error)?;
        }
        transaction.commit().await.map_err(store_error)?;
        Ok(IndexingProgress::Continues)
    }

    async fn index_audiences(&self) -> Result<IndexingProgress, StoreError> {
        self.update_audiences().await
    }
}
