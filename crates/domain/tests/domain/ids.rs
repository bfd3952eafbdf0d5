//! One id has one spelling.

use std::{fmt::Display, str::FromStr};

use parlor_domain::ids::{
    AuditEntryId, ConversationId, GroupId, InvalidId, MessageId, OrganizationId, UserId,
};
use proptest::{prelude::*, test_runner::TestCaseError};
use uuid::Uuid;

/// Fails unless `text` is refused, or is exactly what the id that it makes is written as.
fn one_spelling<Id: FromStr<Err = InvalidId> + Display>(text: &str) -> Result<(), TestCaseError> {
    if let Ok(id) = text.parse::<Id>() {
        prop_assert_eq!(id.to_string(), text);
    }
    Ok(())
}

fn spellings(id: Uuid) -> [String; 8] {
    let canonical = id.to_string();
    [
        canonical.to_uppercase(),
        id.simple().to_string(),
        id.braced().to_string(),
        id.urn().to_string(),
        format!(" {canonical}"),
        format!("{canonical}\n"),
        canonical.replace('-', "_"),
        canonical,
    ]
}

proptest! {
    #[test]
    fn every_id_is_read_from_what_it_is_written_as(value in any::<u128>()) {
        let id = Uuid::from_u128(value);
        prop_assert_eq!(id.to_string().parse(), Ok(ConversationId::from_uuid(id)));
        prop_assert_eq!(ConversationId::from_uuid(id).as_uuid(), id);
    }

    #[test]
    fn no_kind_of_id_has_a_second_spelling(value in any::<u128>()) {
        for text in spellings(Uuid::from_u128(value)) {
            one_spelling::<OrganizationId>(&text)?;
            one_spelling::<UserId>(&text)?;
            one_spelling::<GroupId>(&text)?;
            one_spelling::<ConversationId>(&text)?;
            one_spelling::<MessageId>(&text)?;
            one_spelling::<AuditEntryId>(&text)?;
        }
    }

    #[test]
    fn what_only_looks_like_an_id_is_refused_or_its_own_spelling(
        text in "[{]?(urn:uuid:)?[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}[}]?",
    ) {
        one_spelling::<ConversationId>(&text)?;
    }

    #[test]
    fn any_text_is_refused_or_its_own_spelling(text in any::<String>()) {
        one_spelling::<ConversationId>(&text)?;
    }
}
