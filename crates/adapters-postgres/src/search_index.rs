//! What searches find: the terms of titles and of finished messages.

use parlor_application::ports::{SearchTerms, StoreError};
use parlor_domain::{
    ids::{ConversationId, OrganizationId},
    search::index_terms,
    text::Title,
};
use parlor_store_sql::term_range;
use sqlx::query_file;

use crate::{connection::Connection, error::store_error};

/// Lets a conversation be found by the terms of a finished message.
pub(crate) async fn put_message(
    connection: &mut Connection,
    organization_id: OrganizationId,
    conversation_id: ConversationId,
    position: i32,
    content: &str,
) -> Result<(), StoreError> {
    query_file!(
        "queries/search/put_terms.sql",
        organization_id.as_uuid(),
        conversation_id.as_uuid(),
        &index_terms(content),
        position
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}

/// Lets a conversation be found by the terms of its title, and no longer by those of the one before.
pub(crate) async fn put_title(
    connection: &mut Connection,
    organization_id: OrganizationId,
    conversation_id: ConversationId,
    title: &Title,
) -> Result<(), StoreError> {
    query_file!(
        "queries/search/put_title.sql",
        organization_id.as_uuid(),
        conversation_id.as_uuid(),
        &index_terms(title.as_str())
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}

/// The terms of a search, each as the range of the terms that begin with it: where the ranges begin, and what comes after them.
pub(crate) fn ranges(terms: &SearchTerms) -> (Vec<String>, Vec<String>) {
    terms.terms().iter().map(|term| term_range(term)).unzip()
}
