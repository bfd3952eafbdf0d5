//! Conversations, titles, keys and times to try things with.

use std::num::NonZeroU32;

use chrono::{DateTime, TimeDelta, Utc};
use parlor_domain::{
    conversation::{Conversation, Version},
    grants::{Grants, Level, Privacy},
    ids::{ConversationId, GroupId},
    settings::Settings,
    text::Title,
};
use uuid::Uuid;

use super::people::{ACME, alice};
use crate::{idempotency::IdempotencyKey, version_condition::VersionCondition};

/// The conversation of the samples.
pub const CONVERSATION: ConversationId = ConversationId::from_uuid(Uuid::from_u128(0xC0));
/// An id under which there is nothing.
pub const ABSENT: ConversationId = ConversationId::from_uuid(Uuid::from_u128(0xC1));

/// How often everybody may prompt in a minute.
pub const PER_MINUTE: NonZeroU32 = NonZeroU32::MIN.saturating_add(2);

/// The version of the samples.
pub const VERSION: Version = Version::from_number(4);
pub const NEXT_VERSION: Version = Version::from_number(5);

pub const PRIVATE_ENABLED: Settings = Settings {
    private_conversations: true,
};
pub const PRIVATE_DISABLED: Settings = Settings {
    private_conversations: false,
};

/// The id that is given out as this one in the order, from 1.
pub const fn new_id(place: u128) -> Uuid {
    Uuid::from_u128(0x1D00_0000 + place)
}

/// What the clock shows.
pub fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_760_000_000, 123_456_000).unwrap()
}

/// When the samples were made.
pub fn before() -> DateTime<Utc> {
    now() - TimeDelta::days(2)
}

/// Alice's, and nobody else's.
pub fn private() -> Conversation {
    Conversation {
        id: CONVERSATION,
        organization_id: ACME,
        owner_id: alice().user_id(),
        title: title("Lateral movement"),
        privacy: Privacy::Private,
        created_at: before(),
        last_activity_at: before(),
        version: VERSION,
        forked_from: None,
    }
}

/// Alice's, shared with the organization.
pub fn shared(level: Level) -> Conversation {
    Conversation {
        privacy: Privacy::Shared(Grants::to_organization(level)),
        ..private()
    }
}

/// Alice's, shared with one group.
pub fn shared_with(group: GroupId, level: Level) -> Conversation {
    Conversation {
        privacy: Privacy::from_grants(None, [(group, level)].into()),
        ..private()
    }
}

pub fn title(text: &str) -> Title {
    Title::parse(text).unwrap()
}

/// The caller has seen the version of the samples.
pub fn as_seen() -> VersionCondition {
    VersionCondition::OneOf(vec![VERSION])
}

/// The caller has seen the version before.
pub fn outdated() -> VersionCondition {
    VersionCondition::OneOf(vec![Version::from_number(3)])
}

/// A client's key for a request with this digest.
pub fn key(fingerprint: u8) -> IdempotencyKey {
    IdempotencyKey {
        key: "retry-1".to_owned(),
        fingerprint: [fingerprint; 32],
    }
}
