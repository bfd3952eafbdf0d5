//! A conversation in a list.

use parlor_application::ports::{ConversationSummary, StoreError, UserRef};
use parlor_domain::{
    grants::{Privacy, PrivacyKind},
    ids::{ConversationId, OrganizationId, UserId},
    text::Title,
};
use uuid::Uuid;

use crate::{Cell, Columns};

/// The columns of a conversation, and those of its grants that concern the one who asks.
pub struct SummaryRow<C: Columns> {
    pub id: Uuid,
    pub owner_id: Uuid,
    pub owner_name: String,
    pub title: String,
    pub title_is_given: Option<bool>,
    pub privacy: String,
    pub organization_level: Option<String>,
    pub my_group_grants: Option<C::Grants>,
    pub created_at: C::Time,
    pub last_activity_at: C::Time,
    pub version: i64,
    pub forked_from: Option<Uuid>,
}

impl<C: Columns> SummaryRow<C> {
    pub fn into_summary(
        self,
        organization_id: OrganizationId,
    ) -> Result<ConversationSummary, StoreError> {
        let id = self.id;
        let cell = |column| Cell::new("conversations", column, id);
        let kind = cell("privacy").privacy_kind(&self.privacy)?;
        let organization = cell("organization_level").level(self.organization_level.as_deref())?;
        let grants = Cell::new("conversation_group_grants", "level", self.id);
        let groups = self.my_group_grants.map(|groups| C::grants(grants, groups));
        let concerning =
            Privacy::from_grants(organization, groups.transpose()?.unwrap_or_default());
        if kind == PrivacyKind::Private && concerning != Privacy::Private {
            return Err(cell("privacy").corrupt());
        }
        Ok(ConversationSummary {
            id: ConversationId::from_uuid(self.id),
            organization_id,
            owner: UserRef {
                id: UserId::from_uuid(self.owner_id),
                name: self.owner_name,
            },
            title: Title::stored(&self.title, self.title_is_given)
                .map_err(|_| cell("title").corrupt())?,
            privacy: kind,
            concerning,
            created_at: C::time(cell("created_at"), self.created_at)?,
            last_activity_at: C::time(cell("last_activity_at"), self.last_activity_at)?,
            version: cell("version").version(self.version)?,
            forked_from: self.forked_from.map(ConversationId::from_uuid),
        })
    }
}
