//! Audit entries on their way out.

use parlor_application::ports::{AuditRecord, OutboxEntry, OutboxPosition, StoreError};
use parlor_domain::ids::{AuditEntryId, ConversationId, OrganizationId, UserId};
use uuid::Uuid;

use crate::Cell;

/// An entry that is on its way to the sink.
pub struct WaitingRow {
    pub organization_id: Uuid,
    pub id: Uuid,
    pub actor_id: Uuid,
    pub conversation_id: Option<Uuid>,
    pub document: String,
}

impl From<WaitingRow> for AuditRecord {
    fn from(row: WaitingRow) -> Self {
        Self {
            id: AuditEntryId::from_uuid(row.id),
            organization_id: OrganizationId::from_uuid(row.organization_id),
            conversation_id: row.conversation_id.map(ConversationId::from_uuid),
            actor_id: UserId::from_uuid(row.actor_id),
            document: row.document,
        }
    }
}

/// An entry in its place, with whether the sink has it.
pub struct OutboxRow {
    pub organization_id: Uuid,
    pub position: i64,
    pub id: Uuid,
    pub actor_id: Uuid,
    pub conversation_id: Option<Uuid>,
    pub document: String,
    pub delivered: bool,
}

impl TryFrom<OutboxRow> for OutboxEntry {
    type Error = StoreError;

    fn try_from(row: OutboxRow) -> Result<Self, StoreError> {
        let position = Cell::new("audit_entries", "position", row.id).number(row.position)?;
        let organization_id = OrganizationId::from_uuid(row.organization_id);
        Ok(Self {
            position: OutboxPosition {
                organization_id,
                position,
            },
            delivered: row.delivered,
            record: AuditRecord {
                id: AuditEntryId::from_uuid(row.id),
                organization_id,
                conversation_id: row.conversation_id.map(ConversationId::from_uuid),
                actor_id: UserId::from_uuid(row.actor_id),
                document: row.document,
            },
        })
    }
}
