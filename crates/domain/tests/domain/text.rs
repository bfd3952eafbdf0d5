//! Titles and contents from any text.

use parlor_domain::text::{Content, InvalidTitle, Title};
use proptest::prelude::*;

proptest! {
    #[test]
    fn a_title_is_one_trimmed_line_and_parses_to_itself(text in any::<String>()) {
        if let Ok(title) = Title::parse(&text) {
            prop_assert_eq!(title.as_str(), text.trim());
            prop_assert!(!title.as_str().chars().any(char::is_control));
            prop_assert_eq!(Title::parse(title.as_str()), Ok(title));
        }
    }

    #[test]
    fn a_title_made_from_any_prompt_is_a_title(prompt in any::<String>(), repeated in 1..40_usize) {
        let title = Title::derived_from(&prompt.repeat(repeated));
        prop_assert!(title.as_str().chars().count() <= 80);
        let parsed = Title::parse(title.as_str());
        prop_assert_eq!(parsed.as_ref().map(Title::as_str), Ok(title.as_str()));
    }

    #[test]
    fn a_shortened_title_ends_in_a_word(prompt in "([a-z]{2,9} ){30}") {
        let title = Title::derived_from(&prompt);
        let words = title.as_str().strip_suffix('…').unwrap();
        prop_assert!(prompt.starts_with(words) && !words.ends_with(' '), "{}", title.as_str());
    }

    #[test]
    fn a_shortened_title_has_whole_graphemes(
        before in 60..79_usize,
        grapheme in "(👩\u{200D}👩\u{200D}👧\u{200D}👦|🇰🇷|👍🏽|e\u{301}\u{302}|\u{1100}\u{1161}\u{11A8})",
    ) {
        let prompt = format!("{}{}", "a".repeat(before), grapheme.repeat(30));
        let title = Title::derived_from(&prompt);
        let rest = title.as_str().strip_suffix('…').unwrap().trim_start_matches('a');
        prop_assert!(rest.chars().count().is_multiple_of(grapheme.chars().count()), "{:?}", rest);
        prop_assert_eq!(rest.replace(&grapheme, ""), "");
        prop_assert!(title.as_str().chars().count() <= 80);
    }

    #[test]
    fn a_title_is_counted_in_characters(length in 195..205_usize, character in "[a가😀]") {
        let expected = if length <= Title::MAX_CHARACTERS { Ok(()) } else { Err(InvalidTitle::TooLong) };
        prop_assert_eq!(Title::parse(&character.repeat(length)).map(|_| ()), expected);
    }

    #[test]
    fn a_prompt_is_kept_as_it_is_or_refused(text in any::<String>(), limit in 0..40_usize) {
        let kept = Content::parse_prompt(text.clone(), limit);
        let fits = text.chars().count() <= limit && !text.contains('\0') && !text.trim().is_empty();
        prop_assert_eq!(kept.ok().map(Content::into_string), fits.then_some(text));
    }

    #[test]
    fn no_store_is_given_a_nul(text in "[a\\x00]{0,9}") {
        let content = Content::from_trusted(text.clone());
        prop_assert!(!content.as_str().contains('\0'));
        prop_assert_eq!(content.as_str().chars().count(), text.chars().count());
    }
}
