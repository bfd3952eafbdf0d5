//! Searching conversations: a slice of the visible ones after the other.

use parlor_application::ports::{
    RarestTerm, RarestTermQuery, SearchPage, SearchQuery, SearchScan, SearchSlice, SearchStep,
    StoreError, StorePosition,
};
use parlor_domain::principal::Principal;
use parlor_store_sql::{Granted, Ways, audiences, rows::searched, term_range};
use sqlx::{query_file, query_file_as};
use uuid::Uuid;

use crate::{
    PostgresStore,
    conversation_reader::{Asker, cursor},
    rows::SearchRow,
    search_index::ranges,
    store_position::read,
};

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

impl PostgresStore {
    pub(crate) async fn search_conversations(
        &self,
        principal: &Principal,
        query: &SearchQuery,
    ) -> Result<SearchPage, StoreError> {
        let asker = Asker::from(principal);
        let ways = Ways::new(query.list.filter, principal);
        let search = Search {
            principal,
            audiences: audiences(principal, ways),
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
        let (first, beyond) = term_range(&query.term);
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
