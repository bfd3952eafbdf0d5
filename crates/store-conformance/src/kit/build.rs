//! Builders of conversations, messages and moments. Everything is deterministic.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use parlor_application::ports::{
    ActivityCursor, ConversationFilter, ConversationKey, ConversationQuery, ConversationSummary,
    SearchQuery, SearchTerms, StorePosition,
};
use parlor_domain::{
    conversation::{Change, Conversation, Version},
    grants::{Level, Privacy},
    ids::{AuditEntryId, ConversationId, GroupId, MessageId, OrganizationId, UserId},
    message::{AnswerStatus, Message, MessageKind},
    text::{Content, Title},
};
use uuid::Uuid;

use parlor_store_memory::seeds::ACME;

/// So many seconds after the beginning of all tests, in whole microseconds that are not whole milliseconds.
pub fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_323_045, 678_901_000).unwrap() + TimeDelta::seconds(seconds)
}

/// The id of the conversation with this number; greater numbers are greater ids.
pub const fn conversation_id(number: u32) -> ConversationId {
    ConversationId::from_uuid(Uuid::from_u128(
        0x0c00_0000_0000_7000_8000_0000_0000_0000 + number as u128,
    ))
}

/// The ids of the conversations with these numbers.
pub fn ids(numbers: &[u32]) -> Vec<ConversationId> {
    numbers.iter().copied().map(conversation_id).collect()
}

/// Where the conversation with this number is in Acme.
pub const fn in_acme(number: u32) -> ConversationKey {
    key(ACME, number)
}

/// Where the conversation with this number is.
pub const fn key(organization_id: OrganizationId, number: u32) -> ConversationKey {
    ConversationKey {
        organization_id,
        conversation_id: conversation_id(number),
    }
}

/// A title.
pub fn title(text: &str) -> Title {
    Title::parse(text).unwrap()
}

/// What a message says.
pub fn content(text: &str) -> Content {
    Content::from_trusted(text.to_owned())
}

/// Grants; none at all is private.
pub fn grants(organization: Option<Level>, groups: &[(GroupId, Level)]) -> Privacy {
    Privacy::from_grants(
        organization,
        groups.iter().copied().collect::<BTreeMap<_, _>>(),
    )
}

/// Shared with the organization as view.
pub fn organization_view() -> Privacy {
    grants(Some(Level::View), &[])
}

/// A private conversation in Acme, created so many seconds after the beginning as its number says.
pub fn private(number: u32, owner_id: UserId) -> Conversation {
    Conversation {
        id: conversation_id(number),
        organization_id: ACME,
        owner_id,
        title: title(&format!("Conversation {number}")),
        privacy: Privacy::Private,
        created_at: at(i64::from(number)),
        last_activity_at: at(i64::from(number)),
        version: Version::FIRST,
        forked_from: None,
    }
}

/// A conversation in Acme with these grants.
pub fn shared(number: u32, owner_id: UserId, privacy: Privacy) -> Conversation {
    Conversation {
        privacy,
        ..private(number, owner_id)
    }
}

/// The id of the message at this position of a conversation.
pub const fn message_id(conversation_id: ConversationId, position: u32) -> MessageId {
    MessageId::from_uuid(Uuid::from_u128(
        conversation_id.as_uuid().as_u128() + ((position as u128) << 32),
    ))
}

/// A prompt at a position of a conversation, after `parent`.
pub fn prompt(
    conversation_id: ConversationId,
    position: u32,
    parent: Option<&Message>,
    author_id: UserId,
    text: &str,
) -> Message {
    Message {
        id: message_id(conversation_id, position),
        conversation_id,
        parent_id: parent.map(|parent| parent.id),
        position,
        depth: parent.map_or(0, |parent| parent.depth + 1),
        content: content(text),
        created_at: at(1_000 + i64::from(position)),
        kind: MessageKind::Prompt { author_id },
    }
}

/// An answer at the position after its prompt.
pub fn answer(prompt: &Message, text: &str, status: AnswerStatus) -> Message {
    let position = prompt.position + 1;
    Message {
        id: message_id(prompt.conversation_id, position),
        conversation_id: prompt.conversation_id,
        parent_id: Some(prompt.id),
        position,
        depth: prompt.depth + 1,
        content: content(text),
        created_at: at(1_000 + i64::from(position)),
        kind: MessageKind::Answer {
            model: "echo".to_owned(),
            status,
            usage: None,
            reasoning: None,
            left_out: None,
        },
    }
}

/// A prompt and an answer to it that is being written, as the first messages of a conversation.
pub fn writing(conversation_id: ConversationId, author_id: UserId) -> [Message; 2] {
    let prompt = prompt(conversation_id, 1, None, author_id, "who logged in?");
    let answer = answer(&prompt, "", AnswerStatus::Writing);
    [prompt, answer]
}

/// A query for the first page of what a filter lets through; the page is longer than any test's list.
pub fn query(filter: ConversationFilter) -> ConversationQuery {
    ConversationQuery {
        filter,
        after: None,
        limit: 100,
        at_least: StorePosition::default(),
    }
}

/// A query for the first page of what a search finds.
pub fn searching(text: &str) -> SearchQuery {
    searching_in(query(ConversationFilter::All), text)
}

/// A query for what a search finds of a list.
pub fn searching_in(list: ConversationQuery, text: &str) -> SearchQuery {
    let terms = SearchTerms::parse(text);
    SearchQuery {
        terms: terms.unwrap_or_else(|| panic!("no words to search for in {text:?}")),
        list,
    }
}

/// The id of the entry with this number; greater numbers are greater ids.
pub const fn entry_id(number: u32) -> AuditEntryId {
    AuditEntryId::from_uuid(Uuid::from_u128(
        0x0a0d_0000_0000_7000_8000_0000_0000_0000 + number as u128,
    ))
}

/// Where a conversation is.
pub const fn key_of(conversation: &Conversation) -> ConversationKey {
    ConversationKey {
        organization_id: conversation.organization_id,
        conversation_id: conversation.id,
    }
}

/// The cursor that stands at a conversation of a page.
pub const fn cursor_at(summary: &ConversationSummary) -> ActivityCursor {
    ActivityCursor {
        last_activity_at: summary.last_activity_at,
        id: summary.id,
    }
}

/// How a conversation is after a change, or without one.
pub fn changed(change: Change) -> Conversation {
    match change {
        Change::Changed { after, .. } => after,
        Change::Unchanged(conversation) => conversation,
    }
}
