//! Searching conversations: a slice of the visible ones after the other.

use chrono::{DateTime, Utc};
use parlor_application::ports::{
    ActivityCursor, SearchHit, SearchPage, SearchQuery, SearchScan, SearchSlice, SearchedSlice,
    StoreError,
};
use parlor_domain::{ids::ConversationId, principal::Principal};
use sqlx::query_file_as;
use uuid::Uuid;

use crate::{
    SqliteStore,
    conversation_reader::{Asker, Granted, SummaryRow, Ways, cursor},
    convert::Cell,
    error::store_error,
    search_index::ranges,
};

/// A hit, or the last conversation of the slice.
struct SearchRow {
    id: Uuid,
    owner_id: Uuid,
    owner_name: String,
    title: String,
    title_is_given: Option<bool>,
    privacy: String,
    organization_level: Option<String>,
    my_group_levels: Option<String>,
    created_at: i64,
    last_activity_at: i64,
    version: i64,
    forked_from: Option<Uuid>,
    is_hit: bool,
    position: Option<i64>,
    conversations: i64,
}

impl SearchRow {
    fn end(&self) -> Result<ActivityCursor, StoreError> {
        let cell = Cell::new("conversations", "last_activity_at", self.id);
        let last_activity_at: DateTime<Utc> = cell.time(self.last_activity_at)?;
        Ok(ActivityCursor {
            last_activity_at,
            id: ConversationId::from_uuid(self.id),
        })
    }

    fn into_hit(self, principal: &Principal) -> Result<SearchHit, StoreError> {
        let cell = Cell::new("search_terms", "position", self.id);
        let position = self.position.map(|position| cell.number(position));
        let row = SummaryRow {
            id: self.id,
            owner_id: self.owner_id,
            owner_name: self.owner_name,
            title: self.title,
            title_is_given: self.title_is_given,
            privacy: self.privacy,
            organization_level: self.organization_level,
            my_group_levels: self.my_group_levels,
            created_at: self.created_at,
            last_activity_at: self.last_activity_at,
            version: self.version,
            forked_from: self.forked_from,
        };
        Ok(SearchHit {
            position: position.transpose()?,
            summary: row.into_summary(principal.organization_id)?,
        })
    }
}

impl SqliteStore {
    pub(crate) async fn search_conversations(
        &self,
        principal: &Principal,
        query: &SearchQuery,
    ) -> Result<SearchPage, StoreError> {
        let asker = Asker::from(principal);
        let ways = Ways::new(query.list.filter, &asker);
        let ranges = ranges(&query.terms)?;
        let mut scan = SearchScan::new(query);
        while let Some(slice) = scan.next() {
            let rows = self.search_slice(&asker, &ways, slice, &ranges).await?;
            scan.add(slice, searched(principal, rows)?);
        }
        Ok(scan.finish())
    }

    async fn search_slice(
        &self,
        asker: &Asker,
        ways: &Ways,
        slice: SearchSlice,
        ranges: &str,
    ) -> Result<Vec<SearchRow>, StoreError> {
        let (before, before_id) = cursor(slice.after);
        let _turn = self.turn_to_search().await?;
        query_file_as!(
            SearchRow,
            "queries/conversation_reader/search.sql",
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
            slice.conversations,
            ranges,
            slice.hits
        )
        .fetch_all(self.readers()?)
        .await
        .map_err(store_error)
    }
}

fn searched(principal: &Principal, rows: Vec<SearchRow>) -> Result<SearchedSlice, StoreError> {
    let mut slice = SearchedSlice {
        hits: Vec::new(),
        conversations: 0,
        end: None,
    };
    for row in rows {
        let conversations = Cell::new("conversations", "id", row.id);
        slice.conversations = conversations.number(row.conversations)?;
        if row.is_hit {
            slice.hits.push(row.into_hit(principal)?);
        } else {
            slice.end = Some(row.end()?);
        }
    }
    Ok(slice)
}
