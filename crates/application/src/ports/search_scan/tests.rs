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
