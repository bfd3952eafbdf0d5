//! Reading conversations.

use async_trait::async_trait;
use parlor_application::ports::{
    ActivityCursor, ConversationQuery, ConversationReader, ConversationSummary, GroupRef, Identity,
    Member, SearchPage, SearchQuery, Sharing, StoreError,
};
use parlor_domain::{
    grants::Level,
    ids::{ConversationId, OrganizationId},
    principal::{Permission, Principal},
};
use parlor_store_sql::{Cell, Granted, Ways, privacy};
use sqlx::query_file_as;
use uuid::Uuid;

use crate::{
    SqliteStore,
    convert::json_ids,
    error::store_error,
    rows::{SummaryRow, VisitRow},
};

struct SharingRow {
    privacy: String,
    organization_level: Option<String>,
    version: i64,
    groups: String,
}

impl SharingRow {
    fn into_sharing(self, id: ConversationId) -> Result<Sharing, StoreError> {
        let cell = |column| Cell::new("conversations", column, id.as_uuid());
        let grant = Cell::new("conversation_group_grants", "level", id.as_uuid());
        let kind = cell("privacy").privacy_kind(&self.privacy)?;
        let organization = level(
            cell("organization_level"),
            self.organization_level.as_deref(),
        )?;
        let granted: Vec<(String, String, String)> = grant.json(&self.groups)?;
        let granted: Vec<(GroupRef, Level)> = granted
            .into_iter()
            .map(|(id, name, level)| {
                Ok((
                    GroupRef {
                        id: grant.group_id(&id)?,
                        name,
                    },
                    grant.word(&level)?,
                ))
            })
            .collect::<Result<_, StoreError>>()?;
        let levels = granted
            .iter()
            .map(|(group, level)| (group.id, *level))
            .collect();
        Ok(Sharing {
            privacy: privacy(kind, organization, levels, cell("privacy"))?,
            groups: granted.into_iter().map(|(group, _)| group).collect(),
            version: cell("version").version(self.version)?,
        })
    }
}

fn level(cell: Cell, word: Option<&str>) -> Result<Option<Level>, StoreError> {
    word.map(|word| cell.word(word)).transpose()
}

/// What the statements ask of a principal.
pub(crate) struct Asker {
    pub(crate) organization_id: Uuid,
    pub(crate) user_id: Uuid,
    pub(crate) groups: String,
    pub(crate) sees_everything: bool,
    /// Grants count for those alone who may use the AI.
    pub(crate) is_granted: bool,
}

impl From<&Principal> for Asker {
    fn from(principal: &Principal) -> Self {
        Self {
            organization_id: principal.organization_id.as_uuid(),
            user_id: principal.user_id.as_uuid(),
            groups: json_ids(principal.groups.iter().map(|id| id.as_uuid())),
            sees_everything: principal.may(Permission::ViewPrivateResponses),
            is_granted: principal.may(Permission::RunAi),
        }
    }
}

/// Where a page begins: what comes after this place in the order of the list.
pub(crate) fn cursor(after: Option<ActivityCursor>) -> (i64, Uuid) {
    after.map_or((i64::MAX, Uuid::max()), |after| {
        (
            after.last_activity_at.timestamp_micros(),
            after.id.as_uuid(),
        )
    })
}

#[async_trait]
impl ConversationReader for SqliteStore {
    async fn find(
        &self,
        principal: &Principal,
        id: ConversationId,
    ) -> Result<Option<ConversationSummary>, StoreError> {
        let asker = Asker::from(principal);
        query_file_as!(
            SummaryRow,
            "queries/conversation_reader/find.sql",
            asker.organization_id,
            asker.user_id,
            asker.groups,
            asker.sees_everything,
            asker.is_granted,
            id.as_uuid()
        )
        .fetch_optional(self.readers()?)
        .await
        .map_err(store_error)?
        .map(|row| row.into_summary(principal.organization_id))
        .transpose()
    }

    async fn find_with_member(
        &self,
        identity: Identity,
        id: ConversationId,
    ) -> Result<Option<(Member, Option<ConversationSummary>)>, StoreError> {
        query_file_as!(
            VisitRow,
            "queries/conversation_reader/find_with_member.sql",
            identity.organization_id.as_uuid(),
            identity.user_id.as_uuid(),
            id.as_uuid()
        )
        .fetch_optional(self.readers()?)
        .await
        .map_err(store_error)?
        .map(|row| row.into_both(identity, id))
        .transpose()
    }

    async fn list(
        &self,
        principal: &Principal,
        query: &ConversationQuery,
    ) -> Result<Vec<ConversationSummary>, StoreError> {
        let asker = Asker::from(principal);
        let ways = Ways::new(query.filter, principal);
        let (before, before_id) = cursor(query.after);
        let rows = query_file_as!(
            SummaryRow,
            "queries/conversation_reader/list.sql",
            asker.organization_id,
            asker.user_id,
            asker.groups,
            asker.sees_everything,
            asker.is_granted,
            ways.mine,
            ways.granted != Granted::None,
            ways.granted == Granted::All,
            ways.everything,
            ways.others_private,
            before,
            before_id,
            query.limit
        )
        .fetch_all(self.readers()?)
        .await;
        let rows = rows.map_err(store_error)?;
        rows.into_iter()
            .map(|row| row.into_summary(principal.organization_id))
            .collect()
    }

    async fn search(
        &self,
        principal: &Principal,
        query: &SearchQuery,
    ) -> Result<SearchPage, StoreError> {
        self.search_conversations(principal, query).await
    }

    async fn sharing(
        &self,
        organization_id: OrganizationId,
        id: ConversationId,
    ) -> Result<Option<Sharing>, StoreError> {
        query_file_as!(
            SharingRow,
            "queries/conversation_reader/sharing.sql",
            organization_id.as_uuid(),
            id.as_uuid()
        )
        .fetch_optional(self.readers()?)
        .await
        .map_err(store_error)?
        .map(|row| row.into_sharing(id))
        .transpose()
    }
}
