//! What a change of a conversation begins with, as one statement answers it.

use chrono::{DateTime, Utc};
use parlor_application::ports::{FoundConversation, Opening, StoreError, UserRef};
use parlor_domain::{
    ids::{ConversationId, GroupId, OrganizationId, UserId},
    principal::Principal,
    settings::Settings,
};
use uuid::Uuid;

use crate::{conversation_repository::ConversationRow, convert::Cell};

/// The user's rights, the settings, and the columns of the conversation, none of which is there where it is not.
pub(crate) struct OpeningRow {
    pub(crate) permissions: Vec<String>,
    pub(crate) group_ids: Vec<Uuid>,
    pub(crate) private_conversations: bool,
    pub(crate) owner_id: Option<Uuid>,
    pub(crate) owner_name: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) privacy: Option<String>,
    pub(crate) organization_level: Option<String>,
    pub(crate) granted_group_ids: Vec<Uuid>,
    pub(crate) group_levels: Vec<String>,
    pub(crate) created_at: Option<DateTime<Utc>>,
    pub(crate) last_activity_at: Option<DateTime<Utc>>,
    pub(crate) version: Option<i64>,
    pub(crate) forked_from: Option<Uuid>,
    pub(crate) visible_origin: Option<Uuid>,
    pub(crate) last_event: Option<i64>,
}

impl OpeningRow {
    /// The number of the conversation's last event; 0 where it is not there.
    pub(crate) fn last_event(&self, id: ConversationId) -> Result<u64, StoreError> {
        let cell = Cell::new("conversations", "last_event", id.as_uuid());
        cell.number(self.last_event.unwrap_or_default())
    }

    pub(crate) fn into_opening(
        self,
        organization_id: OrganizationId,
        user_id: UserId,
        id: ConversationId,
    ) -> Result<Opening, StoreError> {
        let permissions = Cell::new("members", "permissions", user_id.as_uuid());
        Ok(Opening {
            principal: Principal {
                organization_id,
                user_id,
                permissions: permissions.permissions(&self.permissions)?,
                groups: self
                    .group_ids
                    .iter()
                    .copied()
                    .map(GroupId::from_uuid)
                    .collect(),
            },
            settings: Settings {
                private_conversations: self.private_conversations,
            },
            found: self.into_found(organization_id, id)?,
        })
    }

    /// The conversation; none of its columns is there where it is not.
    fn into_found(
        self,
        organization_id: OrganizationId,
        id: ConversationId,
    ) -> Result<Option<FoundConversation>, StoreError> {
        let Self {
            owner_id: Some(owner_id),
            owner_name: Some(owner_name),
            title: Some(title),
            privacy: Some(privacy),
            created_at: Some(created_at),
            last_activity_at: Some(last_activity_at),
            version: Some(version),
            ..
        } = self
        else {
            return Ok(None);
        };
        let row = ConversationRow {
            owner_id,
            title,
            privacy,
            organization_level: self.organization_level,
            group_ids: self.granted_group_ids,
            group_levels: self.group_levels,
            created_at,
            last_activity_at,
            version,
            forked_from: self.forked_from,
        };
        Ok(Some(FoundConversation {
            conversation: row.into_conversation(organization_id, id)?,
            owner: UserRef {
                id: UserId::from_uuid(owner_id),
                name: owner_name,
            },
            forked_from: self.visible_origin.map(ConversationId::from_uuid),
        }))
    }
}
