//! A whole conversation.

use parlor_application::ports::StoreError;
use parlor_domain::{
    conversation::Conversation,
    ids::{ConversationId, OrganizationId, UserId},
    text::Title,
};
use uuid::Uuid;

use crate::{Cell, Columns, privacy};

/// The columns of a conversation, without those of its key, and all its grants to groups.
pub struct ConversationRow<C: Columns> {
    pub owner_id: Uuid,
    pub title: String,
    pub title_is_given: Option<bool>,
    pub privacy: String,
    pub organization_level: Option<String>,
    pub group_grants: C::Grants,
    pub created_at: C::Time,
    pub last_activity_at: C::Time,
    pub version: i64,
    pub forked_from: Option<Uuid>,
}

impl<C: Columns> ConversationRow<C> {
    /// The conversation that was looked up by this key.
    pub fn into_conversation(
        self,
        organization_id: OrganizationId,
        id: ConversationId,
    ) -> Result<Conversation, StoreError> {
        let cell = |column| Cell::new("conversations", column, id.as_uuid());
        let organization = cell("organization_level").level(self.organization_level.as_deref())?;
        let grants = Cell::new("conversation_group_grants", "level", id.as_uuid());
        let groups = C::grants(grants, self.group_grants)?;
        let kind = cell("privacy").privacy_kind(&self.privacy)?;
        Ok(Conversation {
            id,
            organization_id,
            owner_id: UserId::from_uuid(self.owner_id),
            title: Title::stored(&self.title, self.title_is_given)
                .map_err(|_| cell("title").corrupt())?,
            privacy: privacy(kind, organization, groups, cell("privacy"))?,
            created_at: C::time(cell("created_at"), self.created_at)?,
            last_activity_at: C::time(cell("last_activity_at"), self.last_activity_at)?,
            version: cell("version").version(self.version)?,
            forked_from: self.forked_from.map(ConversationId::from_uuid),
        })
    }
}
