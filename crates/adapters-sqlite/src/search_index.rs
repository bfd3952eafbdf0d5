//! What searches find: the terms of titles and of finished messages.

use parlor_application::ports::{ConversationKey, SearchTerms, StoreError};
use parlor_domain::{
    ids::{ConversationId, OrganizationId},
    search::index_terms,
    text::Title,
};
use parlor_store_sql::term_range;
use sqlx::{SqliteConnection, query_file};

use crate::{
    error::store_error,
    search_audiences::{NO_MESSAGE, note_terms, remove_title},
};

/// Lets a conversation be found by the terms of a finished message.
pub(crate) async fn put_message(
    connection: &mut SqliteConnection,
    organization_id: OrganizationId,
    conversation_id: ConversationId,
    position: i64,
    content: &str,
) -> Result<(), StoreError> {
    query_file!(
        "queries/search/put_terms.sql",
        organization_id.as_uuid(),
        conversation_id.as_uuid(),
        json(&index_terms(content))?,
        position
    )
    .execute(&mut *connection)
    .await
    .map_err(store_error)?;
    let key = ConversationKey {
        organization_id,
        conversation_id,
    };
    note_terms(connection, key, position).await
}

/// Lets a conversation be found by the terms of its title, and no longer by those of the one before.
pub(crate) async fn put_title(
    connection: &mut SqliteConnection,
    organization_id: OrganizationId,
    conversation_id: ConversationId,
    title: &Title,
) -> Result<(), StoreError> {
    let key = ConversationKey {
        organization_id,
        conversation_id,
    };
    remove_title(connection, key).await?;
    let (organization_id, conversation_id) = (organization_id.as_uuid(), conversation_id.as_uuid());
    query_file!(
        "queries/search/delete_title.sql",
        organization_id,
        conversation_id
    )
    .execute(&mut *connection)
    .await
    .map_err(store_error)?;
    query_file!(
        "queries/search/take_title.sql",
        organization_id,
        conversation_id
    )
    .execute(&mut *connection)
    .await
    .map_err(store_error)?;
    add_title(connection, key, title).await
}

/// Lets a conversation be found by the terms of its first title.
pub(crate) async fn add_title(
    connection: &mut SqliteConnection,
    key: ConversationKey,
    title: &Title,
) -> Result<(), StoreError> {
    query_file!(
        "queries/search/put_title.sql",
        key.organization_id.as_uuid(),
        key.conversation_id.as_uuid(),
        json(&index_terms(title.as_str()))?
    )
    .execute(&mut *connection)
    .await
    .map_err(store_error)?;
    note_terms(connection, key, NO_MESSAGE).await
}

/// The terms of a search, each as the range of the terms that begin with it, as JSON.
pub(crate) fn ranges(terms: &SearchTerms) -> Result<String, StoreError> {
    let ranges = terms.terms().iter();
    let ranges: Vec<_> = ranges.map(|term| term_range(term)).collect();
    json(&ranges)
}

/// As the statements take lists.
pub(crate) fn json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Other(error.into()))
}
