//! Completing the search index.

use async_trait::async_trait;
use parlor_application::ports::{IndexingProgress, SearchIndexer, StoreError};
use parlor_domain::{
    ids::{ConversationId, OrganizationId},
    text::Title,
};
use parlor_store_sql::Cell;
use sqlx::{AssertSqlSafe, query_file, query_file_as, query_file_scalar, raw_sql};
use uuid::Uuid;

use crate::{
    PostgresStore,
    error::store_error,
    pool::Session,
    search_index::{put_message, put_title},
};

/// After so much text, others may have the conversation.
const PART_BYTES: usize = 256 * 1024;
/// The most messages that are read for a part.
const PART_MESSAGES: i64 = 64;
/// How many terms of a conversation are written for each of some audiences, before others may have the conversation.
const PART_TERMS: i64 = 500;
/// How many conversations are looked for together.
const BATCH: i64 = 50;

struct UnindexedRow {
    organization_id: Uuid,
    conversation_id: Uuid,
}

/// What became of a part of the terms by audience.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Updated {
    /// Somebody else holds the conversation.
    Held,
    Part,
    /// The last of a deleted conversation is removed.
    Deleted,
}

struct TextRow {
    position: i32,
    content: String,
}

/// Several instances may do it at once: they leave alone what another one is at.
#[async_trait]
impl SearchIndexer for PostgresStore {
    async fn is_complete(&self) -> Result<bool, StoreError> {
        let mut session = self.upkeep().await?;
        let is_complete = query_file_scalar!("queries/search_indexer/is_complete.sql")
            .fetch_one(&mut *session)
            .await;
        session.done(is_complete)
    }

    async fn index_more(&self) -> Result<IndexingProgress, StoreError> {
        let mut session = self.upkeep().await?;
        let found = query_file_as!(UnindexedRow, "queries/search_indexer/find.sql", BATCH)
            .fetch_all(&mut *session)
            .await;
        let found = session.done(found)?;
        if found.is_empty() {
            return Ok(IndexingProgress::Complete);
        }
        let mut progress = IndexingProgress::Waits;
        for UnindexedRow {
            organization_id,
            conversation_id,
        } in found
        {
            let organization_id = OrganizationId::from_uuid(organization_id);
            let conversation_id = ConversationId::from_uuid(conversation_id);
            if self.index_part(organization_id, conversation_id).await? {
                progress = IndexingProgress::Continues;
            }
        }
        Ok(progress)
    }

    async fn index_audiences(&self) -> Result<IndexingProgress, StoreError> {
        let mut session = self.upkeep().await?;
        let found = query_file_as!(UnindexedRow, "queries/search_audiences/find.sql", BATCH)
            .fetch_all(&mut *session)
            .await;
        let found = session.done(found)?;
        if found.is_empty() {
            return Ok(IndexingProgress::Complete);
        }
        let mut progress = IndexingProgress::Waits;
        for UnindexedRow {
            organization_id,
            conversation_id,
        } in found
        {
            let organization_id = OrganizationId::from_uuid(organization_id);
            let conversation_id = ConversationId::from_uuid(conversation_id);
            let updated = self.update_audiences(organization_id, conversation_id);
            if updated.await? != Updated::Held {
                progress = IndexingProgress::Continues;
            }
        }
        Ok(progress)
    }
}

impl PostgresStore {
    /// Indexes a part of a conversation in a transaction of its own; answers whether it could be locked.
    ///
    /// It locks the conversation first and changes what is noted of it after that, as an instance of an older version does: nobody
    /// waits in a circle.
    async fn index_part(
        &self,
        organization_id: OrganizationId,
        conversation_id: ConversationId,
    ) -> Result<bool, StoreError> {
        let mut session = self.begin_indexing(organization_id).await?;
        let key = (organization_id, conversation_id);
        let is_locked = index_in(&mut session, key).await?;
        let committed = raw_sql("COMMIT").execute(&mut *session).await;
        session.done(committed.map(drop))?;
        Ok(is_locked)
    }

    /// Removes what searches had of deleted conversations; returns of how many.
    pub(crate) async fn remove_terms_of_deleted(&self) -> Result<u64, StoreError> {
        let mut removed = 0;
        loop {
            let mut session = self.upkeep().await?;
            let found = query_file_as!(
                UnindexedRow,
                "queries/search_audiences/find_deleted.sql",
                BATCH
            )
            .fetch_all(&mut *session)
            .await;
            let found = session.done(found)?;
            if found.is_empty() {
                return Ok(removed);
            }
            for row in found {
                let organization_id = OrganizationId::from_uuid(row.organization_id);
                let conversation_id = ConversationId::from_uuid(row.conversation_id);
                let updated = self.update_audiences(organization_id, conversation_id);
                removed += u64::from(updated.await? == Updated::Deleted);
            }
        }
    }

    /// Brings a part of what the audiences of a conversation have of it up to date, or removes a part of a deleted one.
    async fn update_audiences(
        &self,
        organization_id: OrganizationId,
        conversation_id: ConversationId,
    ) -> Result<Updated, StoreError> {
        let mut session = self.begin_indexing(organization_id).await?;
        let key = (organization_id, conversation_id);
        let updated = update_in(&mut session, key).await?;
        let committed = raw_sql("COMMIT").execute(&mut *session).await;
        session.done(committed.map(drop))?;
        Ok(updated)
    }

    /// Begins a transaction. Where an error leaves it, it is closed, which rolls back.
    async fn begin_indexing(&self, organization_id: OrganizationId) -> Result<Session, StoreError> {
        let mut session = self.transaction_session().await?;
        // An id is letters, digits and dashes.
        let begin =
            format!("BEGIN READ WRITE; SET LOCAL parlor.organization_id = '{organization_id}'");
        raw_sql(AssertSqlSafe(begin))
            .execute(&mut *session)
            .await
            .map_err(store_error)?;
        Ok(session)
    }
}

async fn update_in(
    session: &mut Session,
    (organization_id, conversation_id): (OrganizationId, ConversationId),
) -> Result<Updated, StoreError> {
    let (organization, conversation) = (organization_id.as_uuid(), conversation_id.as_uuid());
    let title = query_file_scalar!(
        "queries/search_indexer/lock.sql",
        organization,
        conversation
    )
    .fetch_optional(&mut **session)
    .await
    .map_err(store_error)?;
    let is_deleted = title.is_none();
    if is_deleted {
        let exists = query_file_scalar!(
            "queries/search_audiences/exists.sql",
            organization,
            conversation
        )
        .fetch_one(&mut **session)
        .await
        .map_err(store_error)?;
        if exists {
            return Ok(Updated::Held);
        }
    }
    query_file!(
        "queries/search_audiences/update.sql",
        organization,
        conversation,
        PART_TERMS
    )
    .fetch_one(&mut **session)
    .await
    .map_err(store_error)?;
    if is_deleted {
        let ended = query_file!(
            "queries/search_audiences/remove_terms.sql",
            organization,
            conversation,
            PART_TERMS
        )
        .execute(&mut **session)
        .await
        .map_err(store_error)?;
        if ended.rows_affected() > 0 {
            return Ok(Updated::Deleted);
        }
    }
    Ok(Updated::Part)
}

async fn index_in(
    session: &mut Session,
    (organization_id, conversation_id): (OrganizationId, ConversationId),
) -> Result<bool, StoreError> {
    let (organization, conversation) = (organization_id.as_uuid(), conversation_id.as_uuid());
    let title = query_file_scalar!(
        "queries/search_indexer/lock.sql",
        organization,
        conversation
    )
    .fetch_optional(&mut **session)
    .await
    .map_err(store_error)?;
    let Some(title) = title else {
        return Ok(false);
    };
    let next_position = query_file_scalar!(
        "queries/search_indexer/next_position.sql",
        organization,
        conversation
    )
    .fetch_optional(&mut **session)
    .await
    .map_err(store_error)?;
    // Another instance has indexed it meanwhile.
    let Some(next_position) = next_position else {
        return Ok(true);
    };
    if next_position == 0 {
        let cell = Cell::new("conversations", "title", conversation);
        let title = Title::parse(&title).map_err(|_| cell.corrupt())?;
        put_title(session, organization_id, conversation_id, &title).await?;
    }
    let texts = query_file_as!(
        TextRow,
        "queries/search_indexer/texts.sql",
        organization,
        conversation,
        next_position,
        PART_MESSAGES
    )
    .fetch_all(&mut **session)
    .await
    .map_err(store_error)?;
    let mut is_whole = texts.len() < usize::try_from(PART_MESSAGES).unwrap_or_default();
    let (mut bytes, mut position) = (0, next_position);
    let last = texts.last().map(|text| text.position);
    for text in texts {
        position = text.position;
        bytes += text.content.len();
        put_message(
            session,
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
            organization,
            conversation
        )
        .execute(&mut **session)
        .await
    } else {
        query_file!(
            "queries/search_indexer/continue.sql",
            organization,
            conversation,
            position + 1
        )
        .execute(&mut **session)
        .await
    };
    noted.map_err(store_error)?;
    Ok(true)
}
