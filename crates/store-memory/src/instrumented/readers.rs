//! Reading.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use parlor_application::ports::{
    AccessReader, AuditLog, AuditQuery, AuditRecord, AuthoredMessage, ConversationKey,
    ConversationQuery, ConversationReader, ConversationSummary, Directory, EventReader,
    ForeseenSharing, GroupRef, Identity, Look, Member, MessageNode, MessageOutline, MessagePath,
    MessageReader, MessageView, NameSearch, PathPart, PeopleOfConversation,
    PrivilegedReadingRecord, SearchPage, SearchQuery, SearchText, SearchTextQuery, SessionDigest,
    SessionReader, Sharing, StoreError, StorePosition, StorePositions, StoredEvent, UserRef,
};
use parlor_domain::{
    grants::Privacy,
    ids::{AuditEntryId, ConversationId, MessageId, OrganizationId},
    principal::Principal,
    settings::Settings,
};

use super::{InstrumentedStore, instrument};

instrument! { ConversationReader {
    "read": find(principal: &Principal, id: ConversationId) -> Option<ConversationSummary>;
    "read_with_member": find_with_member(identity: Identity, id: ConversationId)
        -> Option<(Member, Option<ConversationSummary>)>;
    "list": list(principal: &Principal, query: &ConversationQuery) -> Vec<ConversationSummary>,
        at query.at_least;
    "search": search(principal: &Principal, query: &SearchQuery) -> SearchPage, at query.list.at_least;
    "read_sharing": sharing(organization_id: OrganizationId, id: ConversationId) -> Option<Sharing>;
} }

instrument! { MessageReader {
    "read_message": find(key: ConversationKey, id: MessageId) -> Option<MessageView>;
    "read_path": path(key: ConversationKey, leaf: Option<MessageId>, part: PathPart, at_least: StorePosition)
        -> Option<MessagePath>, at at_least;
    "newest_below": newest_below(key: ConversationKey, id: MessageId, at_least: StorePosition)
        -> Option<MessageId>, at at_least;
    "read_tree": tree(key: ConversationKey, after: u32, limit: u32, at_least: StorePosition)
        -> Vec<MessageNode>, at at_least;
    "search_texts": search_texts(organization_id: OrganizationId, query: &SearchTextQuery) -> Vec<SearchText>;
    "read_outline": outline(key: ConversationKey, at_least: StorePosition) -> Vec<MessageOutline>, at at_least;
    "read_span": span(key: ConversationKey, first: u32, last: u32, at_least: StorePosition)
        -> Vec<AuthoredMessage>, at at_least;
} }

instrument! { AccessReader {
    "read_people": people(key: ConversationKey, after: Option<UserRef>, limit: u32) -> Option<PeopleOfConversation>;
    "foresee": foresee(key: ConversationKey, wanted: &Privacy) -> Option<ForeseenSharing>;
} }

instrument! { Directory {
    "find_member": find_member(identity: Identity) -> Option<Member>;
    "list_groups": list_groups(
        organization_id: OrganizationId,
        search: Option<NameSearch>,
        after: Option<GroupRef>,
        limit: u32
    ) -> Vec<GroupRef>;
    "read_settings": settings(organization_id: OrganizationId) -> Settings;
} }

instrument! { SessionReader {
    "find_session": find_member(organization_id: OrganizationId, digest: SessionDigest, now: DateTime<Utc>)
        -> Option<Member>;
    "find_sessions": find_active(organization_id: OrganizationId, digests: &[SessionDigest], now: DateTime<Utc>)
        -> Vec<SessionDigest>;
} }

instrument! { EventReader {
    "look": look(identity: Identity, id: ConversationId) -> Option<Look>;
    "read_events": after(key: ConversationKey, after: u64, limit: u32) -> Vec<StoredEvent>;
    "read_writing": writing(key: ConversationKey) -> Vec<MessageView>;
    "find_all": find_all(principal: &Principal, ids: &[ConversationId]) -> Vec<ConversationSummary>;
} }

instrument! { AuditLog {
    "list_entries": list(organization_id: OrganizationId, query: &AuditQuery) -> Vec<AuditRecord>, at query.at_least;
    "find_entry": find(organization_id: OrganizationId, id: AuditEntryId) -> Option<AuditRecord>;
    "privileged_readings": privileged_readings(key: ConversationKey, before: Option<AuditEntryId>, limit: u32)
        -> Vec<PrivilegedReadingRecord>;
} }

instrument! { StorePositions {
    "position": now() -> Option<StorePosition>;
} }
