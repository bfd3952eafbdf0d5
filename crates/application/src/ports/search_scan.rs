//! How a store searches: what it looks at next, and how much.

use std::{num::NonZero, ops::Div as _, thread};

use super::{ActivityCursor, SearchHit, SearchPage, SearchQuery};

/// How a store searches. First it counts what the index has of each term for the caller's audiences: their own conversations, what
/// is shared with the organization, and what is shared with each of their groups. If the rarest term is in fewer conversations than
/// a page has, it looks those up.
///
/// Otherwise it looks at the newest conversations that the caller can see, and asks each whether it has the terms. Common terms fill
/// a page from few. Asking one conversation for one term is a *probe*. Where that does not fill the page, it counts on, up to
/// [`SearchScan::MATCHES`]; and it goes on asking, until it has asked enough that looking them all up is not more work.
///
/// So the work depends on what the caller can see, and on nothing else. A page takes at most [`SearchScan::PROBES`] probes; a
/// search that needs more continues with the next page.
#[derive(Debug)]
pub struct SearchScan {
    after: Option<ActivityCursor>,
    /// How many conversations may still be looked at.
    left: u32,
    /// How many were looked at.
    looked_at: u32,
    /// How many to look at next.
    conversations: u32,
    /// The most hits of the page.
    limit: u32,
    hits: Vec<SearchHit>,
    is_over: bool,
    rarest: Rarest,
}

/// What is known of the rarest term.
#[derive(Debug)]
enum Rarest {
    NotCounted,
    /// It has more entries than a page.
    InMoreThanAPage,
    Counted(RarestTerm),
    /// It cannot be looked up, or it has too many entries.
    Unusable,
}

/// The term of which the index has the fewest entries for the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RarestTerm {
    /// One of the search's terms.
    pub term: String,
    /// How many entries of it there are, or more than were to be counted.
    pub entries: u32,
}

/// What a store does next for a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SearchStep {
    /// Ask visible conversations for the terms.
    Slice(SearchSlice),
    /// Find the rarest term, and count its entries up to one more than this.
    CountRarest(u32),
    /// Look up the conversations that have the rarest term.
    LookUpRarest(RarestTermQuery),
}

/// A look-up of the conversations that have the rarest term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RarestTermQuery {
    /// Which term.
    pub term: String,
    /// After which place.
    pub after: Option<ActivityCursor>,
    /// How many hits are enough.
    pub hits: u32,
}

/// What a store looks at next: so many visible conversations, from the newest after a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchSlice {
    /// After which place.
    pub after: Option<ActivityCursor>,
    /// How many conversations to look at.
    pub conversations: u32,
    /// How many hits are enough.
    pub hits: u32,
}

/// What a store found in a slice.
#[derive(Debug)]
pub struct SearchedSlice {
    /// Those that have all terms, in the order of the list.
    pub hits: Vec<SearchHit>,
    /// How many conversations there were to look at.
    pub conversations: u32,
    /// The last of them.
    pub end: Option<ActivityCursor>,
}

impl SearchScan {
    /// The most probes of a page.
    pub const PROBES: u32 = 20_000;
    /// The most entries of the index that are counted for each term. More frequent terms are in so many conversations that
    /// asking the newest ones finds enough.
    pub const MATCHES: u32 = 2_000;
    /// A look-up may read so many entries for each conversation that was asked before: then it is never much more work than that.
    const ENTRIES_PER_CONVERSATION: u32 = 4;
    const GROWTH: u32 = 5;

    /// How many slices a store works on at once: half of its connections at most, and half of this machine's processors, so
    /// that searches leave the others to what is quick. At least one.
    pub fn slices_at_once(connections: u32) -> usize {
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        (connections as usize).min(processors).div(2).max(1)
    }

    /// The search for a page. `can_look_up`: the index knows the caller's audiences, or the caller sees every conversation.
    pub fn new(query: &SearchQuery, can_look_up: bool) -> Self {
        let terms = u32::try_from(query.terms.terms().len()).unwrap_or(u32::MAX);
        Self {
            after: query.list.after,
            left: (Self::PROBES / terms.max(1)).max(1),
            looked_at: 0,
            conversations: Self::first(query.list.limit),
            limit: query.list.limit,
            hits: Vec::new(),
            is_over: false,
            rarest: if can_look_up {
                Rarest::NotCounted
            } else {
                Rarest::Unusable
            },
        }
    }

    /// How many conversations are looked at first; later more. A quarter more than a page has: common words are in most.
    const fn first(limit: u32) -> u32 {
        limit.saturating_add(limit / 4).saturating_add(1)
    }

    /// What to do next; `None` when the page is finished.
    pub fn next(&self) -> Option<SearchStep> {
        let found = u32::try_from(self.hits.len()).unwrap_or(u32::MAX);
        if self.is_over || self.left == 0 || found > self.limit {
            return None;
        }
        let after = self.after;
        // One more than the page has tells whether there is a next one.
        let hits = (self.limit - found).saturating_add(1);
        let slice = SearchStep::Slice(SearchSlice {
            after,
            conversations: self.conversations.min(self.left),
            hits,
        });
        let affordable = self
            .looked_at
            .saturating_mul(Self::ENTRIES_PER_CONVERSATION);
        Some(match &self.rarest {
            Rarest::NotCounted => SearchStep::CountRarest(self.limit),
            Rarest::InMoreThanAPage if self.looked_at > 0 => SearchStep::CountRarest(Self::MATCHES),
            Rarest::Counted(rarest) if rarest.entries <= affordable.max(self.limit) => {
                let term = rarest.term.clone();
                SearchStep::LookUpRarest(RarestTermQuery { term, after, hits })
            }
            Rarest::InMoreThanAPage | Rarest::Counted(_) | Rarest::Unusable => slice,
        })
    }

    /// Notes which term is the rarest, and how rare.
    pub fn add_rarest(&mut self, rarest: RarestTerm) {
        self.rarest = if self.looked_at == 0 && rarest.entries > self.limit {
            Rarest::InMoreThanAPage
        } else if rarest.entries > Self::MATCHES {
            Rarest::Unusable
        } else {
            Rarest::Counted(rarest)
        };
    }

    /// Notes what the look-up of the rarest term found: everything that is left.
    pub fn add_matches(&mut self, hits: Vec<SearchHit>) {
        self.is_over = true;
        self.hits.extend(hits);
    }

    /// Notes what was found in [the next slice](Self::next).
    pub fn add(&mut self, asked: SearchSlice, found: SearchedSlice) {
        self.is_over = found.conversations < asked.conversations;
        self.left = self.left.saturating_sub(asked.conversations);
        self.looked_at = self.looked_at.saturating_add(asked.conversations);
        self.conversations = self.conversations.saturating_mul(Self::GROWTH);
        self.after = found.end.or(self.after);
        self.hits.extend(found.hits);
    }

    /// The page.
    pub fn finish(mut self) -> SearchPage {
        let limit = self.limit as usize;
        let next = if self.hits.len() > limit {
            self.hits.truncate(limit);
            self.hits.last().map(|hit| ActivityCursor {
                last_activity_at: hit.summary.last_activity_at,
                id: hit.summary.id,
            })
        } else if self.is_over {
            None
        } else {
            self.after
        };
        SearchPage {
            hits: self.hits,
            next,
        }
    }
}

#[cfg(test)]
mod tests {
    use parlor_domain::{conversation::Conversation, ids::ConversationId, search::SearchTerms};
    use uuid::Uuid;

    use super::*;
    use crate::{
        access_gate::Viewpoint,
        ports::{ConversationFilter, ConversationQuery, StorePosition},
        testing::{alice, private, user_ref},
    };

    fn search(text: &str, limit: u32, can_look_up: bool) -> SearchScan {
        let query = SearchQuery {
            terms: SearchTerms::parse(text).unwrap(),
            list: ConversationQuery {
                filter: ConversationFilter::All,
                after: None,
                limit,
                at_least: StorePosition::NEWEST,
            },
        };
        SearchScan::new(&query, can_look_up)
    }

    fn scan(text: &str, limit: u32) -> SearchScan {
        search(text, limit, false)
    }

    /// The next step, which asks conversations.
    fn slice(scan: &SearchScan) -> SearchSlice {
        match scan.next() {
            Some(SearchStep::Slice(slice)) => slice,
            other => panic!("{other:?}"),
        }
    }

    fn hit(number: u128) -> SearchHit {
        let viewpoint = Viewpoint {
            principal: alice().principal().clone(),
            owner: user_ref(&alice()),
            forked_from: None,
        };
        let conversation = Conversation {
            id: ConversationId::from_uuid(Uuid::from_u128(number)),
            ..private()
        };
        SearchHit {
            summary: viewpoint.view(conversation).summary,
            position: None,
        }
    }

    fn cursor(number: u128) -> ActivityCursor {
        let hit = hit(number).summary;
        ActivityCursor {
            last_activity_at: hit.last_activity_at,
            id: hit.id,
        }
    }

    fn searched(hits: &[u128], conversations: u32, end: u128) -> SearchedSlice {
        SearchedSlice {
            hits: hits.iter().copied().map(hit).collect(),
            conversations,
            end: Some(cursor(end)),
        }
    }

    #[test]
    fn a_page_takes_a_bounded_number_of_probes_whatever_is_found() {
        for (text, most) in [("a", 20_000), ("a b", 10_000), ("a b c d e f g", 2_857)] {
            let mut scan = scan(text, 50);
            let mut looked_at = 0;
            while scan.next().is_some() {
                let slice = slice(&scan);
                looked_at += slice.conversations;
                scan.add(slice, searched(&[], slice.conversations, 1));
            }
            assert_eq!(looked_at, most, "{text}");
            let page = scan.finish();
            assert_eq!((page.hits.len(), page.next), (0, Some(cursor(1))));
        }
    }

    #[test]
    fn a_full_page_ends_the_search_and_continues_after_its_last_hit() {
        let mut scan = scan("a", 2);
        let slice = slice(&scan);
        assert_eq!((slice.conversations, slice.hits), (3, 3));
        scan.add(slice, searched(&[9], 3, 8));
        let slice = self::slice(&scan);
        assert_eq!((slice.after, slice.hits), (Some(cursor(8)), 2));
        scan.add(slice, searched(&[7, 6], slice.conversations, 5));
        assert_eq!(scan.next(), None);
        let page = scan.finish();
        assert_eq!(page.hits, [hit(9), hit(7)]);
        assert_eq!(page.next, Some(cursor(7)));
    }

    #[test]
    fn the_end_of_the_list_is_the_end_of_the_search() {
        let mut scan = scan("a", 2);
        let slice = slice(&scan);
        scan.add(slice, searched(&[9, 8], 2, 4));
        assert_eq!(scan.next(), None);
        let page = scan.finish();
        assert_eq!((page.hits.len(), page.next), (2, None));
    }

    /// A search for a page of three that has looked at four conversations, of which one was a hit.
    fn begun(text: &str) -> SearchScan {
        let mut scan = search(text, 3, true);
        assert_eq!(scan.next(), Some(SearchStep::CountRarest(3)));
        scan.add_rarest(rarest(4));
        let asked = slice(&scan);
        assert_eq!(asked.conversations, 4);
        scan.add(asked, searched(&[9], 4, 8));
        let most = SearchScan::MATCHES;
        assert_eq!(scan.next(), Some(SearchStep::CountRarest(most)));
        scan
    }

    #[test]
    fn what_fewer_have_than_a_page_is_looked_up_at_once() {
        let mut scan = search("a b", 3, true);
        assert_eq!(scan.next(), Some(SearchStep::CountRarest(3)));
        scan.add_rarest(rarest(3));
        let query = RarestTermQuery {
            term: "b".to_owned(),
            after: None,
            hits: 4,
        };
        assert_eq!(scan.next(), Some(SearchStep::LookUpRarest(query)));
        scan.add_matches(vec![hit(7), hit(6)]);
        assert_eq!(scan.next(), None);
        let page = scan.finish();
        assert_eq!((page.hits.len(), page.next), (2, None));
    }

    fn rarest(entries: u32) -> RarestTerm {
        let term = "b".to_owned();
        RarestTerm { term, entries }
    }

    #[test]
    fn what_a_slice_did_not_fill_is_looked_up_by_the_rarest_term() {
        let mut scan = begun("a b");
        scan.add_rarest(rarest(16));
        let query = RarestTermQuery {
            term: "b".to_owned(),
            after: Some(cursor(8)),
            hits: 3,
        };
        assert_eq!(scan.next(), Some(SearchStep::LookUpRarest(query)));
        scan.add_matches(vec![hit(7), hit(6), hit(5)]);
        assert_eq!(scan.next(), None);
        let page = scan.finish();
        assert_eq!(page.hits, [hit(9), hit(7), hit(6)]);
        assert_eq!(page.next, Some(cursor(6)));
    }

    #[test]
    fn a_look_up_that_finds_less_than_a_page_is_the_end_of_the_search() {
        let mut scan = begun("a");
        scan.add_rarest(rarest(1));
        scan.add_matches(vec![hit(7)]);
        assert_eq!(scan.next(), None);
        let page = scan.finish();
        assert_eq!((page.hits.len(), page.next), (2, None));
    }

    #[test]
    fn many_entries_are_read_only_after_as_much_other_work() {
        let mut scan = begun("a");
        scan.add_rarest(rarest(17));
        let asked = slice(&scan);
        scan.add(asked, searched(&[], asked.conversations, 7));
        assert!(matches!(scan.next(), Some(SearchStep::LookUpRarest(_))));
    }

    #[test]
    fn where_too_many_have_the_rarest_term_conversations_are_asked_and_it_is_not_counted_again() {
        let mut scan = begun("a");
        scan.add_rarest(rarest(SearchScan::MATCHES + 1));
        let mut looked_at = 4;
        while scan.next().is_some() {
            let asked = slice(&scan);
            looked_at += asked.conversations;
            scan.add(asked, searched(&[], asked.conversations, 1));
        }
        assert_eq!(looked_at, SearchScan::PROBES);
    }
}
