//! What searches find: the words of titles and of finished messages.

use std::{collections::BTreeSet, fmt::Write as _};

use parlor_application::ports::{SearchTerms, StoreError};
use parlor_domain::ids::{ConversationId, OrganizationId};
use sqlx::{SqliteConnection, query_file};
use uuid::Uuid;

use crate::{convert::hex, error::store_error};

/// Lets a title (under the conversation's id) or a finished message (under its own) be found by the words of this text, and
/// no longer by those that it had.
pub(crate) async fn put_document(
    connection: &mut SqliteConnection,
    organization_id: OrganizationId,
    conversation_id: ConversationId,
    source_id: Uuid,
    text: &str,
) -> Result<(), StoreError> {
    let words = words(text);
    query_file!(
        "queries/search/put_document.sql",
        organization_id.as_uuid(),
        conversation_id.as_uuid(),
        source_id,
        words
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}

/// The words of a text, each once. They are split and lowered as [`SearchTerms::parse`] does it with a search.
fn words(text: &str) -> String {
    let words: BTreeSet<String> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.into_iter().collect::<Vec<_>>().join(" ")
}

/// The search in the language of the index: every word as a beginning, within this organization's words alone (see the
/// migration `search`). Words are letters and digits only, so there is nothing to escape.
pub(crate) fn match_expression(organization_id: OrganizationId, terms: &SearchTerms) -> String {
    let organization = hex(organization_id.as_uuid());
    let mut expression = String::new();
    for word in terms.words() {
        let and = if expression.is_empty() { "" } else { " AND " };
        // Writing into a string does not fail.
        let _ = write!(expression, "{and}\"{organization}{word}\"*");
    }
    expression
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_text_are_those_of_a_search_for_it() {
        for text in [
            "Beacons on port 10443",
            "의심스러운 로그인",
            "Ünïcödé_ΟΔΟΣ!",
            "\"a\" OR b* NEAR(c)",
        ] {
            let searched: BTreeSet<_> = SearchTerms::parse(text)
                .unwrap()
                .words()
                .iter()
                .cloned()
                .collect();
            assert_eq!(
                words(text)
                    .split(' ')
                    .map(str::to_owned)
                    .collect::<BTreeSet<_>>(),
                searched
            );
        }
    }

    #[test]
    fn a_search_names_the_organization_in_every_word() {
        let organization_id = OrganizationId::from_uuid(Uuid::from_u128(0xac));
        let terms = SearchTerms::parse("Beac* 10").unwrap();
        let expected = concat!(
            "\"000000000000000000000000000000acbeac\"*",
            " AND \"000000000000000000000000000000ac10\"*"
        );
        assert_eq!(match_expression(organization_id, &terms), expected);
    }
}
