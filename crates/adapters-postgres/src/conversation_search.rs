//! Searching conversations: a slice of the visible ones after the other.

use chrono::{DateTime, Utc};
use parlor_application::ports::{
    ActivityCursor, RarestTerm, RarestTermQuery, SearchHit, SearchPage, SearchQuery, SearchScan,
    SearchSlice, SearchStep, SearchedSlice, StoreError, StorePosition,
};
use parlor_domain::{ids::ConversationId, principal::Principal};
use sqlx::{query_file, query_file_as};
use uuid::Uuid;

use crate::{
    PostgresStore,
    conversation_reader::{Asker, Granted, SummaryRow, Ways, cursor},
    convert::Cell,
    search_index::{range, ranges},
    store_position::read,
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
    my_group_grants: Option<Vec<String>>,
    created_at: DateTime<Utc>,
    last_activity_at: DateTime<Utc>,
    version: i64,
    forked_from: Option<Uuid>,
    is_hit: bool,
    position: Option<i32>,
    conversations: i64,
}

impl SearchRow {
    const fn end(&self) -> ActivityCursor {
        ActivityCursor {
            last_activity_at: self.last_activity_at,
            id: ConversationId::from_uuid(self.id),
        }
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
            my_group_grants: self.my_group_grants,
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

/// Whose search it is, and what for.
struct Search<'a> {
    principal: &'a Principal,
    asker: Asker,
    ways: Ways,
    /// The terms as ranges: where they begin, and what comes after them.
    ranges: (Vec<String>, Vec<String>),
    /// The caller's audiences; none where the caller sees everything.
    audiences: Vec<Uuid>,
    at_least: StorePosition,
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

impl PostgresStore {
    pub(crate) async fn search_conversations(
        &self,
        principal: &Principal,
        query: &SearchQuery,
    ) -> Result<SearchPage, StoreError> {
        let asker = Asker::from(principal);
        let ways = Ways::new(query.list.filter, &asker);
        let search = Search {
            principal,
            audiences: audiences(principal, &ways),
            ways,
            asker,
            ranges: ranges(&query.terms),
            at_least: query.list.at_least,
        };
        let can_look_up = search.ways.everything || !search.audiences.is_empty();
        let mut scan = SearchScan::new(query, can_look_up);
        while let Some(step) = scan.next() {
            match step {
                SearchStep::Slice(slice) => {
                    let rows = self.search_slice(&search, slice).await?;
                    scan.add(slice, searched(principal, rows)?);
                }
                SearchStep::CountRarest(most) => {
                    scan.add_rarest(self.count_rarest(&search, most).await?);
                }
                SearchStep::LookUpRarest(query) => {
                    let rows = self.look_up_rarest(&search, query).await?;
                    let hits = rows.into_iter().map(|row| row.into_hit(principal));
                    scan.add_matches(hits.collect::<Result<_, _>>()?);
                }
            }
        }
        Ok(scan.finish())
    }

    async fn search_slice(
        &self,
        search: &Search<'_>,
        slice: SearchSlice,
    ) -> Result<Vec<SearchRow>, StoreError> {
        let Search { asker, ways, .. } = search;
        let _turn = self.turn_to_search().await?;
        let reading = self.reading_at(search.principal.organization_id, search.at_least);
        let (before, before_id) = cursor(slice.after);
        let rows = read!(reading, connection => {
            query_file_as!(
                SearchRow,
                "queries/conversation_reader/search.sql",
                asker.organization_id,
                asker.user_id,
                &asker.groups,
                asker.sees_everything,
                asker.is_granted,
                ways.mine,
                ways.granted != Granted::None,
                ways.granted == Granted::All,
                ways.everything,
                ways.others_private,
                before,
                before_id,
                i64::from(slice.conversations),
                &search.ranges.0,
                &search.ranges.1,
                i64::from(slice.hits)
            )
            .fetch_all(connection)
        });
        Ok(rows)
    }

    async fn count_rarest(&self, search: &Search<'_>, most: u32) -> Result<RarestTerm, StoreError> {
        let _turn = self.turn_to_search().await?;
        let reading = self.reading_at(search.principal.organization_id, search.at_least);
        let rarest = read!(reading, connection => {
            query_file!(
                "queries/search/rarest_term.sql",
                search.asker.organization_id,
                &search.ranges.0,
                &search.ranges.1,
                i64::from(most) + 1,
                search.ways.everything,
                &search.audiences
            )
            .fetch_one(connection)
        });
        Ok(RarestTerm {
            term: rarest.term,
            entries: u32::try_from(rarest.entries).unwrap_or(u32::MAX),
        })
    }

    async fn look_up_rarest(
        &self,
        search: &Search<'_>,
        query: RarestTermQuery,
    ) -> Result<Vec<SearchRow>, StoreError> {
        let Search { asker, ways, .. } = search;
        let _turn = self.turn_to_search().await?;
        let reading = self.reading_at(search.principal.organization_id, search.at_least);
        let (before, before_id) = cursor(query.after);
        let (first, beyond) = range(&query.term);
        let rows = read!(reading, connection => {
            query_file_as!(
                SearchRow,
                "queries/conversation_reader/search_by_rarest_term.sql",
                asker.organization_id,
                asker.user_id,
                &asker.groups,
                asker.sees_everything,
                asker.is_granted,
                ways.mine,
                ways.granted != Granted::None,
                ways.granted == Granted::All,
                ways.everything,
                before,
                before_id,
                &search.audiences,
                first,
                beyond,
                // Entries that came since it was counted.
                2 * i64::from(SearchScan::MATCHES),
                &search.ranges.0,
                &search.ranges.1,
                i64::from(query.hits)
            )
            .fetch_all(connection)
        });
        Ok(rows)
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
            slice.end = Some(row.end());
        }
    }
    Ok(slice)
}
