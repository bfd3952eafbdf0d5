//! Writing: one transaction that commits only together with its audit entries.

use async_trait::async_trait;
use parlor_application::ports::{
    ConversationRepository, DirectoryRepository, IdempotencyRepository, MessageRepository,
    StoreError, UnitOfWork, UnitOfWorkFactory,
};
use parlor_domain::{audit::AuditEntries, ids::OrganizationId};
use sqlx::{Sqlite, SqliteConnection, Transaction};

use crate::{SqliteStore, audit_log::append, error::store_error};

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
