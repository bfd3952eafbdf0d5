//! Searching conversations.

use std::{num::NonZero, ops::Div as _, thread};

use parlor_domain::search::SearchTerms;

use super::{ActivityCursor, ConversationQuery, ConversationSummary};

/// Which conversations to search for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchQuery {
    /// Only those whose title and finished messages together have all these terms.
    pub terms: SearchTerms,
    /// Which of the visible ones, after which one, and how many at most.
    pub list: ConversationQuery,
}

/// A page of a search.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchPage {
    /// What was found, newest activity first. It can be less than a page, or nothing, although the search continues.
    pub hits: Vec<SearchHit>,
    /// After which place the search continues; `None` where it has looked at everything.
    pub next: Option<ActivityCursor>,
}

/// A conversation that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchHit {
    /// The conversation.
    pub summary: ConversationSummary,
    /// The position of a message that has the first of the terms; `None` where only the title has it.
    pub position: Option<u32>,
}

/// How a store searches: it looks at the visible conversations one after the other, newest activity first, a few at a time,
/// and asks for each whether it has the terms.
///
/// So the work depends on what the caller can see, and on nothing else. Asking one conversation for one term is a *probe*. A
/// page takes at most [`SearchScan::PROBES`] of them; a search that needs more continues with the next page.
///
/// A caller who sees every conversation of the organization can also be searched by term: where the first slice did not fill
/// the page, the store looks up the conversations that have the rarest term. It does so only for such a caller.
#[derive(Debug)]
pub struct SearchScan {
    after: Option<ActivityCursor>,
    /// How many conversations may still be looked at.
    left: u32,
    /// How many to look at next.
    conversations: u32,
    /// The most hits of the page.
    limit: u32,
    hits: Vec<SearchHit>,
    is_over: bool,
    /// Whether the conversations with the rarest term can be looked up.
    by_term: bool,
}

/// What a store does next for a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchStep {
    /// Ask visible conversations for the terms.
    Slice(SearchSlice),
    /// Look up the conversations that have the rarest term, unless more than [`SearchScan::MATCHES`] have it.
    RarestTerm(RarestTermQuery),
}

/// A look-up of the conversations that have the rarest term.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RarestTermQuery {
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
    /// The most entries of the index that a look-up of the rarest term reads for each term. More frequent terms are in so
    /// many conversations that asking the newest ones finds enough.
    pub const MATCHES: u32 = 2_000;
    /// How many conversations are looked at first; later more. Common terms fill a page from few.
    const FIRST: u32 = 200;
    const GROWTH: u32 = 5;

    /// How many slices a store works on at once: half of its connections at most, and half of this machine's processors, so
    /// that searches leave the others to what is quick. At least one.
    pub fn slices_at_once(connections: u32) -> usize {
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        (connections as usize).min(processors).div(2).max(1)
    }

    /// The search for a page. `sees_everything`: the caller sees every conversation of the organization, and searches all.
    pub fn new(query: &SearchQuery, sees_everything: bool) -> Self {
        let terms = u32::try_from(query.terms.terms().len()).unwrap_or(u32::MAX);
        Self {
            after: query.list.after,
            left: (Self::PROBES / terms.max(1)).max(1),
            conversations: Self::FIRST,
            limit: query.list.limit,
            hits: Vec::new(),
            is_over: false,
            by_term: sees_everything,
        }
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
        if self.by_term && self.conversations > Self::FIRST {
            return Some(SearchStep::RarestTerm(RarestTermQuery { after, hits }));
        }
        Some(SearchStep::Slice(SearchSlice {
            after,
            conversations: self.conversations.min(self.left),
            hits,
        }))
    }

    /// Notes what a look-up of the rarest term found; `None`: too many conversations have it.
    pub fn add_matches(&mut self, found: Option<Vec<SearchHit>>) {
        self.by_term = false;
        if let Some(hits) = found {
            self.is_over = true;
            self.hits.extend(hits);
        }
    }

    /// Notes what was found in [the next slice](Self::next).
    pub fn add(&mut self, asked: SearchSlice, found: SearchedSlice) {
        self.is_over = found.conversations < asked.conversations;
        self.left = self.left.saturating_sub(asked.conversations);
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
    use parlor_domain::{conversation::Conversation, ids::ConversationId};
    use uuid::Uuid;

    use super::*;
    use crate::{
        access_gate::Viewpoint,
        ports::{ConversationFilter, StorePosition},
        testing::{alice, private, user_ref},
    };

    fn search(text: &str, limit: u32, sees_everything: bool) -> SearchScan {
        let query = SearchQuery {
            terms: SearchTerms::parse(text).unwrap(),
            list: ConversationQuery {
                filter: ConversationFilter::All,
                after: None,
                limit,
                at_least: StorePosition::NEWEST,
            },
        };
        SearchScan::new(&query, sees_everything)
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
        assert_eq!((slice.conversations, slice.hits), (SearchScan::FIRST, 3));
        scan.add(slice, searched(&[9], SearchScan::FIRST, 8));
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
        scan.add(slice, searched(&[9, 8], 5, 4));
        assert_eq!(scan.next(), None);
        let page = scan.finish();
        assert_eq!((page.hits.len(), page.next), (2, None));
    }

    #[test]
    fn a_caller_who_sees_everything_is_searched_by_the_rarest_term_after_the_first_slice() {
        let mut scan = search("a b", 3, true);
        let asked = slice(&scan);
        scan.add(asked, searched(&[9], SearchScan::FIRST, 8));
        let query = RarestTermQuery {
            after: Some(cursor(8)),
            hits: 3,
        };
        assert_eq!(scan.next(), Some(SearchStep::RarestTerm(query)));
        scan.add_matches(Some(vec![hit(7), hit(6), hit(5)]));
        assert_eq!(scan.next(), None);
        let page = scan.finish();
        assert_eq!(page.hits, [hit(9), hit(7), hit(6)]);
        assert_eq!(page.next, Some(cursor(6)));
    }

    #[test]
    fn a_look_up_that_finds_less_than_a_page_is_the_end_of_the_search() {
        let mut scan = search("a", 3, true);
        let asked = slice(&scan);
        scan.add(asked, searched(&[9], SearchScan::FIRST, 8));
        scan.add_matches(Some(vec![hit(7)]));
        assert_eq!(scan.next(), None);
        let page = scan.finish();
        assert_eq!((page.hits.len(), page.next), (2, None));
    }

    #[test]
    fn where_too_many_have_the_rarest_term_conversations_are_asked_and_it_is_not_looked_up_again() {
        let mut scan = search("a", 3, true);
        let asked = slice(&scan);
        scan.add(asked, searched(&[], SearchScan::FIRST, 8));
        scan.add_matches(None);
        let mut looked_at = SearchScan::FIRST;
        while scan.next().is_some() {
            let asked = slice(&scan);
            looked_at += asked.conversations;
            scan.add(asked, searched(&[], asked.conversations, 1));
        }
        assert_eq!(looked_at, SearchScan::PROBES);
    }
}
