//! Searching conversations: a slice of the visible ones after the other.

use chrono::{DateTime, Utc};
use parlor_application::ports::{
    ActivityCursor, RarestTerm, RarestTermQuery, SearchHit, SearchPage, SearchQuery, SearchScan,
    SearchSlice, SearchStep, SearchedSlice, StoreError,
};
use parlor_domain::{ids::ConversationId, principal::Principal};
use sqlx::{query_file, query_file_as};
use uuid::Uuid;

use crate::{
    SqliteStore,
    conversation_reader::{Asker, Granted, SummaryRow, Ways, cursor},
    convert::{Cell, json_ids},
    error::store_error,
    search_index::{range, ranges},
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

/// A search by its rarest term: whose it is, and where.
struct ByRarestTerm<'a> {
    asker: &'a Asker,
    ways: &'a Ways,
    /// The terms, each as a range, as JSON.
    ranges: &'a str,
    /// The caller's audiences, as JSON; none where the caller sees everything.
    audiences: String,
}

/// The audiences through which these ways lead.
fn audiences(principal: &Principal, ways: &Ways) -> Vec<Uuid> {
    let mut audiences = Vec::new();
    if ways.mine {
        audiences.push(principal.user_id.as_uuid());
    }
    if ways.granted != Granted::None {
        audiences.push(principal.organization_id.as_uuid());
        audiences.extend(principal.groups.iter().map(|id| id.as_uuid()));
    }
    audiences
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
        let audiences = audiences(principal, &ways);
        let mut scan = SearchScan::new(query, ways.everything || !audiences.is_empty());
        let by_rarest = ByRarestTerm {
            asker: &asker,
            ways: &ways,
            ranges: &ranges,
            audiences: json_ids(audiences.into_iter()),
        };
        while let Some(step) = scan.next() {
            match step {
                SearchStep::Slice(slice) => {
                    let rows = self.search_slice(&asker, &ways, slice, &ranges).await?;
                    scan.add(slice, searched(principal, rows)?);
                }
                SearchStep::CountRarest(most) => {
                    scan.add_rarest(self.count_rarest(&by_rarest, most).await?);
                }
                SearchStep::LookUpRarest(query) => {
                    let rows = self.look_up_rarest(&by_rarest, query).await?;
                    let hits = rows.into_iter().map(|row| row.into_hit(principal));
                    scan.add_matches(hits.collect::<Result<_, _>>()?);
                }
            }
        }
        Ok(scan.finish())
    }

    async fn count_rarest(
        &self,
        search: &ByRarestTerm<'_>,
        most: u32,
    ) -> Result<RarestTerm, StoreError> {
        let _turn = self.turn_to_search().await?;
        let rarest = query_file!(
            "queries/search/rarest_term.sql",
            search.asker.organization_id,
            search.ranges,
            i64::from(most) + 1,
            search.ways.everything,
            search.audiences
        )
        .fetch_one(self.readers()?)
        .await
        .map_err(store_error)?;
        Ok(RarestTerm {
            term: rarest.term,
            entries: u32::try_from(rarest.entries).unwrap_or(u32::MAX),
        })
    }

    async fn look_up_rarest(
        &self,
        search: &ByRarestTerm<'_>,
        query: RarestTermQuery,
    ) -> Result<Vec<SearchRow>, StoreError> {
        let ByRarestTerm { asker, ways, .. } = search;
        let (before, before_id) = cursor(query.after);
        let (first, beyond) = range(&query.term);
        let _turn = self.turn_to_search().await?;
        query_file_as!(
            SearchRow,
            "queries/conversation_reader/search_by_rarest_term.sql",
            asker.organization_id,
            asker.user_id,
            asker.groups,
            asker.sees_everything,
            asker.is_granted,
            ways.mine,
            ways.granted != Granted::None,
            ways.granted == Granted::All,
            ways.everything,
            before,
            before_id,
            search.audiences,
            first,
            beyond,
            search.ranges,
            query.hits
        )
        .fetch_all(self.readers()?)
        .await
        .map_err(store_error)
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
