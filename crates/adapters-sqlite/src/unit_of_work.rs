//! Writing: one transaction that commits only together with its audit entries.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use parlor_application::ports::{
    ConversationCopy, ConversationKey, ConversationRepository, DirectoryRepository,
    IdempotencyRepository, Identity, MessageRepository, Opening, SessionRepository, StoreError,
    UnitOfWork, UnitOfWorkFactory,
};
use parlor_domain::{
    audit::AuditEntries,
    conversation::Conversation,
    ids::{ConversationId, OrganizationId, UserId},
    settings::Settings,
};
use sqlx::{Sqlite, SqliteConnection, Transaction, pool::PoolConnection, query_file_as};
use uuid::Uuid;

use crate::{
    SqliteStore,
    audit_log::append,
    conversation_changes::Changed,
    conversation_copy::{SqliteCopy, UnfinishedCopy},
    error::store_error,
    files::DatabaseFiles,
    probe::RecentWrites,
    rows::OpeningRow,
};

/// A transaction on the one connection that writes. It implements the repositories itself, each in its own file.
///
/// Dropping it sends the rollback after whatever is still running, so the connection is clean for the next one, also when a
/// caller goes away in the middle of a statement.
pub(crate) struct SqliteUnitOfWork {
    transaction: Transaction<'static, Sqlite>,
    /// Where the transaction is on the connection that does not check foreign keys.
    unchecked: Option<Unchecked>,
    /// The copy that the commit makes visible.
    completes: Option<UnfinishedCopy>,
    files: Arc<DatabaseFiles>,
    writes: Arc<RecentWrites>,
    organization_id: OrganizationId,
    /// Conversations that were loaded or saved, as they are stored.
    stored: HashMap<ConversationId, Conversation>,
    /// The settings, once a statement has brought them along.
    pub(crate) settings: Option<Settings>,
    /// Of what it changes, those who follow it are told after the commit.
    changed: Changed,
}

/// What belongs to a transaction that does not check foreign keys.
struct Unchecked {
    /// The connection of those who check them: nobody else writes meanwhile. Dropped after the transaction.
    _turn: PoolConnection<Sqlite>,
    store: SqliteStore,
    /// The conversations that were deleted, and whose rows are to be removed after the commit.
    deleted: Vec<ConversationId>,
}

impl SqliteUnitOfWork {
    /// The organization whose rows it sees: every statement names it.
    pub(crate) const fn organization_id(&self) -> OrganizationId {
        self.organization_id
    }

    /// Those who follow this conversation have to look again, once this is committed.
    pub(crate) fn note_changed(&mut self, id: ConversationId) {
        self.changed.note(self.organization_id, id);
    }

    /// A conversation as it is stored, if this unit of work has met it.
    pub(crate) fn stored(&self, id: ConversationId) -> Option<&Conversation> {
        self.stored.get(&id)
    }

    /// This is how the conversation is stored now.
    pub(crate) fn note_stored(&mut self, conversation: &Conversation) {
        self.stored.insert(conversation.id, conversation.clone());
    }

    /// The conversation is stored no more.
    pub(crate) fn note_deleted(&mut self, id: ConversationId) {
        self.stored.remove(&id);
    }

    pub(crate) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.transaction
    }

    /// Whether a deleted conversation leaves its rows for later.
    pub(crate) const fn deletes_in_parts(&self) -> bool {
        self.unchecked.is_some()
    }

    /// The rows of this conversation are removed after the commit.
    pub(crate) fn leave_rows(&mut self, id: ConversationId) {
        if let Some(unchecked) = &mut self.unchecked {
            unchecked.deleted.push(id);
        }
    }

    /// The commit makes this copy visible; without it, what was stored of the copy is removed.
    pub(crate) fn completes(&mut self, copy: UnfinishedCopy) {
        self.completes = Some(copy);
    }

    /// Commits what nobody sees: nobody is told, and nothing is audited.
    pub(crate) async fn commit_aside(self) -> Result<(), StoreError> {
        let committed = self.transaction.commit().await;
        self.writes.note(committed.is_ok());
        committed.map_err(store_error)?;
        self.files.check()
    }
}

impl SqliteStore {
    pub(crate) async fn begin_unit(
        &self,
        organization_id: OrganizationId,
    ) -> Result<SqliteUnitOfWork, StoreError> {
        let transaction = self.begin_writing().await?;
        Ok(self.unit(organization_id, transaction, None))
    }

    /// Begins a unit of work that does not check foreign keys.
    pub(crate) async fn begin_aside(
        &self,
        organization_id: OrganizationId,
    ) -> Result<SqliteUnitOfWork, StoreError> {
        let (transaction, turn) = self.begin_unchecked().await?;
        let unchecked = Unchecked {
            _turn: turn,
            store: self.clone(),
            deleted: Vec::new(),
        };
        Ok(self.unit(organization_id, transaction, Some(unchecked)))
    }

    fn unit(
        &self,
        organization_id: OrganizationId,
        transaction: Transaction<'static, Sqlite>,
        unchecked: Option<Unchecked>,
    ) -> SqliteUnitOfWork {
        SqliteUnitOfWork {
            transaction,
            unchecked,
            completes: None,
            files: Arc::clone(self.files()),
            writes: Arc::clone(self.writes()),
            organization_id,
            stored: HashMap::new(),
            settings: None,
            changed: Changed::on(self.board()),
        }
    }
}

#[async_trait]
impl UnitOfWorkFactory for SqliteStore {
    async fn begin(
        &self,
        organization_id: OrganizationId,
    ) -> Result<Box<dyn UnitOfWork>, StoreError> {
        Ok(Box::new(self.begin_unit(organization_id).await?))
    }

    /// The transaction is the only writer from its beginning: the conversation is locked with everything else.
    async fn begin_on(
        &self,
        _user_id: UserId,
        key: ConversationKey,
    ) -> Result<Box<dyn UnitOfWork>, StoreError> {
        self.begin(key.organization_id).await
    }

    async fn begin_deletion(
        &self,
        _user_id: UserId,
        key: ConversationKey,
    ) -> Result<Box<dyn UnitOfWork>, StoreError> {
        Ok(Box::new(self.begin_aside(key.organization_id).await?))
    }

    async fn begin_copy(
        &self,
        original: ConversationId,
        copy: &Conversation,
    ) -> Result<Box<dyn ConversationCopy>, StoreError> {
        let copy = SqliteCopy::new(self.clone(), original, copy.clone());
        Ok(Box::new(copy))
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
        let row = query_file_as!(
            OpeningRow,
            "queries/unit_of_work/open.sql",
            organization_id.as_uuid(),
            user_id.as_uuid(),
            id.as_uuid()
        )
        .fetch_optional(self.connection())
        .await
        .map_err(store_error)?;
        let Some(row) = row else { return Ok(None) };
        let identity = Identity {
            organization_id,
            user_id,
        };
        let opening = row.into_opening(identity, id)?;
        if let Some(found) = &opening.found {
            self.note_stored(&found.conversation);
        }
        self.settings = Some(opening.settings);
        Ok(Some(opening))
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
        // Whether or not the caller stays for the end of the commit.
        let _told = self.changed.told_when_dropped();
        let committed = self.transaction.commit().await;
        self.writes.note(committed.is_ok());
        committed.map_err(store_error)?;
        if let Some(copy) = self.completes.take() {
            copy.mark_complete();
        }
        if let Some(Unchecked { store, deleted, .. }) = self.unchecked.take() {
            for conversation_id in deleted {
                store.remove_leftovers_soon(ConversationKey {
                    organization_id: self.organization_id,
                    conversation_id,
                });
            }
        }
        // What went into a file that was removed or changed meanwhile is not answered as stored.
        self.files.check_writable()
    }
}
