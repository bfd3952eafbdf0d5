//! What a change of a conversation begins with, as one statement answers it.

use parlor_application::ports::{FoundConversation, Identity, Opening, StoreError, UserRef};
use parlor_domain::{ids::ConversationId, settings::Settings};
use uuid::Uuid;

use super::{ConversationRow, MemberRow};
use crate::{Cell, Columns, member_row};

/// The user, the settings, and the columns of the conversation, none of which is there where it is not.
pub struct OpeningRow<C: Columns> {
    pub name: String,
    pub email: String,
    pub organization_name: String,
    pub role_names: C::Words,
    pub permissions: C::Words,
    pub group_ids: C::Ids,
    pub group_names: C::Words,
    pub read_at: i64,
    pub private_conversations: C::Flag,
    pub owner_id: Option<Uuid>,
    pub owner_name: Option<String>,
    pub title: Option<String>,
    pub title_is_given: Option<bool>,
    pub privacy: Option<String>,
    pub organization_level: Option<String>,
    pub group_grants: C::Grants,
    pub created_at: Option<C::Time>,
    pub last_activity_at: Option<C::Time>,
    pub version: Option<i64>,
    pub forked_from: Option<Uuid>,
    pub last_event: Option<i64>,
    /// What it is a copy of, where the user can see that one.
    pub visible_origin: Option<Uuid>,
}

impl<C: Columns> OpeningRow<C> {
    /// The number of the conversation's last event; 0 where it is not there.
    pub fn last_event(&self, id: ConversationId) -> Result<u64, StoreError> {
        let cell = Cell::new("conversations", "last_event", id.as_uuid());
        cell.number(self.last_event.unwrap_or_default())
    }

    pub fn into_opening(
        self,
        identity: Identity,
        id: ConversationId,
    ) -> Result<Opening, StoreError> {
        let member: MemberRow<C> = member_row!(self);
        let settings = Settings {
            private_conversations: C::flag(self.private_conversations),
        };
        let (owner_name, visible_origin) = (self.owner_name, self.visible_origin);
        // The columns of a conversation are all there, or it is not.
        let row = || {
            Some(ConversationRow::<C> {
                owner_id: self.owner_id?,
                title: self.title?,
                title_is_given: self.title_is_given,
                privacy: self.privacy?,
                organization_level: self.organization_level,
                group_grants: self.group_grants,
                created_at: self.created_at?,
                last_activity_at: self.last_activity_at?,
                version: self.version?,
                forked_from: self.forked_from,
            })
        };
        let found = row().zip(owner_name).map(|(row, name)| {
            let conversation = row.into_conversation(identity.organization_id, id)?;
            Ok(FoundConversation {
                owner: UserRef {
                    id: conversation.owner_id,
                    name,
                },
                conversation,
                forked_from: visible_origin.map(ConversationId::from_uuid),
            })
        });
        Ok(Opening {
            member: member.into_member(identity)?,
            settings,
            found: found.transpose()?,
        })
    }
}
