//! Search terms against the plainest search there is: whether a folded text contains what was folded.

use std::ops::Range;

use parlor_domain::search::{SearchTerms, excerpt, fold, index_terms, mentions};
use proptest::{collection::vec, prelude::*, sample::select};
use unicode_normalization::UnicodeNormalization as _;

/// Few enough that texts and searches meet.
const UNSPACED: [&str; 8] = [
    "성",
    "능",
    "가\u{11a8}",
    "東",
    "京",
    "か\u{3099}",
    "ｶﾞ",
    "ー",
];
const LETTERS: [&str; 9] = ["a", "B", "é", "e\u{301}", "ß", "SS", "İ", "1", "ﬁ"];
const SEPARATORS: [&str; 4] = [" ", ", ", "_", "\n"];

fn unspaced(length: Range<usize>) -> impl Strategy<Value = String> {
    vec(select(&UNSPACED[..]), length).prop_map(|characters| characters.concat())
}

fn word(length: Range<usize>) -> impl Strategy<Value = String> {
    vec(select(&LETTERS[..]), length).prop_map(|letters| letters.concat())
}

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![unspaced(1..6), word(1..4)];
    let pieces = vec((piece, select(&SEPARATORS[..]), any::<bool>()), 0..8);
    pieces.prop_map(|pieces| {
        let pieces = pieces.into_iter();
        pieces
            .map(|(piece, separator, is_apart)| piece + if is_apart { separator } else { "" })
            .collect()
    })
}

/// As a store does it.
fn is_found(text: &str, search: &str) -> bool {
    let indexed = index_terms(text);
    let terms = SearchTerms::parse(search).unwrap();
    let is_indexed = |term: &String| indexed.iter().any(|indexed| indexed.starts_with(term));
    terms.terms().iter().all(is_indexed)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn one_or_two_characters_are_found_exactly_where_the_text_contains_them(
        text in text(), search in unspaced(1..3)
    ) {
        // A mark in it may have joined the character before.
        prop_assume!(fold(&search).chars().count() <= 2);
        prop_assert_eq!(is_found(&text, &search), fold(&text).contains(&fold(&search)));
    }

    #[test]
    fn a_longer_run_is_found_and_mentioned_exactly_where_the_text_contains_it(
        text in text(), search in unspaced(3..6)
    ) {
        let contains = fold(&text).contains(&fold(&search));
        let terms = SearchTerms::parse(&search).unwrap();
        prop_assert!(!contains || is_found(&text, &search));
        let is_mentioned = is_found(&text, &search) && mentions([text.as_str()], &terms);
        prop_assert_eq!(is_mentioned, contains);
    }

    #[test]
    fn a_word_is_found_exactly_where_a_word_begins_with_it(
        words in vec(word(1..4), 0..5), search in word(1..3)
    ) {
        let search_folded = fold(&search);
        let begins = words.iter().any(|word| fold(word).starts_with(&search_folded));
        prop_assert_eq!(is_found(&words.join(" "), &search), begins);
    }

    #[test]
    fn every_part_of_a_text_finds_it(text in text(), from in 0_usize..40, length in 1_usize..20) {
        let folded: Vec<char> = fold(&text).chars().collect();
        // Parts that begin where a word or a character of a run does.
        let is_start = |place: usize| {
            let before = place.checked_sub(1).map(|before| folded[before]);
            before.is_none_or(|before| !before.is_ascii_alphanumeric() || !folded[place].is_ascii_alphanumeric())
        };
        let from = from % folded.len().max(1);
        if folded.is_empty() || !is_start(from) {
            return Ok(());
        }
        let part: String = folded.iter().skip(from).take(length).collect();
        if SearchTerms::parse(&part).is_some() {
            prop_assert!(is_found(&text, &part), "{}", part);
        }
    }

    #[test]
    fn the_form_of_a_text_changes_no_term(text in text()) {
        let terms = index_terms(&text);
        prop_assert_eq!(&index_terms(&text.nfd().collect::<String>()), &terms);
        prop_assert_eq!(&index_terms(&text.nfkc().collect::<String>()), &terms);
        prop_assert_eq!(&index_terms(&fold(&text)), &terms);
    }

    #[test]
    fn what_is_found_has_an_excerpt_whose_ranges_begin_with_terms(text in text(), search in text()) {
        let Some(terms) = SearchTerms::parse(&search) else { return Ok(()) };
        let found = excerpt(&text, &terms);
        prop_assert!(found.is_some() || !is_found(&text, &search));
        let Some(found) = found else { return Ok(()) };
        let characters: Vec<char> = found.text.chars().collect();
        let mut end = 0;
        prop_assert!(!found.ranges.is_empty());
        for range in &found.ranges {
            prop_assert!(range.start >= end && range.start < range.end && range.end <= characters.len());
            end = range.end;
            let marked: String = characters[range.clone()].iter().collect();
            let marked = fold(&marked);
            let begins = |term: &String| marked.starts_with(term.as_str()) || marked.contains(term.as_str());
            prop_assert!(terms.terms().iter().any(begins), "{} in {:?}", marked, terms.terms());
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in any::<String>(), search in any::<String>()) {
        let terms = index_terms(&text);
        prop_assert!(terms.iter().all(|term| !term.is_empty() && term.chars().count() <= 64));
        if let Some(search) = SearchTerms::parse(&search) {
            excerpt(&text, &search);
            prop_assert!(search.terms().len() <= SearchTerms::MAX);
        }
    }
}
