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
    SqliteStore,
    convert::hex,
    error::store_error,
    rows::{ForeseenRow, PersonRow},
};

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
