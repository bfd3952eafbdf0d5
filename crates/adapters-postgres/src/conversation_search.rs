//! Searching conversations: a slice of the visible ones after the other.

use chrono::{DateTime, Utc};
use parlor_application::ports::{
    ActivityCursor, RarestTermQuery, SearchHit, SearchPage, SearchQuery, SearchScan, SearchSlice,
    SearchStep, SearchedSlice, StoreError, StorePosition,
};
use parlor_domain::{ids::ConversationId, principal::Principal};
use sqlx::{query_file, query_file_as};
use uuid::Uuid;

use crate::{
    PostgresStore,
    conversation_reader::{Asker, Granted, SummaryRow, Ways, cursor},
    convert::Cell,
    search_index::ranges,
    store_position::read,
};

/// A hit.
struct HitRow {
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
    position: Option<i32>,
}

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
        let row = HitRow {
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
            position: self.position,
        };
        row.into_hit(principal)
    }
}

impl HitRow {
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
    at_least: StorePosition,
}

impl PostgresStore {
    pub(crate) async fn search_conversations(
        &self,
        principal: &Principal,
        query: &SearchQuery,
    ) -> Result<SearchPage, StoreError> {
        let asker = Asker::from(principal);
        let search = Search {
            principal,
            ways: Ways::new(query.list.filter, &asker),
            asker,
            ranges: ranges(&query.terms),
            at_least: query.list.at_least,
        };
        let mut scan = SearchScan::new(query, search.ways.everything);
        while let Some(step) = scan.next() {
            match step {
                SearchStep::Slice(slice) => {
                    let rows = self.search_slice(&search, slice).await?;
                    scan.add(slice, searched(principal, rows)?);
                }
                SearchStep::RarestTerm(query) => {
                    let rows = self.search_by_term(&search, query).await?;
                    let hits = rows.map(|rows| {
                        let hits = rows.into_iter().map(|row| row.into_hit(principal));
                        hits.collect::<Result<_, _>>()
                    });
                    scan.add_matches(hits.transpose()?);
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

    /// `None`: too many conversations have the rarest term.
    async fn search_by_term(
        &self,
        search: &Search<'_>,
        query: RarestTermQuery,
    ) -> Result<Option<Vec<HitRow>>, StoreError> {
        let asker = &search.asker;
        let _turn = self.turn_to_search().await?;
        let reading = self.reading_at(search.principal.organization_id, search.at_least);
        let rarest = read!(reading, connection => {
            query_file!(
                "queries/search/rarest_term.sql",
                asker.organization_id,
                &search.ranges.0,
                &search.ranges.1,
                i64::from(SearchScan::MATCHES) + 1
            )
            .fetch_one(connection)
        });
        if rarest.entries > i64::from(SearchScan::MATCHES) {
            return Ok(None);
        }
        let reading = self.reading_at(search.principal.organization_id, search.at_least);
        let (before, before_id) = cursor(query.after);
        let rows = read!(reading, connection => {
            query_file_as!(
                HitRow,
                "queries/conversation_reader/search_by_term.sql",
                asker.organization_id,
                &asker.groups,
                asker.sees_everything,
                rarest.first,
                rarest.beyond,
                // Entries that came since it was counted.
                2 * i64::from(SearchScan::MATCHES),
                before,
                before_id,
                &search.ranges.0,
                &search.ranges.1,
                i64::from(query.hits)
            )
            .fetch_all(connection)
        });
        Ok(Some(rows))
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
