//! Searching conversations: a slice of the visible ones after the other.

use parlor_application::ports::{
    RarestTerm, RarestTermQuery, SearchPage, SearchQuery, SearchScan, SearchSlice, SearchStep,
    StoreError,
};
use parlor_domain::principal::Principal;
use parlor_store_sql::{Granted, Ways, audiences, rows::searched, term_range};
use sqlx::{query_file, query_file_as};
use uuid::Uuid;

use crate::{
    SqliteStore,
    conversation_reader::{Asker, cursor},
    convert::json_ids,
    error::store_error,
    rows::SearchRow,
    search_index::ranges,
};

/// A search by its rarest term: whose it is, and where.
struct ByRarestTerm<'a> {
    asker: &'a Asker,
    ways: &'a Ways,
    /// The terms, each as a range, as JSON.
    ranges: &'a str,
    /// The caller's audiences, as JSON; none where the caller sees everything.
    audiences: String,
}

impl SqliteStore {
    pub(crate) async fn search_conversations(
        &self,
        principal: &Principal,
        query: &SearchQuery,
    ) -> Result<SearchPage, StoreError> {
        let asker = Asker::from(principal);
        let ways = Ways::new(query.list.filter, principal);
        let ranges = ranges(&query.terms)?;
        let audiences = audiences(principal, ways);
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
        let (first, beyond) = term_range(&query.term);
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
