//! Conversations, as a transaction sees them.

use async_trait::async_trait;
use parlor_application::ports::{ConversationRepository, StoreError, is_in_one_row};
use parlor_domain::{
    conversation::Conversation,
    grants::{Grants, Level},
    ids::ConversationId,
    search::index_terms,
};
use parlor_store_sql::integer;
use sqlx::{query_file, query_file_as, query_file_scalar};
use uuid::Uuid;

use crate::{
    error::store_error, rows::ConversationRow, search_index::put_title,
    unit_of_work::PostgresUnitOfWork,
};

#[async_trait]
impl ConversationRepository for PostgresUnitOfWork {
    async fn find_for_update(
        &mut self,
        id: ConversationId,
    ) -> Result<Option<Conversation>, StoreError> {
        if !self.lock(id).await? {
            return Ok(None);
        }
        let organization_id = self.organization_id();
        let row = query_file_as!(
            ConversationRow,
            "queries/conversation_repository/find_for_update.sql",
            organization_id.as_uuid(),
            id.as_uuid()
        )
        .fetch_optional(self.connection()?)
        .await
        .map_err(store_error)?;
        let Some(row) = row else { return Ok(None) };
        let conversation = row.into_conversation(organization_id, id)?;
        self.note_stored(&conversation);
        Ok(Some(conversation))
    }

    async fn insert(&mut self, conversation: &Conversation) -> Result<(), StoreError> {
        self.check_organization(conversation)?;
        let grants = Granted::of(conversation);
        let inserted = query_file_scalar!(
            "queries/conversation_repository/insert.sql",
            conversation.organization_id.as_uuid(),
            conversation.id.as_uuid(),
            conversation.owner_id.as_uuid(),
            conversation.title.as_str(),
            conversation.privacy.kind().as_str(),
            grants.organization,
            conversation.created_at,
            conversation.last_activity_at,
            integer(conversation.version.as_number()),
            conversation.forked_from.map(ConversationId::as_uuid),
            &grants.groups,
            &grants.levels as &[&str],
            &index_terms(conversation.title.as_str()),
            !conversation.title.is_untitled()
        )
        .fetch_one(self.connection()?)
        .await
        .map_err(store_error)?;
        if inserted == 0 {
            return Err(StoreError::Conflict);
        }
        self.note_added(conversation.id);
        self.note_changed(conversation.id);
        self.note_stored(conversation);
        Ok(())
    }

    async fn update(&mut self, conversation: &Conversation) -> Result<(), StoreError> {
        self.check_organization(conversation)?;
        let before = self.stored(conversation.id);
        let is_renamed = before.is_none_or(|before| before.title != conversation.title);
        let updated = if before.is_some_and(|before| is_in_one_row(before, conversation)) {
            self.update_row(conversation).await?
        } else {
            self.update_all(conversation).await?
        };
        if updated == 0 {
            return Err(StoreError::Conflict);
        }
        if is_renamed {
            let Conversation {
                organization_id,
                id,
                ref title,
                ..
            } = *conversation;
            put_title(self.connection()?, organization_id, id, title).await?;
        }
        self.note_changed(conversation.id);
        self.note_stored(conversation);
        Ok(())
    }

    async fn delete(&mut self, id: ConversationId) -> Result<(), StoreError> {
        query_file!(
            "queries/conversation_repository/delete.sql",
            self.organization_id().as_uuid(),
            id.as_uuid()
        )
        .execute(self.connection()?)
        .await
        .map_err(store_error)?;
        self.note_deleted(id);
        self.note_changed(id);
        Ok(())
    }
}

impl PostgresUnitOfWork {
    /// A conversation of another organization is not there for this transaction, so saving it cannot succeed.
    fn check_organization(&self, conversation: &Conversation) -> Result<(), StoreError> {
        if conversation.organization_id == self.organization_id() {
            Ok(())
        } else {
            Err(StoreError::Conflict)
        }
    }

    /// Saves what stands in the conversation's own row; answers the number of rows.
    async fn update_row(&mut self, conversation: &Conversation) -> Result<u64, StoreError> {
        let grants = conversation.privacy.grants();
        let updated = query_file!(
            "queries/conversation_repository/update_row.sql",
            conversation.organization_id.as_uuid(),
            conversation.id.as_uuid(),
            conversation.owner_id.as_uuid(),
            conversation.title.as_str(),
            conversation.privacy.kind().as_str(),
            grants.and_then(Grants::organization).map(Level::as_str),
            conversation.last_activity_at,
            integer(conversation.version.as_number()),
            !conversation.title.is_untitled()
        )
        .execute(self.connection()?)
        .await
        .map_err(store_error)?;
        Ok(updated.rows_affected())
    }

    /// Saves the conversation with its grants; answers the number of rows.
    async fn update_all(&mut self, conversation: &Conversation) -> Result<u64, StoreError> {
        let grants = Granted::of(conversation);
        let updated = query_file!(
            "queries/conversation_repository/update.sql",
            conversation.organization_id.as_uuid(),
            conversation.id.as_uuid(),
            conversation.owner_id.as_uuid(),
            conversation.title.as_str(),
            conversation.privacy.kind().as_str(),
            grants.organization,
            conversation.last_activity_at,
            integer(conversation.version.as_number()),
            &grants.groups,
            &grants.levels as &[&str],
            !conversation.title.is_untitled()
        )
        .execute(self.connection()?)
        .await
        .map_err(store_error)?;
        Ok(updated.rows_affected())
    }
}

/// All grants of a conversation, as a statement takes them: the groups and their levels one for one.
struct Granted {
    organization: Option<&'static str>,
    groups: Vec<Uuid>,
    levels: Vec<&'static str>,
}

impl Granted {
    fn of(conversation: &Conversation) -> Self {
        let grants = conversation.privacy.grants();
        let groups = grants.map(Grants::groups).into_iter().flatten();
        let (groups, levels) = groups
            .map(|(id, level)| (id.as_uuid(), level.as_str()))
            .unzip();
        Self {
            organization: grants.and_then(Grants::organization).map(Level::as_str),
            groups,
            levels,
        }
    }
}
