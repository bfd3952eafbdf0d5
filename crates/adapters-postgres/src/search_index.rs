//! What searches find: the words of titles and of finished messages.
//!
//! Two limits are PostgreSQL's. A word has at most 2,046 bytes in a `tsvector`: of a longer one its beginning is kept and searched
//! for. All words of a title or message together have less than a megabyte: of a message with more of them, the first ones are kept.

use std::{collections::HashSet, fmt::Write as _};

use parlor_application::ports::{SearchTerms, StoreError};
use parlor_domain::ids::{ConversationId, OrganizationId};
use sqlx::query_file;
use uuid::Uuid;

use crate::{connection::Connection, error::store_error};

/// The most bytes of one word.
const WORD: usize = 2_046;
/// The most bytes of all words of one document.
const DOCUMENT: usize = (1 << 20) - 1;

/// Lets a title (under the conversation's id) or a finished message (under its own) be found by the words of this text, and
/// no longer by those that it had.
pub(crate) async fn put_document(
    connection: &mut Connection,
    organization_id: OrganizationId,
    conversation_id: ConversationId,
    source_id: Uuid,
    text: &str,
) -> Result<(), StoreError> {
    query_file!(
        "queries/search/put_document.sql",
        organization_id.as_uuid(),
        conversation_id.as_uuid(),
        source_id,
        words(organization_id, text)
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}

/// The words of a text as the index has them, each once, with spaces between them. They are split and lowered as
/// [`SearchTerms::parse`] does it with a search.
pub(crate) fn words(organization_id: OrganizationId, text: &str) -> String {
    let prefix = prefix(organization_id);
    let mut seen = HashSet::new();
    let mut words = String::new();
    let mut bytes = 0;
    for word in text.split(|c: char| !c.is_alphanumeric()) {
        if word.is_empty() {
            continue;
        }
        let word = indexed(&prefix, &word.to_lowercase());
        if seen.contains(&word) {
            continue;
        }
        bytes += word.len();
        if bytes > DOCUMENT {
            break;
        }
        if !words.is_empty() {
            words.push(' ');
        }
        words += &word;
        seen.insert(word);
    }
    words
}

/// The search in the language of the index: every word as a beginning, within this organization's words alone (see the
/// migration `search`). Words are letters and digits only, so there is nothing to escape.
pub(crate) fn query(organization_id: OrganizationId, terms: &SearchTerms) -> String {
    let prefix = prefix(organization_id);
    let mut query = String::new();
    for word in terms.words() {
        let and = if query.is_empty() { "" } else { " & " };
        // Writing into a string does not fail.
        let _ = write!(query, "{and}'{}':*", indexed(&prefix, word));
    }
    query
}

/// A word with its organization before it, and no longer than the index can have it.
fn indexed(prefix: &str, word: &str) -> String {
    let mut indexed = format!("{prefix}{word}");
    indexed.truncate(indexed.floor_char_boundary(WORD));
    indexed
}

/// What stands before every word of an organization: the end of its id, which is its random part.
fn prefix(organization_id: OrganizationId) -> String {
    let id = organization_id.as_uuid().as_u128();
    format!("{:08x}", id & 0xffff_ffff)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const ORGANIZATION: OrganizationId =
        OrganizationId::from_uuid(Uuid::from_u128(0xffff_0000_00ac));

    fn split(words: &str) -> BTreeSet<String> {
        words.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn the_words_of_a_text_are_those_of_a_search_for_it() {
        for text in [
            "Beacons on port 10443",
            "의심스러운 로그인",
            "Ünïcödé_ΟΔΟΣ!",
            "'a' | b:* & !c",
            &"가".repeat(1_000),
        ] {
            let terms = SearchTerms::parse(text).unwrap();
            let searched = terms.words().iter().map(|word| indexed("000000ac", word));
            assert_eq!(split(&words(ORGANIZATION, text)), searched.collect());
        }
    }

    #[test]
    fn a_search_names_the_organization_in_every_word() {
        let terms = SearchTerms::parse("Beac* 10").unwrap();
        assert_eq!(
            query(ORGANIZATION, &terms),
            "'000000acbeac':* & '000000ac10':*"
        );
    }

    #[test]
    fn a_text_without_words_has_none() {
        assert_eq!(words(ORGANIZATION, " … !"), "");
    }

    #[test]
    fn a_long_word_is_cut_between_two_characters() {
        let word = words(ORGANIZATION, &"가".repeat(1_000));
        assert_eq!(word.chars().count(), 8 + (WORD - 8) / 3);
    }

    #[test]
    fn as_many_words_are_kept_as_fit() {
        let numbers: Vec<String> = (0..200_000).map(|number: u32| number.to_string()).collect();
        let text = numbers.join(" ");
        let words = words(ORGANIZATION, &text);
        let bytes: usize = words.split(' ').map(str::len).sum();
        assert!((DOCUMENT - 20..=DOCUMENT).contains(&bytes), "{bytes}");
        assert!(words.starts_with("000000ac0 000000ac1 "));
    }
}
