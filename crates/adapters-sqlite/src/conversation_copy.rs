//! Copies of conversations, made in short transactions between which others write.
//!
//! The messages of a copy are stored under the id of a conversation that does not exist yet, and the last transaction adds the
//! conversation. Every statement that reads for a caller asks for the conversation, so nobody finds them before.

use async_trait::async_trait;
use parlor_application::ports::{
    ConversationCopy, ConversationKey, StoreError, UnitOfWork, copy_messages,
};
use parlor_domain::{conversation::Conversation, ids::ConversationId, message_copy::MessageCopy};
use sqlx::{query_file, sqlite::SqliteQueryResult};

use crate::{SqliteStore, error::store_error, unit_of_work::SqliteUnitOfWork};

/// A copy that is being made. The last part that was added waits for the next call: a conversation that fits in one part is
/// copied in the one transaction that makes it visible.
pub(crate) struct SqliteCopy {
    store: SqliteStore,
    original: ConversationId,
    copy: Conversation,
    last_part: Vec<MessageCopy>,
    /// What was stored so far.
    unfinished: Option<UnfinishedCopy>,
}

/// The rows of a copy that nobody sees. When it is dropped, they are removed.
pub(crate) struct UnfinishedCopy {
    store: SqliteStore,
    key: ConversationKey,
    messages: u32,
    is_complete: bool,
}

impl SqliteCopy {
    pub(crate) const fn new(
        store: SqliteStore,
        original: ConversationId,
        copy: Conversation,
    ) -> Self {
        Self {
            store,
            original,
            copy,
            last_part: Vec::new(),
            unfinished: None,
        }
    }

    /// Stores a part where nobody sees it.
    async fn store_aside(&mut self, part: &[MessageCopy]) -> Result<(), StoreError> {
        let mut unit = self.store.begin_aside(self.copy.organization_id).await?;
        let (original, copy) = (self.original, self.copy.id);
        let unfinished = self.note_progress(&mut unit).await?;
        let (first, last) = (unfinished.messages + 1, part.last().map(|it| it.position));
        copy_messages(&mut unit, original, copy, part).await?;
        let ConversationKey {
            organization_id,
            conversation_id,
        } = unfinished.key;
        query_file!(
            "queries/conversation_copy/add_events.sql",
            organization_id.as_uuid(),
            conversation_id.as_uuid(),
            first,
            last
        )
        .execute(unit.connection())
        .await
        .map_err(store_error)?;
        unit.commit_aside().await?;
        unfinished.messages = last.unwrap_or(unfinished.messages);
        Ok(())
    }

    /// Notes in this unit of work that something is added.
    async fn note_progress(
        &mut self,
        unit: &mut SqliteUnitOfWork,
    ) -> Result<&mut UnfinishedCopy, StoreError> {
        let key = ConversationKey {
            organization_id: self.copy.organization_id,
            conversation_id: self.copy.id,
        };
        let (organization_id, id) = (key.organization_id.as_uuid(), key.conversation_id.as_uuid());
        let noted = if self.unfinished.is_none() {
            query_file!("queries/conversation_copy/begin.sql", organization_id, id)
                .execute(unit.connection())
                .await
        } else {
            query_file!(
                "queries/conversation_copy/continue.sql",
                organization_id,
                id
            )
            .execute(unit.connection())
            .await
        };
        exactly_one(noted)?;
        Ok(self.unfinished.get_or_insert_with(|| UnfinishedCopy {
            store: self.store.clone(),
            key,
            messages: 0,
            is_complete: false,
        }))
    }
}

#[async_trait]
impl ConversationCopy for SqliteCopy {
    async fn add(&mut self, messages: &[MessageCopy]) -> Result<(), StoreError> {
        let part = std::mem::replace(&mut self.last_part, messages.to_vec());
        if part.is_empty() {
            return Ok(());
        }
        self.store_aside(&part).await
    }

    async fn finish(mut self: Box<Self>) -> Result<Box<dyn UnitOfWork>, StoreError> {
        let mut unit = self.store.begin_unit(self.copy.organization_id).await?;
        let unfinished = self.unfinished.take();
        if let Some(copy) = &unfinished {
            let key = copy.key;
            let completed = query_file!(
                "queries/conversation_copy/complete.sql",
                key.organization_id.as_uuid(),
                key.conversation_id.as_uuid()
            )
            .execute(unit.connection())
            .await;
            exactly_one(completed)?;
        }
        unit.conversations().insert(&self.copy).await?;
        if let Some(copy) = unfinished {
            let key = copy.key;
            query_file!(
                "queries/conversation_copy/count_events.sql",
                key.organization_id.as_uuid(),
                key.conversation_id.as_uuid(),
                copy.messages
            )
            .execute(unit.connection())
            .await
            .map_err(store_error)?;
            unit.completes(copy);
        }
        copy_messages(&mut unit, self.original, self.copy.id, &self.last_part).await?;
        Ok(Box::new(unit))
    }
}

fn exactly_one(done: Result<SqliteQueryResult, sqlx::Error>) -> Result<(), StoreError> {
    match done.map_err(store_error)?.rows_affected() {
        1 => Ok(()),
        _ => Err(StoreError::Conflict),
    }
}

impl UnfinishedCopy {
    /// The copy was committed.
    pub(crate) fn mark_complete(mut self) {
        self.is_complete = true;
    }
}

impl Drop for UnfinishedCopy {
    fn drop(&mut self) {
        if !self.is_complete {
            self.store.remove_leftovers_soon(self.key);
        }
    }
}
