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
mod tests;
