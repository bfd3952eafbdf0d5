//! Terms: what an index has of a text, and what a search asks it for.

use std::{collections::HashSet, fmt, ops::Range};

use unicode_normalization::char::is_combining_mark;

use super::fold::{Folded, folded};

/// The longest term, in characters. Of a longer word the beginning is indexed and searched for.
const TERM_CHARACTERS: usize = 64;
/// The most terms of one text. Of a text with more of them, the first ones are indexed.
const TERMS_OF_A_TEXT: usize = 20_000;
/// So much of what somebody typed is read.
const SEARCH_CHARACTERS: usize = 1_000;

/// A run of folded characters of one kind, and the bytes of the text that each of them was made from.
pub(super) struct Run {
    pub(super) is_unspaced: bool,
    pub(super) characters: Vec<char>,
    pub(super) sources: Vec<Range<usize>>,
}

impl Run {
    fn new(is_unspaced: bool) -> Self {
        Self {
            is_unspaced,
            characters: Vec::new(),
            sources: Vec::new(),
        }
    }

    fn push(&mut self, folded: Folded) {
        self.characters.push(folded.character);
        self.sources.push(folded.source);
    }

    /// The terms by which the run is found.
    fn for_each_index_term(&self, mut add: impl FnMut(String)) {
        if self.is_unspaced {
            self.characters
                .windows(2)
                .for_each(|pair| add(pair.iter().collect()));
            add(self.characters.iter().rev().take(1).collect());
        } else {
            add(self.beginning());
        }
    }

    /// The terms that together say where a search for the run may find something. Any two neighbors would do; where there are too
    /// many, every second pair still covers the whole run.
    fn search_terms(&self) -> Vec<String> {
        if !self.is_unspaced || self.characters.len() < 2 {
            return vec![self.beginning()];
        }
        let pair = |pair: &[char]| -> String { pair.iter().collect() };
        if self.characters.len() <= SearchTerms::MAX {
            return self.characters.windows(2).map(pair).collect();
        }
        self.characters.chunks_exact(2).map(pair).collect()
    }

    fn beginning(&self) -> String {
        self.characters.iter().take(TERM_CHARACTERS).collect()
    }
}

/// The runs of a text, in its order.
pub(super) fn runs(text: &str) -> impl Iterator<Item = Run> {
    let mut characters = folded(text).peekable();
    std::iter::from_fn(move || {
        let is_run = |folded: &Folded| folded.character.is_alphanumeric();
        while characters.next_if(|folded| !is_run(folded)).is_some() {}
        let mut run = Run::new(is_unspaced(characters.peek()?.character));
        let is_unspaced_run = run.is_unspaced;
        let continues = |folded: &Folded| {
            let character = folded.character;
            is_combining_mark(character)
                || (character.is_alphanumeric() && is_unspaced(character) == is_unspaced_run)
        };
        while let Some(folded) = characters.next_if(continues) {
            run.push(folded);
        }
        Some(run)
    })
}

/// Whether the character belongs to a script whose words are not told apart by spaces alone.
const fn is_unspaced(character: char) -> bool {
    matches!(
        character,
        '\u{1100}'..='\u{11ff}'
            | '\u{2e80}'..='\u{2fdf}'
            | '\u{3005}'..='\u{3007}'
            | '\u{3021}'..='\u{3029}'
            | '\u{3031}'..='\u{303c}'
            | '\u{3041}'..='\u{30ff}'
            | '\u{3105}'..='\u{31bf}'
            | '\u{31f0}'..='\u{31ff}'
            | '\u{3400}'..='\u{4dbf}'
            | '\u{4e00}'..='\u{9fff}'
            | '\u{a960}'..='\u{a97f}'
            | '\u{ac00}'..='\u{d7ff}'
            | '\u{f900}'..='\u{faff}'
            | '\u{1aff0}'..='\u{1b16f}'
            | '\u{20000}'..='\u{3ffff}'
    )
}

/// The terms by which a text is found, each once, in the order of the text: at most 20,000, each of at most 64 characters.
pub fn index_terms(text: &str) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut terms = Vec::new();
    for run in runs(text) {
        if terms.len() >= TERMS_OF_A_TEXT {
            break;
        }
        run.for_each_index_term(|term| {
            if terms.len() < TERMS_OF_A_TEXT && !seen.contains(&term) {
                seen.insert(term.clone());
                terms.push(term);
            }
        });
    }
    terms
}

/// What a search asks for: at least one term, at most [`SearchTerms::MAX`].
///
/// A conversation is found when each term begins a term of its title or of one of its finished messages. Terms that others
/// imply are left out: `red` finds whatever `re` would have to find, too.
#[derive(Clone, PartialEq, Eq)]
pub struct SearchTerms {
    terms: Vec<String>,
    runs: Vec<Vec<char>>,
}

impl SearchTerms {
    /// The most terms of one search; further ones are left out.
    pub const MAX: usize = 16;

    /// The terms of what somebody typed; `None` if there is none. Only its first 1,000 characters count.
    pub fn parse(text: &str) -> Option<Self> {
        let end = text.char_indices().nth(SEARCH_CHARACTERS);
        let text = end.and_then(|(end, _)| text.get(..end)).unwrap_or(text);
        let (mut terms, mut searched) = (Vec::<String>::new(), Vec::<Vec<char>>::new());
        for run in runs(text) {
            for term in run.search_terms() {
                if terms.iter().any(|other| other.starts_with(&term)) {
                    continue;
                }
                terms.retain(|other| !term.starts_with(other));
                if terms.len() < Self::MAX {
                    terms.push(term);
                }
            }
            if run.is_unspaced && run.characters.len() > 2 && !searched.contains(&run.characters) {
                searched.push(run.characters);
            }
        }
        let runs = searched;
        (!terms.is_empty()).then_some(Self { terms, runs })
    }

    /// The terms, folded. None is the beginning of another one.
    pub fn terms(&self) -> &[String] {
        &self.terms
    }

    /// The runs of which the terms have only neighboring characters: whatever has all terms need not have the run.
    pub(super) fn runs(&self) -> &[Vec<char>] {
        &self.runs
    }

    /// Whether a text can have all the terms in it without what was searched for.
    pub fn is_approximate(&self) -> bool {
        !self.runs.is_empty()
    }
}

impl fmt::Debug for SearchTerms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SearchTerms({} terms)", self.terms.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(text: &str) -> Vec<String> {
        SearchTerms::parse(text).unwrap().terms().to_vec()
    }

    #[test]
    fn words_are_terms_and_unspaced_runs_are_pairs() {
        assert_eq!(
            index_terms("Beacons on port 10443, on GPT모델!"),
            ["beacons", "on", "port", "10443", "gpt", "모델", "델"]
        );
        assert_eq!(index_terms("東京都"), ["東京", "京都", "都"]);
        assert_eq!(index_terms("로"), ["로"]);
        assert_eq!(index_terms(" … ! "), Vec::<String>::new());
    }

    #[test]
    fn a_search_asks_for_the_same_terms_in_fewer_words() {
        assert_eq!(search("Beac* 10"), ["beac", "10"]);
        assert_eq!(search("red red re r"), ["red"]);
        assert_eq!(search("r re red"), ["red"]);
        assert_eq!(search("東京都"), ["東京", "京都"]);
        assert_eq!(search("로"), ["로"]);
        assert_eq!(SearchTerms::parse(" ?! "), None);
    }

    #[test]
    fn a_search_has_a_bounded_number_of_terms() {
        let words: Vec<String> = (10..99).map(|number| format!("w{number}")).collect();
        assert_eq!(search(&words.join(" ")).len(), SearchTerms::MAX);
        let hangul: String = ('가'..='힣').take(200).collect();
        assert_eq!(search(&hangul).len(), SearchTerms::MAX);
        let late = format!("{}late", " ".repeat(SEARCH_CHARACTERS));
        assert_eq!(SearchTerms::parse(&late), None);
    }

    #[test]
    fn a_long_word_is_cut_on_both_sides() {
        let word = "x".repeat(100);
        assert_eq!(index_terms(&word), ["x".repeat(64)]);
        assert_eq!(search(&word), ["x".repeat(64)]);
    }

    #[test]
    fn a_text_has_a_bounded_number_of_terms() {
        let words: Vec<String> = (0..30_000).map(|number| number.to_string()).collect();
        let terms = index_terms(&words.join(" "));
        assert_eq!(terms.len(), TERMS_OF_A_TEXT);
        assert_eq!(terms.last().map(String::as_str), Some("19999"));
    }

    #[test]
    fn marks_belong_to_their_word() {
        assert_eq!(index_terms("हिन्दी भाषा"), ["हिन्दी", "भाषा"]);
    }

    #[test]
    fn debug_shows_no_term() {
        let terms = SearchTerms::parse("secret plan").unwrap();
        assert_eq!(format!("{terms:?}"), "SearchTerms(2 terms)");
    }
}
