//! News of changes. There are no other processes: the store's lock lets one alone serve.

use std::{collections::BTreeSet, sync::Arc};

use async_trait::async_trait;
use parlor_application::{
    changes::ChangeBoard,
    ports::{ConversationChanges, ConversationKey, StoreError},
};
use parlor_domain::ids::{ConversationId, OrganizationId};
use parlor_store_sql::Cell;
use sqlx::query_file;
use tokio_util::sync::CancellationToken;

use crate::{SqliteStore, convert::json_ids, error::store_error};

#[async_trait]
impl ConversationChanges for SqliteStore {
    fn board(&self) -> Arc<ChangeBoard> {
        Arc::clone(self.board())
    }

    async fn directory_versions(
        &self,
        organizations: &[OrganizationId],
    ) -> Result<Vec<(OrganizationId, u64)>, StoreError> {
        let organizations = json_ids(organizations.iter().map(|id| id.as_uuid()));
        let rows = query_file!(
            "queries/conversation_changes/directory_versions.sql",
            organizations
        )
        .fetch_all(self.readers()?)
        .await
        .map_err(store_error)?;
        rows.into_iter()
            .map(|row| {
                let cell = Cell::new("organizations", "directory_version", row.organization_id);
                let version = cell.number(row.directory_version)?;
                Ok((OrganizationId::from_uuid(row.organization_id), version))
            })
            .collect()
    }

    async fn pass_on(&self, _stop: CancellationToken) {}
}

/// The conversations that a transaction changes.
pub(crate) struct Changed {
    board: Arc<ChangeBoard>,
    keys: BTreeSet<ConversationKey>,
}

impl Changed {
    pub(crate) fn on(board: &Arc<ChangeBoard>) -> Self {
        Self {
            board: Arc::clone(board),
            keys: BTreeSet::new(),
        }
    }

    pub(crate) fn note(
        &mut self,
        organization_id: OrganizationId,
        conversation_id: ConversationId,
    ) {
        self.keys.insert(ConversationKey {
            organization_id,
            conversation_id,
        });
    }

    /// Tells those who follow them when this is dropped, which is to be after the commit.
    pub(crate) const fn told_when_dropped(self) -> ToldWhenDropped {
        ToldWhenDropped(self)
    }
}

/// See [`Changed::told_when_dropped`].
pub(crate) struct ToldWhenDropped(Changed);

impl Drop for ToldWhenDropped {
    fn drop(&mut self) {
        let Changed { board, keys } = &self.0;
        for key in keys {
            board.tell(*key);
        }
    }
}
