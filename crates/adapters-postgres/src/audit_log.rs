//! The audit log of an organization.

use chrono::{DateTime, Utc};
use parlor_application::{audit_document, ports::StoreError};
use parlor_domain::{
    audit::{AuditEntry, PrivilegedReading},
    ids::ConversationId,
};
use sqlx::{PgConnection, query_file};
use uuid::Uuid;

use crate::error::store_error;

/// Adds entries to the log, which is the outbox to its sink at the same time.
pub(crate) async fn append(
    connection: &mut PgConnection,
    entries: &[&AuditEntry],
) -> Result<(), StoreError> {
    let records: Vec<_> = entries
        .iter()
        .map(|entry| audit_document::record(entry))
        .collect();
    let organizations: Vec<Uuid> = records
        .iter()
        .map(|record| record.organization_id.as_uuid())
        .collect();
    let ids: Vec<Uuid> = records.iter().map(|record| record.id.as_uuid()).collect();
    let actions: Vec<&str> = entries.iter().map(|entry| entry.action.as_str()).collect();
    let actors: Vec<Uuid> = records
        .iter()
        .map(|record| record.actor_id.as_uuid())
        .collect();
    let conversations: Vec<Option<Uuid>> = records
        .iter()
        .map(|record| record.conversation_id.map(ConversationId::as_uuid))
        .collect();
    let readings: Vec<Option<&str>> = entries
        .iter()
        .map(|entry| entry.privileged_reading().map(PrivilegedReading::as_str))
        .collect();
    let times: Vec<DateTime<Utc>> = entries.iter().map(|entry| entry.occurred_at).collect();
    let documents: Vec<&str> = records
        .iter()
        .map(|record| record.document.as_str())
        .collect();
    let appended = query_file!(
        "queries/audit_log/append.sql",
        &organizations,
        &ids,
        &actions as &[&str],
        &actors,
        &conversations as &[Option<Uuid>],
        &readings as &[Option<&str>],
        &times,
        &documents as &[&str]
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    if usize::try_from(appended.rows_affected()) == Ok(entries.len()) {
        Ok(())
    } else {
        Err(StoreError::Conflict)
    }
}
