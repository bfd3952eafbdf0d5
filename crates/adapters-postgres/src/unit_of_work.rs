//! Writing: one transaction that commits only together with its audit entries.
//!
//! What a transaction has read stays so until its end, by locks and not by a higher isolation: each statement sees what was
//! committed before it began, so what must not change is locked by a statement before the one that reads it.
//!
//! - **The conversation** is locked as a row, at the beginning or before it is found, and only if the user can see it: the statement
//!   that locks has the condition in it, so nobody waits for what others do with an invisible one. Whether the user still sees it is
//!   asked again by the statement after the lock.
//! - **The directory** (people, roles, groups and settings of the organization) is locked as a whole, by an advisory lock of the
//!   organization. Every unit of work shares it from its start (a long copy of a conversation: from its last part on). A change of the
//!   directory takes it exclusively first. So nobody writes under rights or settings that another transaction has changed meanwhile,
//!   and no row of the directory has to be locked, which PostgreSQL could only do by writing to it. Two that share the lock and both
//!   want it alone wait for each other; PostgreSQL ends one of them, which is a [`StoreError::Conflict`].

use std::{
    collections::{BTreeSet, HashMap},
    fmt::Write as _,
};

use async_trait::async_trait;
use parlor_application::ports::{
    ConversationCopy, ConversationKey, ConversationRepository, DirectoryRepository,
    IdempotencyRepository, Identity, MessageRepository, Opening, SessionRepository, StoreError,
    UnitOfWork, UnitOfWorkFactory,
};
use parlor_domain::{
    audit::{AuditEntries, AuditEntry},
    conversation::Conversation,
    ids::{ConversationId, OrganizationId, UserId},
    settings::Settings,
};
use sqlx::{AssertSqlSafe, query_file, query_file_as, query_file_scalar, raw_sql};
use tokio::{runtime::Handle, time::timeout};

use crate::{
    PostgresStore,
    audit_log::append,
    connection::Connection,
    conversation_changes::Changed,
    conversation_copy::PostgresCopy,
    error::{is_connection_useless, store_error},
    idempotency_repository::FoundKeys,
    pool::Session,
    rows::OpeningRow,
};

/// The transaction. It implements the repositories itself, each in its own file.
///
/// Dropping it sends the rollback after whatever is still running, so its locks are free and its connection is clean for the next
/// one, also when a caller goes away in the middle of a statement.
pub(crate) struct PostgresUnitOfWork {
    /// The connection, until the transaction has ended.
    session: Option<Session>,
    organization_id: OrganizationId,
    /// The conversations that are locked.
    locked: BTreeSet<ConversationId>,
    /// Conversations that were loaded or saved, as they are stored.
    stored: HashMap<ConversationId, Conversation>,
    /// For whom and on what the unit of work was begun: it was locked then, or it was not there for this user.
    begun_on: Option<(UserId, ConversationId)>,
    /// The settings, once a statement has brought them along.
    pub(crate) settings: Option<Settings>,
    /// What was found under idempotency keys.
    pub(crate) found_keys: FoundKeys,
    /// Of what it changes, those who follow it are told after the commit.
    changed: Changed,
}

impl PostgresUnitOfWork {
    /// The organization whose rows it sees: every statement names it.
    pub(crate) const fn organization_id(&self) -> OrganizationId {
        self.organization_id
    }

    /// Those who follow this conversation have to look again, once this is committed.
    pub(crate) fn note_changed(&mut self, id: ConversationId) {
        self.changed.note(self.organization_id, id);
    }

    pub(crate) fn connection(&mut self) -> Result<&mut Connection, StoreError> {
        match &mut self.session {
            Some(session) => Ok(session),
            None => Err(StoreError::Other("the unit of work has ended".into())),
        }
    }

    /// Locks a conversation until the end, if it is there, whoever can see it.
    pub(crate) async fn lock(&mut self, id: ConversationId) -> Result<bool, StoreError> {
        if self.locked.contains(&id) {
            return Ok(true);
        }
        let found = query_file_scalar!(
            "queries/unit_of_work/lock_any_conversation.sql",
            self.organization_id.as_uuid(),
            id.as_uuid()
        )
        .fetch_optional(self.connection()?)
        .await
        .map_err(store_error)?;
        self.locked.extend(found.map(|_| id));
        Ok(found.is_some())
    }

    /// Locks a conversation until the end, if this user can see it; answers whether it is locked.
    ///
    /// One that was not there for the user at the beginning of a unit of work on it stays so: whether it exists or not costs the same.
    async fn lock_visible(
        &mut self,
        user_id: UserId,
        id: ConversationId,
    ) -> Result<bool, StoreError> {
        if self.locked.contains(&id) {
            return Ok(true);
        }
        if self.begun_on == Some((user_id, id)) {
            return Ok(false);
        }
        let found = query_file_scalar!(
            "queries/unit_of_work/lock_conversation.sql",
            self.organization_id.as_uuid(),
            user_id.as_uuid(),
            id.as_uuid()
        )
        .fetch_optional(self.connection()?)
        .await
        .map_err(store_error)?;
        self.locked.extend(found.map(|_| id));
        Ok(found.is_some())
    }

    /// Nobody else sees a conversation that was added here.
    pub(crate) fn note_added(&mut self, id: ConversationId) {
        self.locked.insert(id);
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

    /// Shares the directory's lock, where the unit of work was begun without it.
    pub(crate) async fn share_directory(&mut self) -> Result<(), StoreError> {
        let (class, key) = directory_lock(self.organization_id);
        query_file!("queries/unit_of_work/share_directory.sql", class, key)
            .execute(self.connection()?)
            .await
            .map_err(store_error)?;
        Ok(())
    }

    /// Takes the directory's lock for this unit of work alone.
    pub(crate) async fn lock_directory(&mut self) -> Result<(), StoreError> {
        let (class, key) = directory_lock(self.organization_id);
        query_file!("queries/unit_of_work/lock_directory.sql", class, key)
            .execute(self.connection()?)
            .await
            .map_err(store_error)?;
        // They may have been changed before it was locked.
        self.settings = None;
        Ok(())
    }

    /// Begins the transaction, with the shared lock of the directory and that of the conversation, in one round trip.
    async fn start(&mut self, directory: DirectoryLock) -> Result<(), sqlx::Error> {
        let organization_id = self.organization_id;
        let Some(session) = &mut self.session else {
            return Err(sqlx::Error::PoolClosed);
        };
        let (class, key) = directory_lock(organization_id);
        // Nothing of it comes from outside: ids are letters, digits and dashes. Statements of their own, so that the first one of
        // the use case sees what was committed while these had to wait.
        let mut statements =
            format!("BEGIN READ WRITE; SET LOCAL parlor.organization_id = '{organization_id}'");
        if directory == DirectoryLock::Shared {
            // Writing into a string does not fail.
            let _ = write!(
                statements,
                "; EXECUTE parlor_lock_directory ('{class}', '{key}')"
            );
        }
        if let Some((user_id, id)) = self.begun_on {
            // Writing into a string does not fail.
            let _ = write!(
                statements,
                "; EXECUTE parlor_lock_conversation ('{organization_id}', '{user_id}', '{id}')"
            );
        }
        let answered = raw_sql(AssertSqlSafe(statements))
            .fetch_all(&mut **session)
            .await?;
        // One row tells of the shared lock.
        if answered.len() > 1 {
            self.locked.extend(self.begun_on.map(|(_, id)| id));
        }
        Ok(())
    }
}

/// Whether a unit of work shares the directory's lock from its beginning.
#[derive(Clone, Copy, PartialEq, Eq)]
enum DirectoryLock {
    Shared,
    Later,
}

impl Drop for PostgresUnitOfWork {
    fn drop(&mut self) {
        // Outside of a runtime the connection is closed, which rolls back too.
        if let (Some(session), Ok(runtime)) = (self.session.take(), Handle::try_current()) {
            runtime.spawn(roll_back(session));
        }
    }
}

async fn roll_back(mut session: Session) {
    if session.is_given_up() {
        return session.lose();
    }
    let patience = session.patience();
    // A statement that was left alone may answer with an error first, so there is a second attempt.
    for _ in 0..2 {
        match timeout(patience, raw_sql("ROLLBACK").execute(&mut *session)).await {
            Ok(Ok(_)) => return session.give_back(),
            Ok(Err(error)) if is_connection_useless(&error) => return session.lose(),
            Ok(Err(_)) => {}
            Err(_) => return,
        }
    }
}

/// The advisory lock of an organization's directory, as two numbers. Those who lock by one number, as migrations do, never meet it. Two
/// organizations may share one; they wait for each other then, and nothing else.
fn directory_lock(organization_id: OrganizationId) -> (i32, i32) {
    const DIRECTORY: i32 = i32::from_be_bytes(*b"parl");
    // The end of an id is its random part.
    let [.., a, b, c, d] = *organization_id.as_uuid().as_bytes();
    (DIRECTORY, i32::from_be_bytes([a, b, c, d]))
}

impl PostgresStore {
    async fn begin_unit(
        &self,
        organization_id: OrganizationId,
        begun_on: Option<(UserId, ConversationId)>,
        directory: DirectoryLock,
    ) -> Result<Box<PostgresUnitOfWork>, StoreError> {
        loop {
            let session = self.transaction_session().await?;
            let is_used_again = session.is_used_again();
            let mut unit = PostgresUnitOfWork {
                session: Some(session),
                organization_id,
                locked: BTreeSet::new(),
                stored: HashMap::new(),
                begun_on,
                settings: None,
                found_keys: FoundKeys::new(),
                changed: Changed::on(self.news()),
            };
            match unit.start(directory).await {
                Ok(()) => return Ok(Box::new(unit)),
                Err(error) => {
                    let is_useless = is_connection_useless(&error);
                    let mut is_closed = false;
                    if is_useless && let Some(session) = unit.session.take() {
                        is_closed = !session.is_given_up();
                        session.lose();
                    }
                    // The database was restarted since the connection was used: nothing was done on it yet, so a new one may.
                    if !(is_closed && is_used_again) {
                        return Err(store_error(error));
                    }
                }
            }
        }
    }
}

#[async_trait]
impl UnitOfWorkFactory for PostgresStore {
    async fn begin(
        &self,
        organization_id: OrganizationId,
    ) -> Result<Box<dyn UnitOfWork>, StoreError> {
        let unit = self.begin_unit(organization_id, None, DirectoryLock::Shared);
        Ok(unit.await?)
    }

    async fn begin_on(
        &self,
        user_id: UserId,
        key: ConversationKey,
    ) -> Result<Box<dyn UnitOfWork>, StoreError> {
        let begun_on = Some((user_id, key.conversation_id));
        let unit = self.begin_unit(key.organization_id, begun_on, DirectoryLock::Shared);
        Ok(unit.await?)
    }

    async fn begin_copy(
        &self,
        original: ConversationId,
        copy: &Conversation,
    ) -> Result<Box<dyn ConversationCopy>, StoreError> {
        let unit = self.begin_unit(copy.organization_id, None, DirectoryLock::Later);
        let copy = PostgresCopy::begin(unit.await?, original, copy);
        Ok(Box::new(copy.await?))
    }
}

#[async_trait]
impl UnitOfWork for PostgresUnitOfWork {
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
        let is_locked = self.lock_visible(user_id, id).await?;
        let organization_id = self.organization_id;
        let row = query_file_as!(
            OpeningRow,
            "queries/unit_of_work/open.sql",
            organization_id.as_uuid(),
            user_id.as_uuid(),
            id.as_uuid(),
            is_locked
        )
        .fetch_optional(self.connection()?)
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

    /// The entries are the last statement before the end. A transaction in which a statement had failed would refuse them, so what
    /// is answered to COMMIT can never be a rollback.
    async fn commit(mut self: Box<Self>, audit: AuditEntries) -> Result<(), StoreError> {
        let is_of_another = |entry: &AuditEntry| entry.organization_id != self.organization_id;
        if audit.iter().any(is_of_another) {
            return Err(StoreError::Other(
                "the entry is of another organization".into(),
            ));
        }
        let entries: Vec<&AuditEntry> = audit.iter().collect();
        append(self.connection()?, &entries).await?;
        // Whether or not the caller stays for the end of the commit.
        let _told = self.changed.take().told_when_dropped();
        let committed = raw_sql("COMMIT").execute(self.connection()?).await;
        match self.session.take() {
            Some(session) => session.done(committed.map(drop)),
            None => committed.map(drop).map_err(store_error),
        }
    }
}
