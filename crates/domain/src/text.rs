//! Text that people write, checked once where it enters.

use std::fmt;

use unicode_segmentation::UnicodeSegmentation as _;

/// A conversation's title: 1 to 200 characters on one line, without control characters, trimmed.
///
/// `Debug` and every log show its length only: a title often repeats what was asked.
#[derive(Clone, PartialEq, Eq)]
pub struct Title {
    text: String,
    is_untitled: bool,
}

/// Why a text is not a title.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTitle {
    /// Nothing but white space.
    #[error("a title needs at least one character that is not white space")]
    Empty,
    /// More than [`Title::MAX_CHARACTERS`].
    #[error("a title has at most {} characters", Title::MAX_CHARACTERS)]
    TooLong,
    /// A line break, a tab, or another control character.
    #[error("a title has no line breaks or other control characters")]
    ControlCharacter,
}

impl Title {
    /// The longest title, in Unicode scalar values.
    pub const MAX_CHARACTERS: usize = 200;
    const DERIVED_CHARACTERS: usize = 80;
    const UNTITLED: &'static str = "New conversation";

    /// A title from what somebody typed; white space around it goes.
    pub fn parse(text: &str) -> Result<Self, InvalidTitle> {
        let text = text.trim();
        if text.is_empty() {
            Err(InvalidTitle::Empty)
        } else if text.chars().any(char::is_control) {
            Err(InvalidTitle::ControlCharacter)
        } else if text.chars().count() > Self::MAX_CHARACTERS {
            Err(InvalidTitle::TooLong)
        } else {
            Ok(Self::titled(text.to_owned()))
        }
    }

    /// The title of a row in a store, where `is_given` is false for a conversation that nobody has given a title.
    ///
    /// Rows of earlier versions do not say, and an instance of one may change the title of a row that does: nobody has
    /// given a title only where the text is the placeholder, too.
    pub fn stored(text: &str, is_given: Option<bool>) -> Result<Self, InvalidTitle> {
        let title = Self::parse(text)?;
        let is_untitled = title.text == Self::UNTITLED && is_given != Some(true);
        Ok(Self {
            is_untitled,
            ..title
        })
    }

    /// The placeholder of a conversation until its first prompt gives it a title.
    pub fn untitled() -> Self {
        Self {
            text: Self::UNTITLED.to_owned(),
            is_untitled: true,
        }
    }

    const fn titled(text: String) -> Self {
        Self {
            text,
            is_untitled: false,
        }
    }

    /// Whether nobody has given a title yet. A given title that reads like the placeholder is a title.
    pub const fn is_untitled(&self) -> bool {
        self.is_untitled
    }

    /// A title made from the first prompt: its first line with words, shortened to 80 characters.
    pub fn derived_from(prompt: &str) -> Self {
        let words = prompt
            .lines()
            .map(|line| {
                line.split(|c: char| c.is_control() || c.is_whitespace())
                    .filter(|word| !word.is_empty())
            })
            .map(|words| words.collect::<Vec<_>>().join(" "))
            .find(|line| !line.is_empty());
        let Some(words) = words else {
            return Self::untitled();
        };
        if words.chars().count() <= Self::DERIVED_CHARACTERS {
            return Self::titled(words);
        }
        let mut short = String::new();
        let mut characters = 0;
        // Whole graphemes: half an emoji, or a letter without its accent, is another text.
        for grapheme in words.graphemes(true) {
            characters += grapheme.chars().count();
            if characters >= Self::DERIVED_CHARACTERS {
                break;
            }
            short.push_str(grapheme);
        }
        short.truncate(short.trim_end().len());
        short.push('…');
        Self::titled(short)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Title {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Title({} characters)", self.text.chars().count())
    }
}

/// What a message says: a prompt that somebody wrote, or as much of an answer as there is.
///
/// `Debug` and every log show its length only.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Content(String);

/// Why a text is not a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPrompt {
    /// Nothing but white space.
    #[error("a prompt needs at least one character that is not white space")]
    Empty,
    /// More than the configured length.
    #[error("a prompt has at most {limit} characters")]
    TooLong {
        /// The configured length, in Unicode scalar values.
        limit: usize,
    },
    /// The character U+0000, which not every store can keep.
    #[error("a prompt cannot hold the character U+0000")]
    Nul,
}

impl Content {
    /// A prompt of at most `limit` characters, kept exactly as it was written.
    pub fn parse_prompt(text: String, limit: usize) -> Result<Self, InvalidPrompt> {
        if text.trim().is_empty() {
            Err(InvalidPrompt::Empty)
        } else if text.contains('\0') {
            Err(InvalidPrompt::Nul)
        } else if text.chars().count() > limit {
            Err(InvalidPrompt::TooLong { limit })
        } else {
            Ok(Self(text))
        }
    }

    /// What a store kept or a model said; U+0000 becomes U+FFFD.
    pub fn from_trusted(text: String) -> Self {
        if text.contains('\0') {
            Self(text.replace('\0', "\u{fffd}"))
        } else {
            Self(text)
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, owned.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Content({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_trimmed() {
        assert_eq!(
            Title::parse("  Lateral movement ").unwrap().as_str(),
            "Lateral movement"
        );
    }

    #[test]
    fn a_title_without_words_with_line_breaks_or_too_long_is_refused() {
        assert_eq!(Title::parse(" \t\n"), Err(InvalidTitle::Empty));
        assert_eq!(
            Title::parse("two\nlines"),
            Err(InvalidTitle::ControlCharacter)
        );
        assert_eq!(Title::parse(&"가".repeat(201)), Err(InvalidTitle::TooLong));
        assert!(Title::parse(&"가".repeat(200)).is_ok());
    }

    #[test]
    fn a_derived_title_is_the_first_line_with_words_shortened() {
        assert_eq!(
            Title::derived_from("\n  \n who  logged\tin? \nmore").as_str(),
            "who logged in?"
        );
        let long = Title::derived_from(&"word ".repeat(40));
        assert!(long.as_str().ends_with("word…"), "{}", long.as_str());
        assert!(long.as_str().chars().count() <= 80);
        assert!(Title::parse(long.as_str()).is_ok());
        assert!(Title::derived_from(" \u{7} ").is_untitled());
    }

    #[test]
    fn a_given_title_that_reads_like_the_placeholder_is_another_title() {
        let placeholder = Title::untitled();
        let given = Title::parse(placeholder.as_str()).unwrap();
        assert!(placeholder.is_untitled() && !given.is_untitled());
        assert_ne!(given, placeholder);
        assert_eq!(given, Title::derived_from(placeholder.as_str()));
    }

    #[test]
    fn a_stored_title_is_the_placeholder_only_where_it_reads_like_it_and_was_not_given() {
        for (is_given, is_untitled) in [(None, true), (Some(false), true), (Some(true), false)] {
            let stored = |text| Title::stored(text, is_given).unwrap();
            assert_eq!(stored(Title::UNTITLED).is_untitled(), is_untitled);
            assert_eq!(stored("Beacons"), Title::parse("Beacons").unwrap());
        }
        assert_eq!(Title::stored(" ", None), Err(InvalidTitle::Empty));
    }

    #[test]
    fn a_prompt_is_kept_exactly_as_it_was_written() {
        let prompt = Content::parse_prompt("  two\n\nlines ".to_owned(), 20).unwrap();
        assert_eq!(prompt.as_str(), "  two\n\nlines ");
    }

    #[test]
    fn an_empty_too_long_or_unstorable_prompt_is_refused() {
        assert_eq!(
            Content::parse_prompt(" \n".to_owned(), 9),
            Err(InvalidPrompt::Empty)
        );
        assert_eq!(
            Content::parse_prompt("가나다".to_owned(), 2),
            Err(InvalidPrompt::TooLong { limit: 2 })
        );
        assert!(Content::parse_prompt("가나".to_owned(), 2).is_ok());
        assert_eq!(
            Content::parse_prompt("a\0b".to_owned(), 9),
            Err(InvalidPrompt::Nul)
        );
    }

    #[test]
    fn debug_shows_no_text() {
        assert_eq!(
            format!("{:?}", Title::parse("secret").unwrap()),
            "Title(6 characters)"
        );
        assert_eq!(
            format!("{:?}", Content::from_trusted("secret".to_owned())),
            "Content(6 bytes)"
        );
    }
}
