//! What a search finds.

use std::collections::BTreeMap;

use parlor_domain::{
    message::Message,
    search::{SearchTerms, index_terms},
};

/// The terms of one conversation, and for each the position of the first finished message that has it.
#[derive(Debug, Default)]
pub struct Index(BTreeMap<String, Option<u32>>);

/// Where a search found something first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FoundAt {
    /// The position of the message; `None` for the title alone.
    pub position: Option<u32>,
}

impl Index {
    /// The terms of a title and messages.
    pub fn new(title: &str, messages: &[Message]) -> Self {
        let mut index = Self::default();
        for term in index_terms(title) {
            index.0.insert(term, None);
        }
        for message in messages {
            if message.status().is_writing() {
                continue;
            }
            for term in index_terms(message.content.as_str()) {
                let first = index.0.entry(term).or_default();
                *first = Some(first.unwrap_or(message.position).min(message.position));
            }
        }
        index
    }

    /// The first term that begins so, and where it is.
    fn beginning(&self, term: &str) -> Option<FoundAt> {
        let (found, position) = self.0.range(term.to_owned()..).next()?;
        let position = *position;
        found.starts_with(term).then_some(FoundAt { position })
    }

    /// Whether the conversation has a term that begins so.
    pub fn has(&self, term: &str) -> bool {
        self.beginning(term).is_some()
    }

    /// Whether each term of the search begins a term of the conversation; if so, where the first of them is.
    pub fn find(&self, terms: &SearchTerms) -> Option<FoundAt> {
        let mut terms = terms.terms().iter();
        let first = self.beginning(terms.next()?)?;
        terms.all(|term| self.has(term)).then_some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(search: &str, text: &str) -> bool {
        let terms = SearchTerms::parse(search).unwrap();
        Index::new(text, &[]).find(&terms).is_some()
    }

    #[test]
    fn every_word_of_the_search_begins_a_word_of_the_text() {
        assert!(found("beac 10", "Beacons on port 10443"));
        assert!(!found("eacons", "Beacons on port 10443"));
        assert!(!found("beacons udp", "Beacons on port 10443"));
    }

    #[test]
    fn a_korean_word_is_found_by_any_part_of_it() {
        assert!(found("로그", "의심스러운 로그인 분석"));
        assert!(found("그인", "의심스러운 로그인 분석"));
        assert!(!found("분석가", "의심스러운 로그인 분석"));
    }
}
