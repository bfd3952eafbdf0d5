//! Reading conversations.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
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
    PostgresStore,
    convert::{group as group_of, pair, sort_groups},
    rows::{SummaryRow, VisitRow},
    store_position::read,
};

struct SharingRow {
    privacy: String,
    organization_level: Option<String>,
    version: i64,
    groups: Vec<String>,
}

impl SharingRow {
    fn into_sharing(self, id: ConversationId) -> Result<Sharing, StoreError> {
        let cell = |column| Cell::new("conversations", column, id.as_uuid());
        let grant = Cell::new("conversation_group_grants", "level", id.as_uuid());
        let kind = cell("privacy").privacy_kind(&self.privacy)?;
        let organization = cell("organization_level").level(self.organization_level.as_deref())?;
        let granted: Vec<(GroupRef, Level)> = self
            .groups
            .iter()
            .map(|granted| {
                let (level, group) = pair(grant, granted)?;
                Ok((group_of(grant, group)?, grant.word(level)?))
            })
            .collect::<Result<_, StoreError>>()?;
        let levels = granted
            .iter()
            .map(|(group, level)| (group.id, *level))
            .collect();
        let mut groups: Vec<GroupRef> = granted.into_iter().map(|(group, _)| group).collect();
        sort_groups(&mut groups);
        Ok(Sharing {
            privacy: privacy(kind, organization, levels, cell("privacy"))?,
            groups,
            version: cell("version").version(self.version)?,
        })
    }
}

/// What the statements ask of a principal.
pub(crate) struct Asker {
    pub(crate) organization_id: Uuid,
    pub(crate) user_id: Uuid,
    pub(crate) groups: Vec<Uuid>,
    pub(crate) sees_everything: bool,
    /// Grants count for those alone who may use the AI.
    pub(crate) is_granted: bool,
}

impl From<&Principal> for Asker {
    fn from(principal: &Principal) -> Self {
        Self {
            organization_id: principal.organization_id.as_uuid(),
            user_id: principal.user_id.as_uuid(),
            groups: principal.groups.iter().map(|id| id.as_uuid()).collect(),
            sees_everything: principal.may(Permission::ViewPrivateResponses),
            is_granted: principal.may(Permission::RunAi),
        }
    }
}

/// Where a page begins: what comes after this place in the order of the list.
pub(crate) fn cursor(after: Option<ActivityCursor>) -> (DateTime<Utc>, Uuid) {
    after.map_or((DateTime::<Utc>::MAX_UTC, Uuid::max()), |after| {
        (after.last_activity_at, after.id.as_uuid())
    })
}

#[async_trait]
impl ConversationReader for PostgresStore {
    async fn find(
        &self,
        principal: &Principal,
        id: ConversationId,
    ) -> Result<Option<ConversationSummary>, StoreError> {
        let asker = Asker::from(principal);
        read!(self.reading(principal.organization_id), connection => {
            query_file_as!(
                SummaryRow,
                "queries/conversation_reader/find.sql",
                asker.organization_id,
                asker.user_id,
                &asker.groups,
                asker.sees_everything,
                asker.is_granted,
                id.as_uuid()
            )
            .fetch_optional(connection)
        })
        .map(|row| row.into_summary(principal.organization_id))
        .transpose()
    }

    async fn find_with_member(
        &self,
        identity: Identity,
        id: ConversationId,
    ) -> Result<Option<(Member, Option<ConversationSummary>)>, StoreError> {
        read!(self.reading(identity.organization_id), connection => {
            query_file_as!(
                VisitRow,
                "queries/conversation_reader/find_with_member.sql",
                identity.organization_id.as_uuid(),
                identity.user_id.as_uuid(),
                id.as_uuid()
            )
            .fetch_optional(connection)
        })
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
        let rows = if ways.granted == Granted::None {
            self.list_without_grants(principal, query, &asker, &ways)
                .await?
        } else {
            self.list_with_grants(principal, query, &asker, &ways)
                .await?
        };
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
        read!(self.reading(organization_id), connection => {
            query_file_as!(
                SharingRow,
                "queries/conversation_reader/sharing.sql",
                organization_id.as_uuid(),
                id.as_uuid()
            )
            .fetch_optional(connection)
        })
        .map(|row| row.into_sharing(id))
        .transpose()
    }
}

/// One statement for each kind of list: what a statement does not need still has to be set up whenever it is carried out.
impl PostgresStore {
    async fn list_with_grants(
        &self,
        principal: &Principal,
        query: &ConversationQuery,
        asker: &Asker,
        ways: &Ways,
    ) -> Result<Vec<SummaryRow>, StoreError> {
        let (before, before_id) = cursor(query.after);
        let reading = self.reading_at(principal.organization_id, query.at_least);
        Ok(read!(reading, connection => {
            query_file_as!(
                SummaryRow,
                "queries/conversation_reader/list.sql",
                asker.organization_id,
                asker.user_id,
                &asker.groups,
                asker.sees_everything,
                asker.is_granted,
                ways.mine,
                ways.granted == Granted::All,
                before,
                before_id,
                i64::from(query.limit)
            )
            .fetch_all(connection)
        }))
    }

    async fn list_without_grants(
        &self,
        principal: &Principal,
        query: &ConversationQuery,
        asker: &Asker,
        ways: &Ways,
    ) -> Result<Vec<SummaryRow>, StoreError> {
        let (before, before_id) = cursor(query.after);
        let reading = self.reading_at(principal.organization_id, query.at_least);
        Ok(read!(reading, connection => {
            query_file_as!(
                SummaryRow,
                "queries/conversation_reader/list_without_grants.sql",
                asker.organization_id,
                asker.user_id,
                &asker.groups,
                asker.sees_everything,
                asker.is_granted,
                ways.mine,
                ways.everything,
                ways.others_private,
                before,
                before_id,
                i64::from(query.limit)
            )
            .fetch_all(connection)
        }))
    }
}
