//! Who can see a conversation, and who could under other grants.

use async_trait::async_trait;
use parlor_application::ports::{
    AccessReader, ConversationKey, ForeseenSharing, PeopleOfConversation, StoreError, UserRef,
};
use parlor_domain::{
    grants::{Grants, Level, Privacy},
    ids::UserId,
};
use sqlx::query_file_as;
use uuid::Uuid;

use crate::{
    PostgresStore,
    rows::{ForeseenRow, PersonRow},
    store_position::read,
};

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
