//! Conversations, as a transaction sees them.

use async_trait::async_trait;
use parlor_application::ports::{
    ConversationKey, ConversationRepository, StoreError, is_in_one_row,
};
use parlor_domain::{
    conversation::Conversation,
    grants::{Grants, Level},
    ids::ConversationId,
};
use parlor_store_sql::integer;
use sqlx::{query_file, query_file_as};

use crate::{
    convert::json_ids,
    error::store_error,
    rows::ConversationRow,
    search_index::{add_title, put_title},
    unit_of_work::SqliteUnitOfWork,
};

#[async_trait]
impl ConversationRepository for SqliteUnitOfWork {
    async fn find_for_update(
        &mut self,
        id: ConversationId,
    ) -> Result<Option<Conversation>, StoreError> {
        let organization_id = self.organization_id();
        let row = query_file_as!(
            ConversationRow,
            "queries/conversation_repository/find_for_update.sql",
            organization_id.as_uuid(),
            id.as_uuid()
        )
        .fetch_optional(self.connection())
        .await
        .map_err(store_error)?;
        let Some(row) = row else { return Ok(None) };
        let conversation = row.into_conversation(organization_id, id)?;
        self.note_stored(&conversation);
        Ok(Some(conversation))
    }

    async fn insert(&mut self, conversation: &Conversation) -> Result<(), StoreError> {
        self.check_organization(conversation)?;
        let inserted = query_file!(
            "queries/conversation_repository/insert.sql",
            conversation.organization_id.as_uuid(),
            conversation.id.as_uuid(),
            conversation.owner_id.as_uuid(),
            conversation.title.as_str(),
            conversation.privacy.kind().as_str(),
            organization_level(conversation),
            conversation.created_at.timestamp_micros(),
            conversation.last_activity_at.timestamp_micros(),
            integer(conversation.version.as_number()),
            conversation.forked_from.map(ConversationId::as_uuid),
            !conversation.title.is_untitled()
        )
        .execute(self.connection())
        .await
        .map_err(store_error)?;
        if inserted.rows_affected() == 0 {
            return Err(StoreError::Conflict);
        }
        self.note_changed(conversation.id);
        self.note_stored(conversation);
        self.put_grants(conversation).await?;
        let key = ConversationKey {
            organization_id: conversation.organization_id,
            conversation_id: conversation.id,
        };
        add_title(self.connection(), key, &conversation.title).await
    }

    async fn update(&mut self, conversation: &Conversation) -> Result<(), StoreError> {
        self.check_organization(conversation)?;
        let updated = query_file!(
            "queries/conversation_repository/update.sql",
            conversation.organization_id.as_uuid(),
            conversation.id.as_uuid(),
            conversation.owner_id.as_uuid(),
            conversation.title.as_str(),
            conversation.privacy.kind().as_str(),
            organization_level(conversation),
            conversation.last_activity_at.timestamp_micros(),
            integer(conversation.version.as_number()),
            !conversation.title.is_untitled()
        )
        .execute(self.connection())
        .await
        .map_err(store_error)?;
        if updated.rows_affected() == 0 {
            return Err(StoreError::Conflict);
        }
        self.note_changed(conversation.id);
        let before = self.stored(conversation.id);
        let is_in_one_row = before.is_some_and(|before| is_in_one_row(before, conversation));
        let is_renamed = before.is_none_or(|before| before.title != conversation.title);
        self.note_stored(conversation);
        if is_in_one_row {
            return Ok(());
        }
        self.delete_other_grants(conversation).await?;
        self.put_grants(conversation).await?;
        if is_renamed {
            self.put_title(conversation).await?;
        }
        Ok(())
    }

    async fn delete(&mut self, id: ConversationId) -> Result<(), StoreError> {
        self.note_changed(id);
        self.note_deleted(id);
        if self.deletes_in_parts() {
            return self.delete_row(id).await;
        }
        query_file!(
            "queries/search_audiences/remove_all.sql",
            self.organization_id().as_uuid(),
            id.as_uuid()
        )
        .execute(self.connection())
        .await
        .map_err(store_error)?;
        query_file!(
            "queries/conversation_repository/delete.sql",
            self.organization_id().as_uuid(),
            id.as_uuid()
        )
        .execute(self.connection())
        .await
        .map_err(store_error)?;
        Ok(())
    }
}

impl SqliteUnitOfWork {
    /// Deletes the conversation, and leaves its messages, events and terms, which nobody finds without it.
    async fn delete_row(&mut self, id: ConversationId) -> Result<(), StoreError> {
        macro_rules! execute {
            ($file:literal) => {
                query_file!($file, self.organization_id().as_uuid(), id.as_uuid())
                    .execute(self.connection())
                    .await
                    .map_err(store_error)?
            };
        }
        execute!("queries/conversation_repository/stop_answers.sql");
        execute!("queries/conversation_repository/delete_grants.sql");
        execute!("queries/conversation_repository/delete_unindexed.sql");
        let deleted = execute!("queries/conversation_repository/delete.sql");
        if deleted.rows_affected() > 0 {
            execute!("queries/conversation_repository/leave_rows.sql");
            self.leave_rows(id);
        }
        Ok(())
    }

    /// A conversation of another organization is not there for this transaction, so saving it cannot succeed.
    fn check_organization(&self, conversation: &Conversation) -> Result<(), StoreError> {
        if conversation.organization_id == self.organization_id() {
            Ok(())
        } else {
            Err(StoreError::Conflict)
        }
    }

    /// Takes every grant away but those to groups that the conversation still has.
    async fn delete_other_grants(&mut self, conversation: &Conversation) -> Result<(), StoreError> {
        let grants = conversation.privacy.grants();
        let groups = grants.map(Grants::groups).into_iter().flatten();
        query_file!(
            "queries/conversation_repository/delete_other_grants.sql",
            conversation.organization_id.as_uuid(),
            conversation.id.as_uuid(),
            json_ids(groups.map(|(id, _)| id.as_uuid()))
        )
        .execute(self.connection())
        .await
        .map_err(store_error)?;
        Ok(())
    }

    async fn put_grants(&mut self, conversation: &Conversation) -> Result<(), StoreError> {
        let Some(grants) = conversation.privacy.grants() else {
            return Ok(());
        };
        for (group_id, level) in grants.groups() {
            query_file!(
                "queries/conversation_repository/put_grant.sql",
                conversation.organization_id.as_uuid(),
                conversation.id.as_uuid(),
                group_id.as_uuid(),
                level.as_str(),
                conversation.last_activity_at.timestamp_micros()
            )
            .execute(self.connection())
            .await
            .map_err(store_error)?;
        }
        Ok(())
    }

    async fn put_title(&mut self, conversation: &Conversation) -> Result<(), StoreError> {
        let Conversation {
            organization_id,
            id,
            ref title,
            ..
        } = *conversation;
        put_title(self.connection(), organization_id, id, title).await
    }
}

fn organization_level(conversation: &Conversation) -> Option<&'static str> {
    conversation
        .privacy
        .grants()
        .and_then(Grants::organization)
        .map(Level::as_str)
}
