//! What a search finds.

use parlor_application::ports::SearchTerms;

/// The words of a text: what stands between anything but letters and digits, in lower case.
pub fn words_of(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// Whether each word of the search begins some word of this one text.
pub fn finds(terms: &SearchTerms, text: &str) -> bool {
    let words = words_of(text);
    terms
        .words()
        .iter()
        .all(|term| words.iter().any(|word| word.starts_with(term.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(search: &str, text: &str) -> bool {
        finds(&SearchTerms::parse(search).unwrap(), text)
    }

    #[test]
    fn every_word_of_the_search_begins_a_word_of_the_text() {
        assert!(found("beac 10", "Beacons on port 10443"));
        assert!(!found("eacons", "Beacons on port 10443"));
        assert!(!found("beacons udp", "Beacons on port 10443"));
    }

    #[test]
    fn a_korean_word_is_found_by_its_beginning() {
        assert!(found("로그", "의심스러운 로그인 분석"));
        assert!(!found("분석가", "의심스러운 로그인 분석"));
    }
}
