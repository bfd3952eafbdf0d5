//! What a change of a conversation begins with, as one statement answers it.

use std::mem;

use chrono::{DateTime, Utc};
use parlor_application::ports::{FoundConversation, Identity, Opening, StoreError, UserRef};
use parlor_domain::{
    conversation::Conversation,
    ids::{ConversationId, OrganizationId, UserId},
    settings::Settings,
};
use uuid::Uuid;

use crate::{conversation_repository::ConversationRow, convert::Cell, directory::member_row};

/// The user, the settings, and the columns of the conversation, none of which is there where it is not.
pub(crate) struct OpeningRow {
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) organization_name: String,
    pub(crate) role_names: Vec<String>,
    pub(crate) permissions: Vec<String>,
    pub(crate) group_ids: Vec<Uuid>,
    pub(crate) group_names: Vec<String>,
    pub(crate) read_at: i64,
    pub(crate) private_conversations: bool,
    pub(crate) owner_id: Option<Uuid>,
    pub(crate) owner_name: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) title_is_given: Option<bool>,
    pub(crate) privacy: Option<String>,
    pub(crate) organization_level: Option<String>,
    pub(crate) group_grants: Vec<String>,
    pub(crate) created_at: Option<DateTime<Utc>>,
    pub(crate) last_activity_at: Option<DateTime<Utc>>,
    pub(crate) version: Option<i64>,
    pub(crate) forked_from: Option<Uuid>,
    pub(crate) last_event: Option<i64>,
    /// What it is a copy of, where the user can see that one.
    pub(crate) visible_origin: Option<Uuid>,
}

impl OpeningRow {
    /// The number of the conversation's last event; 0 where it is not there.
    pub(crate) fn last_event(&self, id: ConversationId) -> Result<u64, StoreError> {
        let cell = Cell::new("conversations", "last_event", id.as_uuid());
        cell.number(self.last_event.unwrap_or_default())
    }

    pub(crate) fn into_opening(
        mut self,
        identity: Identity,
        id: ConversationId,
    ) -> Result<Opening, StoreError> {
        let found = self.take_conversation(identity.organization_id, id)?;
        let member = member_row!(self);
        Ok(Opening {
            member: member.into_member(identity)?,
            settings: Settings {
                private_conversations: self.private_conversations,
            },
            found: found.map(|(owner, conversation)| FoundConversation {
                owner,
                conversation,
                forked_from: self.visible_origin.map(ConversationId::from_uuid),
            }),
        })
    }

    /// The conversation and whose it is; none of its columns is there where it is not.
    fn take_conversation(
        &mut self,
        organization_id: OrganizationId,
        id: ConversationId,
    ) -> Result<Option<(UserRef, Conversation)>, StoreError> {
        let taken = (|| {
            let owner = UserRef {
                id: UserId::from_uuid(self.owner_id?),
                name: self.owner_name.take()?,
            };
            let row = ConversationRow {
                owner_id: self.owner_id?,
                title: self.title.take()?,
                title_is_given: self.title_is_given,
                privacy: self.privacy.take()?,
                organization_level: self.organization_level.take(),
                group_grants: mem::take(&mut self.group_grants),
                created_at: self.created_at?,
                last_activity_at: self.last_activity_at?,
                version: self.version?,
                forked_from: self.forked_from,
            };
            Some((owner, row))
        })();
        let Some((owner, row)) = taken else {
            return Ok(None);
        };
        Ok(Some((owner, row.into_conversation(organization_id, id)?)))
    }
}
