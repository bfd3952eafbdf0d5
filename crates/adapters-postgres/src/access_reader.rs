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

use crate::{PostgresStore, convert::Cell, store_position::read};

/// Somebody who can see a conversation; or only the conversation, where the page is empty.
struct PersonRow {
    owner_id: Uuid,
    organization_level: Option<String>,
    id: Option<Uuid>,
    name: Option<String>,
    permissions: Vec<String>,
    grants: Vec<String>,
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
            .grants(&self.grants)?;
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
    grants: Vec<String>,
    private_conversations: bool,
    unknown_groups: Vec<Uuid>,
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
        let mut unknown_groups: Vec<GroupId> = self
            .unknown_groups
            .into_iter()
            .map(GroupId::from_uuid)
            .collect();
        unknown_groups.sort_unstable();
        Ok(ForeseenSharing {
            version: cell("version").version(self.version)?,
            privacy: Privacy::from_grants(
                cell("organization_level").level(self.organization_level.as_deref())?,
                grants.grants(&self.grants)?,
            ),
            settings: Settings {
                private_conversations: self.private_conversations,
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
impl AccessReader for PostgresStore {
    async fn people(
        &self,
        key: ConversationKey,
        after: Option<UserRef>,
        limit: u32,
    ) -> Result<Option<PeopleOfConversation>, StoreError> {
        let (name, id) = after.map_or((String::new(), Uuid::nil()), |after| {
            (after.name, after.id.as_uuid())
        });
        let rows = read!(self.reading(key.organization_id), connection => {
            query_file_as!(
                PersonRow,
                "queries/access_reader/people.sql",
                key.organization_id.as_uuid(),
                key.conversation_id.as_uuid(),
                name,
                id,
                i64::from(limit)
            )
            .fetch_all(connection)
        });
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
        let (groups, levels): (Vec<Uuid>, Vec<&str>) = wanted
            .grants()
            .into_iter()
            .flat_map(Grants::groups)
            .map(|(group, level)| (group.as_uuid(), level.as_str()))
            .unzip();
        read!(self.reading(key.organization_id), connection => {
            query_file_as!(
                ForeseenRow,
                "queries/access_reader/foresee.sql",
                key.organization_id.as_uuid(),
                key.conversation_id.as_uuid(),
                organization.map(Level::as_str),
                &groups,
                &levels as &[&str]
            )
            .fetch_optional(connection)
        })
        .map(|row| row.into_foreseen(key.conversation_id.as_uuid()))
        .transpose()
    }
}
