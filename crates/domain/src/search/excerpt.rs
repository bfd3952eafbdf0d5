//! Excerpts: where in a text a search found something.

use std::{collections::BTreeSet, fmt, ops::Range};

use super::terms::{Run, SearchTerms, runs};

/// A part of a text around what was found, on one line.
#[derive(Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The part, with `…` where the text goes on.
    pub text: String,
    /// Where in [`Excerpt::text`] something was found, in its order and apart from each other, counted in Unicode scalar values:
    /// from the start up to, but not including, the end.
    pub ranges: Vec<Range<usize>>,
}

impl fmt::Debug for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let characters = self.text.chars().count();
        let ranges = self.ranges.len();
        write!(f, "Excerpt({characters} characters, {ranges} ranges)")
    }
}

/// How many characters before the first place where something was found.
const BEFORE: usize = 60;
/// The most characters of an excerpt, without the marks that the text goes on.
const CHARACTERS: usize = 200;

/// The part of the text around the first place where a term of the search is found; `None` where there is none.
///
/// Nothing tells apart a match that the search needed from another one: all of them in the part are ranges.
pub fn excerpt(text: &str, terms: &SearchTerms) -> Option<Excerpt> {
    let found = places(text, terms);
    let first = found.first()?.start;
    let before = text.get(..first)?;
    let start = before
        .char_indices()
        .rev()
        .take(BEFORE)
        .last()
        .map_or(first, |(place, _)| place);
    let start = after_a_space(text, start, first);
    let (mut shown, mut ranges) = (String::new(), Vec::new());
    let mut length = 0;
    if start > 0 {
        shown.push('…');
        length += 1;
    }
    let mut found = found.into_iter().peekable();
    let mut open: Option<usize> = None;
    let (mut taken, mut is_cut) = (0, false);
    for (place, character) in text.get(start..)?.char_indices() {
        let place = start + place;
        while found.next_if(|range| range.end <= place).is_some() {
            ranges.extend(open.take().map(|start| start..length));
        }
        if taken == CHARACTERS {
            is_cut = true;
            break;
        }
        if open.is_none() && found.peek().is_some_and(|range| range.start <= place) {
            open = Some(length);
        }
        let is_space = character.is_whitespace() || character.is_control();
        let is_second = is_space && shown.ends_with(' ');
        if !is_second {
            shown.push(if is_space { ' ' } else { character });
            length += 1;
            taken += 1;
        }
    }
    // What is not there as a whole is not marked; but something is.
    if !is_cut || ranges.is_empty() {
        ranges.extend(open.map(|start| start..length));
    }
    if is_cut {
        shown.push('…');
    }
    Some(Excerpt {
        text: shown,
        ranges,
    })
}

/// The place after a space between the two, so that the excerpt begins with a word; else the first one.
fn after_a_space(text: &str, start: usize, first: usize) -> usize {
    if start == 0 {
        return 0;
    }
    let skipped = text.get(start..first).unwrap_or_default();
    skipped
        .char_indices()
        .find(|(_, character)| character.is_whitespace())
        .map_or(start, |(place, space)| start + place + space.len_utf8())
}

/// Where terms of the search are found, in bytes, in order and apart from each other.
fn places(text: &str, terms: &SearchTerms) -> Vec<Range<usize>> {
    let mut places: Vec<Range<usize>> = Vec::new();
    for run in runs(text) {
        for place in places_in(&run, terms) {
            match places.last_mut() {
                Some(last) if place.start <= last.end => last.end = last.end.max(place.end),
                _ => places.push(place),
            }
        }
    }
    places
}

fn places_in(run: &Run, terms: &SearchTerms) -> Vec<Range<usize>> {
    let mut covered = BTreeSet::new();
    for term in terms.terms() {
        let term: Vec<char> = term.chars().collect();
        let last = if run.is_unspaced {
            run.characters.len()
        } else {
            1
        };
        for start in 0..last {
            let rest = run.characters.get(start..).unwrap_or_default();
            if rest.starts_with(&term) {
                covered.extend(start..start + term.len());
            }
        }
    }
    covered
        .into_iter()
        .filter_map(|place| run.sources.get(place).cloned())
        .collect()
}

/// Whether each run of the search is in the text from its beginning to its end, and not only its neighboring characters.
///
/// A search without such runs is [exact](SearchTerms::is_approximate) by its terms alone.
pub fn mentions<'a>(texts: impl IntoIterator<Item = &'a str>, terms: &SearchTerms) -> bool {
    let mut missing: Vec<&Vec<char>> = terms.runs().iter().collect();
    for text in texts {
        for run in runs(text).filter(|run| run.is_unspaced) {
            missing.retain(|wanted| {
                let mut windows = run.characters.windows(wanted.len());
                !windows.any(|window| window == wanted.as_slice())
            });
        }
        if missing.is_empty() {
            return true;
        }
    }
    missing.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(text: &str, search: &str) -> Option<String> {
        let found = excerpt(text, &SearchTerms::parse(search).unwrap())?;
        let mut marked = String::new();
        for (place, character) in found.text.chars().enumerate() {
            if found.ranges.iter().any(|range| range.start == place) {
                marked.push('[');
            }
            marked.push(character);
            if found.ranges.iter().any(|range| range.end == place + 1) {
                marked.push(']');
            }
        }
        Some(marked)
    }

    #[test]
    fn what_was_found_is_marked_as_it_was_written() {
        for (text, search, expected) in [
            (
                "Beacons on port 10443",
                "beac 10",
                "[Beac]ons on port [10]443",
            ),
            (
                "Im Cafe\u{301} Zürich",
                "cafe zurich",
                "Im [Cafe\u{301}] [Zürich]",
            ),
            ("데이터베이스성능점검", "성능", "데이터베이스[성능]점검"),
            ("데이터베이스성능점검", "성능점", "데이터베이스[성능점]검"),
            ("東京都", "京", "東[京]都"),
            ("ﬁnal", "fi", "[ﬁ]nal"),
        ] {
            assert_eq!(marked(text, search).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(marked("Beacons", "port"), None);
    }

    #[test]
    fn a_long_text_is_cut_around_the_first_place_and_is_one_line() {
        let text = format!(
            "{}find\n\n  me {}",
            "before ".repeat(50),
            "after ".repeat(80)
        );
        let marked = marked(&text, "find").unwrap();
        assert!(marked.starts_with("…before "), "{marked}");
        assert!(marked.contains("before [find] me after"), "{marked}");
        assert!(marked.ends_with('…'), "{marked}");
        assert!(marked.chars().count() <= CHARACTERS + 4, "{marked}");
    }

    #[test]
    fn a_match_that_is_cut_is_not_marked_unless_it_is_the_only_one() {
        for length in 120..260 {
            let text = format!("beacon {}beacon.", "-".repeat(length));
            let found = excerpt(&text, &SearchTerms::parse("beacon").unwrap()).unwrap();
            let marked = found.ranges.iter();
            let marked: Vec<String> = marked
                .map(|range| {
                    found
                        .text
                        .chars()
                        .skip(range.start)
                        .take(range.len())
                        .collect()
                })
                .collect();
            assert!(
                marked.iter().all(|it| it == "beacon"),
                "{length}: {marked:?}"
            );
            assert_eq!(
                found.text.ends_with('…'),
                text.len() > CHARACTERS,
                "{length}"
            );
        }
        let long = "가".repeat(300);
        let found = excerpt(&long, &SearchTerms::parse("가가").unwrap()).unwrap();
        assert_eq!(
            found.ranges.as_slice(),
            std::slice::from_ref(&(0..CHARACTERS))
        );
    }

    #[test]
    fn a_run_is_mentioned_in_one_piece_or_not_at_all() {
        let terms = SearchTerms::parse("가나다").unwrap();
        assert!(terms.is_approximate());
        assert!(mentions(["xx", "오가나다라"], &terms));
        assert!(!mentions(["가나 나다", "가나"], &terms));
        let exact = SearchTerms::parse("가나 beacon").unwrap();
        assert!(!exact.is_approximate());
        assert!(mentions([], &exact));
    }

    #[test]
    fn debug_shows_no_text() {
        let found = excerpt("a secret", &SearchTerms::parse("secret").unwrap()).unwrap();
        assert_eq!(format!("{found:?}"), "Excerpt(8 characters, 1 ranges)");
    }
}
