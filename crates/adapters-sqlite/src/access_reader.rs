//! Who can see a conversation, and who could under other grants.

use async_trait::async_trait;
use parlor_application::ports::{
    AccessChange, AccessReader, ConversationKey, ForeseenSharing, PeopleOfConversation,
    PersonOfConversation, StoreError, UserRef,
};
use parlor_domain::{
    grants::{Grants, Level, Privacy},
    ids::{GroupId, OrganizationId, UserId},
    principal::Principal,
    settings::Settings,
};
use sqlx::query_file_as;
use uuid::Uuid;

use crate::{
    SqliteStore,
    convert::{Cell, hex},
    error::store_error,
};

/// Somebody who can see a conversation; or only the conversation, where the page is empty.
struct PersonRow {
    owner_id: Uuid,
    organization_level: Option<String>,
    id: Option<Uuid>,
    name: Option<String>,
    permissions: String,
    grants: String,
}

impl PersonRow {
    fn into_person(
        self,
        organization_id: OrganizationId,
        conversation_id: Uuid,
    ) -> Result<Option<PersonOfConversation>, StoreError> {
        let Some((id, name)) = self.id.zip(self.name) else {
            return Ok(None);
        };
        let level = Cell::new("conversations", "organization_level", conversation_id);
        let grants = Cell::new("conversation_group_grants", "level", conversation_id)
            .group_levels(&self.grants)?;
        let permissions = Cell::new("role_permissions", "permission", id);
        let principal = Principal {
            organization_id,
            user_id: UserId::from_uuid(id),
            permissions: permissions.permissions(&self.permissions)?,
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

struct ForeseenRow {
    version: i64,
    organization_level: Option<String>,
    grants: String,
    private_conversations: i64,
    unknown_groups: String,
    before: i64,
    after: i64,
    gain_view: i64,
    gain_collaborate: i64,
    lose_collaborate: i64,
    lose: i64,
}

impl ForeseenRow {
    fn into_foreseen(self, conversation_id: Uuid) -> Result<ForeseenSharing, StoreError> {
        let cell = |column| Cell::new("conversations", column, conversation_id);
        let grants = Cell::new("conversation_group_grants", "level", conversation_id);
        let count = |number: i64| cell("owner_id").number(number);
        let mut unknown_groups = grants.ids(&self.unknown_groups, GroupId::from_uuid)?;
        unknown_groups.sort_unstable();
        Ok(ForeseenSharing {
            version: cell("version").version(self.version)?,
            privacy: Privacy::from_grants(
                cell("organization_level").level(self.organization_level.as_deref())?,
                grants.group_levels(&self.grants)?,
            ),
            settings: Settings {
                private_conversations: self.private_conversations != 0,
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

#[async_trait]
impl AccessReader for SqliteStore {
    async fn people(
        &self,
        key: ConversationKey,
        after: Option<UserRef>,
        limit: u32,
    ) -> Result<Option<PeopleOfConversation>, StoreError> {
        let (name, id) = after.map_or((String::new(), Uuid::nil()), |after| {
            (after.name, after.id.as_uuid())
        });
        let rows = query_file_as!(
            PersonRow,
            "queries/access_reader/people.sql",
            key.organization_id.as_uuid(),
            key.conversation_id.as_uuid(),
            name,
            id,
            limit
        )
        .fetch_all(self.readers()?)
        .await
        .map_err(store_error)?;
        let Some(first) = rows.first() else {
            return Ok(None);
        };
        let (organization_id, conversation_id) =
            (key.organization_id, key.conversation_id.as_uuid());
        Ok(Some(PeopleOfConversation {
            organization_id,
            owner_id: UserId::from_uuid(first.owner_id),
            people: rows
                .into_iter()
                .filter_map(|row| {
                    row.into_person(organization_id, conversation_id)
                        .transpose()
                })
                .collect::<Result<_, _>>()?,
        }))
    }

    async fn foresee(
        &self,
        key: ConversationKey,
        wanted: &Privacy,
    ) -> Result<Option<ForeseenSharing>, StoreError> {
        let organization = wanted.grants().and_then(Grants::organization);
        let groups: Vec<(String, &str)> = wanted
            .grants()
            .into_iter()
            .flat_map(Grants::groups)
            .map(|(group, level)| (hex(group.as_uuid()), level.as_str()))
            .collect();
        query_file_as!(
            ForeseenRow,
            "queries/access_reader/foresee.sql",
            key.organization_id.as_uuid(),
            key.conversation_id.as_uuid(),
            organization.map(Level::as_str),
            serde_json::json!(groups).to_string()
        )
        .fetch_optional(self.readers()?)
        .await
        .map_err(store_error)?
        .map(|row| row.into_foreseen(key.conversation_id.as_uuid()))
        .transpose()
    }
}
