//! Writing: one transaction that commits only together with its audit entries.

use async_trait::async_trait;
use parlor_application::ports::{
    ConversationKey, ConversationRepository, DirectoryRepository, FoundConversation,
    IdempotencyRepository, MessageRepository, Opening, SessionRepository, StoreError, UnitOfWork,
    UnitOfWorkFactory, UserRef,
};
use parlor_domain::{
    audit::AuditEntries,
    ids::{ConversationId, OrganizationId, UserId},
    settings::Settings,
};
use sqlx::{Sqlite, SqliteConnection, Transaction, query_file_as};
use uuid::Uuid;

use crate::{
    SqliteStore, audit_log::append, conversation_repository::ConversationRow,
    directory_repository::PrincipalRow, error::store_error,
};

struct OpeningRow {
    permissions: String,
    groups: String,
    private_conversations: i64,
    owner_id: Option<Uuid>,
    owner_name: Option<String>,
    title: Option<String>,
    privacy: Option<String>,
    organization_level: Option<String>,
    group_levels: String,
    created_at: Option<i64>,
    last_activity_at: Option<i64>,
    version: Option<i64>,
    forked_from: Option<Uuid>,
    visible_origin: Option<Uuid>,
}

impl OpeningRow {
    fn into_opening(
        self,
        organization_id: OrganizationId,
        user_id: UserId,
        id: ConversationId,
    ) -> Result<Opening, StoreError> {
        let rights = PrincipalRow {
            permissions: self.permissions,
            groups: self.groups,
        };
        let settings = Settings {
            private_conversations: self.private_conversations != 0,
        };
        let (owner_name, visible_origin) = (self.owner_name, self.visible_origin);
        // The columns of a conversation are all there, or it is not.
        let row = || {
            Some(ConversationRow {
                owner_id: self.owner_id?,
                title: self.title?,
                privacy: self.privacy?,
                organization_level: self.organization_level,
                group_levels: self.group_levels,
                created_at: self.created_at?,
                last_activity_at: self.last_activity_at?,
                version: self.version?,
                forked_from: self.forked_from,
            })
        };
        let found = row().zip(owner_name).map(|(row, name)| {
            let conversation = row.into_conversation(organization_id, id)?;
            Ok(FoundConversation {
                owner: UserRef {
                    id: conversation.owner_id,
                    name,
                },
                conversation,
                forked_from: visible_origin.map(ConversationId::from_uuid),
            })
        });
        Ok(Opening {
            principal: rights.into_principal(organization_id, user_id)?,
            settings,
            found: found.transpose()?,
        })
    }
}

/// A transaction on the one connection that writes. It implements the repositories itself, each in its own file.
///
/// Dropping it sends the rollback after whatever is still running, so the connection is clean for the next one, also when a
/// caller goes away in the middle of a statement.
pub(crate) struct SqliteUnitOfWork {
    transaction: Transaction<'static, Sqlite>,
    organization_id: OrganizationId,
}

impl SqliteUnitOfWork {
    /// The organization whose rows it sees: every statement names it.
    pub(crate) const fn organization_id(&self) -> OrganizationId {
        self.organization_id
    }

    pub(crate) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.transaction
    }
}

#[async_trait]
impl UnitOfWorkFactory for SqliteStore {
    async fn begin(
        &self,
        organization_id: OrganizationId,
    ) -> Result<Box<dyn UnitOfWork>, StoreError> {
        let transaction = self.begin_writing().await?;
        Ok(Box::new(SqliteUnitOfWork {
            transaction,
            organization_id,
        }))
    }

    /// The transaction is the only writer from its beginning: the conversation is locked with everything else.
    async fn begin_on(&self, key: ConversationKey) -> Result<Box<dyn UnitOfWork>, StoreError> {
        self.begin(key.organization_id).await
    }
}

#[async_trait]
impl UnitOfWork for SqliteUnitOfWork {
    fn directory(&mut self) -> &mut dyn DirectoryRepository {
        self
    }

    fn conversations(&mut self) -> &mut dyn ConversationRepository {
        self
    }

    fn messages(&mut self) -> &mut dyn MessageRepository {
        self
    }

    fn idempotency(&mut self) -> &mut dyn IdempotencyRepository {
        self
    }

    fn sessions(&mut self) -> &mut dyn SessionRepository {
        self
    }

    async fn open(
        &mut self,
        user_id: UserId,
        id: ConversationId,
    ) -> Result<Option<Opening>, StoreError> {
        let organization_id = self.organization_id;
        query_file_as!(
            OpeningRow,
            "queries/unit_of_work/open.sql",
            organization_id.as_uuid(),
            user_id.as_uuid(),
            id.as_uuid()
        )
        .fetch_optional(self.connection())
        .await
        .map_err(store_error)?
        .map(|row| row.into_opening(organization_id, user_id, id))
        .transpose()
    }

    async fn commit(mut self: Box<Self>, audit: AuditEntries) -> Result<(), StoreError> {
        for entry in audit.iter() {
            if entry.organization_id != self.organization_id {
                return Err(StoreError::Other(
                    "the entry is of another organization".into(),
                ));
            }
            append(self.connection(), entry).await?;
        }
        self.transaction.commit().await.map_err(store_error)
    }
}
