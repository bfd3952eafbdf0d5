//! Who can see a conversation, and who could under other grants.

use parlor_application::ports::{
    AccessChange, ForeseenSharing, PersonOfConversation, StoreError, UserRef,
};
use parlor_domain::{
    grants::Privacy,
    ids::{GroupId, OrganizationId, UserId},
    principal::Principal,
    settings::Settings,
};
use uuid::Uuid;

use crate::{Cell, Columns};

/// Somebody who can see a conversation; or only the conversation, where the page is empty.
pub struct PersonRow<C: Columns> {
    pub owner_id: Uuid,
    pub organization_level: Option<String>,
    pub id: Option<Uuid>,
    pub name: Option<String>,
    pub permissions: C::Words,
    pub grants: C::Grants,
}

impl<C: Columns> PersonRow<C> {
    pub fn into_person(
        self,
        organization_id: OrganizationId,
        conversation_id: Uuid,
    ) -> Result<Option<PersonOfConversation>, StoreError> {
        let Some((id, name)) = self.id.zip(self.name) else {
            return Ok(None);
        };
        let level = Cell::new("conversations", "organization_level", conversation_id);
        let grants = Cell::new("conversation_group_grants", "level", conversation_id);
        let grants = C::grants(grants, self.grants)?;
        let permissions = Cell::new("role_permissions", "permission", id);
        let words = C::words(permissions, self.permissions)?;
        let principal = Principal {
            organization_id,
            user_id: UserId::from_uuid(id),
            permissions: permissions.permissions(&words)?,
            groups: grants.keys().copied().collect(),
        };
        Ok(Some(PersonOfConversation {
            user: UserRef {
                id: principal.user_id,
                name,
            },
            principal,
            concerning: Privacy::from_grants(
                level.level(self.organization_level.as_deref())?,
                grants,
            ),
        }))
    }
}

/// What a sharing is, and what another one would change.
pub struct ForeseenRow<C: Columns> {
    pub version: i64,
    pub organization_level: Option<String>,
    pub grants: C::Grants,
    pub private_conversations: C::Flag,
    pub unknown_groups: C::Ids,
    pub before: i64,
    pub after: i64,
    pub gain_view: i64,
    pub gain_collaborate: i64,
    pub lose_collaborate: i64,
    pub lose: i64,
}

impl<C: Columns> ForeseenRow<C> {
    pub fn into_foreseen(self, conversation_id: Uuid) -> Result<ForeseenSharing, StoreError> {
        let cell = |column| Cell::new("conversations", column, conversation_id);
        let grants = Cell::new("conversation_group_grants", "level", conversation_id);
        let count = |number: i64| cell("owner_id").number(number);
        let unknown_groups = C::ids(grants, self.unknown_groups)?;
        let mut unknown_groups: Vec<_> =
            unknown_groups.into_iter().map(GroupId::from_uuid).collect();
        unknown_groups.sort_unstable();
        Ok(ForeseenSharing {
            version: cell("version").version(self.version)?,
            privacy: Privacy::from_grants(
                cell("organization_level").level(self.organization_level.as_deref())?,
                C::grants(grants, self.grants)?,
            ),
            settings: Settings {
                private_conversations: C::flag(self.private_conversations),
            },
            unknown_groups,
            people: AccessChange {
                before: count(self.before)?,
                after: count(self.after)?,
                gain_view: count(self.gain_view)?,
                gain_collaborate: count(self.gain_collaborate)?,
                lose_collaborate: count(self.lose_collaborate)?,
                lose: count(self.lose)?,
            },
        })
    }
}
