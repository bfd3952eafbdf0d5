//! Folding: what makes no difference to a search is made alike.

use std::ops::Range;

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

/// A character of the folded text, and the bytes of the text that it was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Folded {
    pub(super) character: char,
    pub(super) source: Range<usize>,
}

/// The text as a search compares it: in the compatibility form NFKC, with case folded, without diacritics and without
/// characters that are never shown.
pub fn fold(text: &str) -> String {
    folded(text).map(|folded| folded.character).collect()
}

/// The characters of the folded text.
///
/// The text is folded cluster by cluster: a character with everything that composes with it. So each folded character
/// knows its source, and folding a part of a text between two clusters gives a part of the folded text.
pub(super) fn folded(text: &str) -> impl Iterator<Item = Folded> {
    Clusters { text, start: 0 }.flat_map(|(source, cluster)| {
        Cluster::new(cluster).map(move |character| Folded {
            character,
            source: source.clone(),
        })
    })
}

/// The clusters of a text with the bytes where they are.
struct Clusters<'a> {
    text: &'a str,
    start: usize,
}

impl<'a> Iterator for Clusters<'a> {
    type Item = (Range<usize>, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.text.get(self.start..)?;
        let mut characters = rest.char_indices();
        characters.next()?;
        let length = characters
            .find(|(_, character)| !continues(*character))
            .map_or(rest.len(), |(place, _)| place);
        let source = self.start..self.start + length;
        self.start = source.end;
        Some((source, rest.get(..length)?))
    }
}

/// The folded characters of one cluster.
enum Cluster {
    One(Option<char>),
    Several(std::vec::IntoIter<char>),
}

impl Cluster {
    fn new(cluster: &str) -> Self {
        let mut characters = cluster.chars();
        match (characters.next(), characters.next()) {
            (Some(only), None) if only.is_ascii() => Self::One(Some(only.to_ascii_lowercase())),
            (Some(only), None) if is_folded(only) => Self::One(Some(only)),
            _ => Self::Several(fold_cluster(cluster).into_iter()),
        }
    }
}

impl Iterator for Cluster {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        match self {
            Self::One(character) => character.take(),
            Self::Several(characters) => characters.next(),
        }
    }
}

fn fold_cluster(cluster: &str) -> Vec<char> {
    // Case folding can give characters that can be taken apart again.
    cluster
        .nfkd()
        .flat_map(fold_case)
        .nfkd()
        .filter(|character| !is_ignored(*character))
        .nfc()
        .collect()
}

/// Through capitals, so that what has the same capitals is alike: `ß` and `SS`, `ς` and `σ`, `ı` and `i`. The letters with a
/// stroke, and the ligatures, that Unicode does not take apart are replaced by what people type instead.
fn fold_case(character: char) -> impl Iterator<Item = char> {
    let folded = character
        .to_lowercase()
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .flat_map(|character| {
            let (first, second) = match character {
                'ø' => ('o', None),
                'ł' => ('l', None),
                'đ' => ('d', None),
                'ħ' => ('h', None),
                'æ' => ('a', Some('e')),
                'œ' => ('o', Some('e')),
                'ς' => ('σ', None),
                _ => (character, None),
            };
            [Some(first), second].into_iter().flatten()
        });
    folded.collect::<Vec<_>>().into_iter()
}

/// Whether a character alone is folded already: most of what is written without an alphabet.
const fn is_folded(character: char) -> bool {
    matches!(character, '\u{ac00}'..='\u{d7a3}' | '\u{4e00}'..='\u{9fff}' | 'ぁ'..='ゖ' | 'ァ'..='ヺ')
}

/// Whether a character may compose with the one before it: marks, and the vowels and final consonants of Hangul.
fn continues(character: char) -> bool {
    if character.is_ascii() || is_folded(character) {
        return false;
    }
    let first = std::iter::once(character).nfkd().next();
    first.is_some_and(|first| {
        is_combining_mark(first)
            || is_invisible(first)
            || matches!(first, '\u{1160}'..='\u{11ff}' | '\u{d7b0}'..='\u{d7ff}' | '\u{16d67}')
    })
}

/// Diacritics and what is never shown. Marks that make another letter, as the voicing marks of Kana and the vowel signs of
/// Indic scripts do, stay.
const fn is_ignored(character: char) -> bool {
    is_invisible(character)
        || matches!(
            character,
            '\u{300}'..='\u{36f}'
                | '\u{483}'..='\u{487}'
                | '\u{591}'..='\u{5bd}'
                | '\u{5bf}'
                | '\u{5c1}'..='\u{5c2}'
                | '\u{5c4}'..='\u{5c5}'
                | '\u{610}'..='\u{61a}'
                | '\u{64b}'..='\u{65f}'
                | '\u{670}'
                | '\u{1ab0}'..='\u{1aff}'
                | '\u{1dc0}'..='\u{1dff}'
                | '\u{20d0}'..='\u{20ff}'
                | '\u{fe20}'..='\u{fe2f}'
        )
}

/// Soft hyphens, joiners, direction marks and variation selectors.
const fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use std::iter;

    use super::*;

    #[test]
    fn form_case_and_diacritics_make_no_difference() {
        for (text, expected) in [
            ("Café", "cafe"),
            ("Cafe\u{301}", "cafe"),
            ("İstanbul", "istanbul"),
            ("ISPARTA ısparta", "isparta isparta"),
            ("Straße STRASSE", "strasse strasse"),
            ("ὈΔΥΣΣΕΎΣ ὀδυσσεύς", "οδυσσευσ οδυσσευσ"),
            ("Ångström Łódź Ærø", "angstrom lodz aero"),
            ("ﬁle ① ２０２６ Ⅳ", "file 1 2026 iv"),
            ("ｶﾞｲﾄﾞ", "ガイド"),
            ("か\u{3099}", "が"),
            ("\u{1109}\u{1165}\u{11bc}\u{1102}\u{1173}\u{11bc}", "성능"),
            ("so\u{ad}ft\u{200d}", "soft"),
            ("हिन्दी", "हिन्दी"),
        ] {
            assert_eq!(fold(text), expected, "{text}");
        }
    }

    #[test]
    fn every_character_is_folded_once_and_for_all() {
        for character in '\0'..=char::MAX {
            let text = character.to_string();
            let once = fold(&text);
            // What folding leaves as it is, it leaves again.
            if once != text {
                assert_eq!(fold(&once), once, "{character:?} {:x}", character as u32);
            }
        }
    }

    #[test]
    fn composed_and_taken_apart_is_the_same() {
        for character in '\0'..=char::MAX {
            let one = || iter::once(character);
            let (apart, compatible) = (one().nfd(), one().nfkc());
            // Most characters are the same in every form.
            if apart.clone().eq(one()) && compatible.clone().eq(one()) {
                continue;
            }
            let folded = fold(&character.to_string());
            let (apart, compatible): (String, String) = (apart.collect(), compatible.collect());
            assert_eq!(fold(&apart), folded, "{:x}", character as u32);
            assert_eq!(fold(&compatible), folded, "{:x}", character as u32);
        }
    }

    #[test]
    fn each_folded_character_knows_its_source() {
        let text = "Cafe\u{301} ﬁn";
        let sources: Vec<_> = folded(text)
            .map(|folded| (folded.character, text.get(folded.source).unwrap()))
            .collect();
        let expected = [
            ('c', "C"),
            ('a', "a"),
            ('f', "f"),
            ('e', "e\u{301}"),
            (' ', " "),
            ('f', "ﬁ"),
            ('i', "ﬁ"),
            ('n', "n"),
        ];
        assert_eq!(sources, expected);
    }
}
