//! Removing what is left of deleted conversations and of copies that broke off, a little at a time.

use std::time::Duration;

use parlor_application::ports::{ConversationKey, StoreError};
use parlor_domain::ids::{ConversationId, OrganizationId};
use parlor_store_sql::microseconds;
use sqlx::{SqliteConnection, query_file, query_file_as};
use tokio::runtime::Handle;
use uuid::Uuid;

use crate::{SqliteStore, error::store_error, search_audiences::update_of_deleted};

/// How many rows of each kind one transaction removes, so that others write soon.
const MESSAGES: i64 = 64;
const TERMS: i64 = 1_000;
const EVENTS: i64 = 1_000;
const DOCUMENTS: i64 = 16;

struct LeftoverRow {
    organization_id: Uuid,
    conversation_id: Uuid,
}

impl SqliteStore {
    /// Removes the rows of deleted conversations and of copies that nobody has added to for `silence`; returns of how many.
    pub(crate) async fn remove_all_leftovers(&self, silence: Duration) -> Result<u64, StoreError> {
        let found = query_file_as!(
            LeftoverRow,
            "queries/leftovers/find.sql",
            microseconds(silence)
        )
        .fetch_all(self.readers()?)
        .await
        .map_err(store_error)?;
        let mut removed = 0;
        for row in found {
            let key = ConversationKey {
                organization_id: OrganizationId::from_uuid(row.organization_id),
                conversation_id: ConversationId::from_uuid(row.conversation_id),
            };
            self.remove_leftovers_of(key).await?;
            removed += 1;
        }
        Ok(removed)
    }

    /// Removes them in the background. Where that fails, a sweep does it later.
    pub(crate) fn remove_leftovers_soon(&self, key: ConversationKey) {
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        let store = self.clone();
        runtime.spawn(async move {
            if let Err(error) = store.remove_leftovers_of(key).await {
                tracing::debug!(
                    error = &error as &(dyn std::error::Error + 'static),
                    "rows of a conversation left for the next sweep"
                );
            }
        });
    }

    /// Removes the rows of one conversation that is noted as left over, unless its copy is completed first.
    async fn remove_leftovers_of(&self, key: ConversationKey) -> Result<(), StoreError> {
        loop {
            let mut transaction = self.begin_writing().await?;
            let ended = remove_some(&mut transaction, key).await;
            let ended = ended.map_err(store_error)?;
            transaction.commit().await.map_err(store_error)?;
            if ended {
                return Ok(());
            }
        }
    }
}

/// Removes a few rows; returns whether none is left.
async fn remove_some(
    connection: &mut SqliteConnection,
    key: ConversationKey,
) -> Result<bool, sqlx::Error> {
    let (organization_id, id) = (key.organization_id.as_uuid(), key.conversation_id.as_uuid());
    let given_up = query_file!("queries/leftovers/give_up.sql", organization_id, id)
        .execute(&mut *connection)
        .await?;
    if given_up.rows_affected() == 0 {
        return Ok(true);
    }
    macro_rules! remove {
        ($file:literal, $count:expr) => {
            let removed = query_file!($file, organization_id, id, $count)
                .execute(&mut *connection)
                .await?;
            if removed.rows_affected() > 0 {
                return Ok(false);
            }
        };
    }
    // As long as the terms are there, they tell what its audiences had of it.
    if update_of_deleted(connection, key).await?.is_some() {
        return Ok(false);
    }
    remove!("queries/leftovers/remove_messages.sql", MESSAGES);
    remove!("queries/leftovers/remove_terms.sql", TERMS);
    remove!("queries/leftovers/remove_events.sql", EVENTS);
    remove!("queries/leftovers/remove_documents.sql", DOCUMENTS);
    query_file!("queries/leftovers/forget.sql", organization_id, id)
        .execute(connection)
        .await?;
    Ok(true)
}
