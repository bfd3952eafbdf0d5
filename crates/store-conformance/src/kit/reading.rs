//! What a filled store tells.

use parlor_application::ports::{
    AuditQuery, AuditRecord, AuthoredMessage, ConversationKey, ConversationQuery,
    ConversationReader, ConversationSummary, Identity, Member, MessageNode, MessagePath,
    MessageView, Opening, PathPart, SearchPage, SearchQuery, StorePosition,
};
use parlor_domain::{
    ids::{AuditEntryId, ConversationId, MessageId, OrganizationId, UserId},
    message::Message,
    principal::Principal,
};

use super::prelude::{Filled, all_pages, cursor_at};
use crate::model::text_bytes;

/// A member without where the store was when it was read, which is another place each time.
pub fn undated(member: Member) -> Member {
    Member {
        read_at: StorePosition::default(),
        ..member
    }
}

/// The same for the member of an opening.
pub fn undated_opening(opening: Opening) -> Opening {
    Opening {
        member: undated(opening.member),
        ..opening
    }
}

/// What is asked for page by page: a list, or a search in one.
pub trait Listing: Clone {
    /// The list.
    fn list(&self) -> &ConversationQuery;
    /// The same with another list.
    #[must_use]
    fn with(&self, change: impl FnOnce(&mut ConversationQuery)) -> Self;
    /// A page.
    fn read(
        &self,
        reader: &dyn ConversationReader,
        principal: &Principal,
    ) -> impl Future<Output = Vec<ConversationSummary>>;
}

impl Listing for ConversationQuery {
    fn list(&self) -> &ConversationQuery {
        self
    }

    fn with(&self, change: impl FnOnce(&mut ConversationQuery)) -> Self {
        let mut changed = self.clone();
        change(&mut changed);
        changed
    }

    async fn read(
        &self,
        reader: &dyn ConversationReader,
        principal: &Principal,
    ) -> Vec<ConversationSummary> {
        reader.list(principal, self).await.unwrap()
    }
}

impl Listing for SearchQuery {
    fn list(&self) -> &ConversationQuery {
        &self.list
    }

    fn with(&self, change: impl FnOnce(&mut ConversationQuery)) -> Self {
        let mut changed = self.clone();
        change(&mut changed.list);
        changed
    }

    async fn read(
        &self,
        reader: &dyn ConversationReader,
        principal: &Principal,
    ) -> Vec<ConversationSummary> {
        let page = reader.search(principal, self).await.unwrap();
        page.hits.into_iter().map(|hit| hit.summary).collect()
    }
}

/// Ways to ask, each from a state that has everything that was answered before.
impl Filled {
    /// A member as the directory knows it, [undated].
    pub async fn member(&self, organization_id: OrganizationId, user_id: UserId) -> Option<Member> {
        self.stores
            .directory
            .find_member(Identity {
                organization_id,
                user_id,
            })
            .await
            .unwrap()
            .map(undated)
    }

    /// What a change of a conversation begins with, with the member [undated].
    pub async fn opened(&self, key: ConversationKey, user_id: UserId) -> Option<Opening> {
        let mut unit = self.stores.units.begin_on(user_id, key).await.unwrap();
        let opening = unit.open(user_id, key.conversation_id).await.unwrap();
        opening.map(undated_opening)
    }

    /// An active user of the organization.
    pub async fn principal(&self, organization_id: OrganizationId, user_id: UserId) -> Principal {
        self.member(organization_id, user_id)
            .await
            .expect("an active user")
            .principal
    }

    /// A page of the list, or of a search.
    pub async fn page(
        &self,
        principal: &Principal,
        query: &impl Listing,
    ) -> Vec<ConversationSummary> {
        let at_least = self.now().await;
        let query = query.with(|list| list.at_least = at_least);
        let reader = &*self.stores.conversation_reader;
        query.read(reader, principal).await
    }

    /// A page of a search, with where the next one begins.
    pub async fn search(&self, principal: &Principal, query: &SearchQuery) -> SearchPage {
        let at_least = self.now().await;
        let query = query.with(|list| list.at_least = at_least);
        let reader = &self.stores.conversation_reader;
        reader.search(principal, &query).await.unwrap()
    }

    /// The numbers of the conversations of one page, in the order of the list.
    pub async fn listed(&self, principal: &Principal, query: &impl Listing) -> Vec<ConversationId> {
        self.page(principal, query)
            .await
            .into_iter()
            .map(|summary| summary.id)
            .collect()
    }

    /// All pages of the list, one after the other.
    pub async fn all_pages(
        &self,
        principal: &Principal,
        query: &impl Listing,
    ) -> Vec<ConversationSummary> {
        all_pages(
            query.list().limit,
            async |last: Option<&ConversationSummary>| {
                let after = last.map(cursor_at).or(query.list().after);
                let query = query.with(|list| list.after = after);
                self.page(principal, &query).await
            },
        )
        .await
    }

    /// A conversation as a principal meets it. Where the directory knows this principal, the conversation that is found together
    /// with the member has to be the same.
    pub async fn found(
        &self,
        principal: &Principal,
        id: ConversationId,
    ) -> Option<ConversationSummary> {
        let reader = &self.stores.conversation_reader;
        let found = reader.find(principal, id).await.unwrap();
        if let Some((member, together)) = self
            .found_with_member(principal.organization_id, principal.user_id, id)
            .await
            && member.principal == *principal
        {
            assert_eq!(together, found, "found alone and together with the member");
        }
        found
    }

    /// A member, without where the store was then, and a conversation as it meets it, in one reading.
    pub async fn found_with_member(
        &self,
        organization_id: OrganizationId,
        user_id: UserId,
        id: ConversationId,
    ) -> Option<(Member, Option<ConversationSummary>)> {
        let identity = Identity {
            organization_id,
            user_id,
        };
        let reader = &self.stores.conversation_reader;
        let found = reader.find_with_member(identity, id).await.unwrap();
        found.map(|(member, summary)| (undated(member), summary))
    }

    /// All messages of a conversation.
    pub async fn messages(&self, key: ConversationKey) -> Vec<MessageView> {
        let reader = &self.stores.message_reader;
        let outline = reader.outline(key, self.now().await).await.unwrap();
        let (Some(first), Some(last)) = (outline.first(), outline.last()) else {
            return Vec::new();
        };
        let (first, last) = (first.position, last.position);
        let whole = reader
            .span(key, first, last, self.now().await)
            .await
            .unwrap();
        assert_eq!(whole.len(), outline.len());
        let mut views = Vec::new();
        for (AuthoredMessage { message, author }, outline) in whole.into_iter().zip(&outline) {
            assert_eq!(
                (message.id, message.position),
                (outline.id, outline.position)
            );
            assert_eq!(message.parent_id, outline.parent_id);
            assert_eq!(text_bytes(&message), outline.bytes as usize);
            let view = reader.find(key, message.id).await.unwrap().unwrap();
            assert_eq!((&view.message, &view.author), (&message, &author));
            views.push(view);
        }
        views
    }

    /// One message, which is there.
    pub async fn message(&self, key: ConversationKey, message: &Message) -> Message {
        let found = self
            .stores
            .message_reader
            .find(key, message.id)
            .await
            .unwrap();
        found.expect("the message is there").message
    }

    /// The ids in an organization's audit log, the newest first.
    pub async fn logged(&self, organization_id: OrganizationId) -> Vec<AuditEntryId> {
        let everything = AuditQuery {
            limit: 1_000,
            ..AuditQuery::default()
        };
        let records = self.log(organization_id, &everything).await;
        records.into_iter().map(|record| record.id).collect()
    }

    /// A page of an organization's audit log.
    pub async fn log(
        &self,
        organization_id: OrganizationId,
        query: &AuditQuery,
    ) -> Vec<AuditRecord> {
        let query = AuditQuery {
            at_least: self.now().await,
            ..query.clone()
        };
        self.stores
            .audit_log
            .list(organization_id, &query)
            .await
            .unwrap()
    }

    /// The ids of an organization's entries that were committed after this one, in the order of their commits.
    pub async fn committed_after(
        &self,
        organization_id: OrganizationId,
        id: AuditEntryId,
    ) -> Vec<AuditEntryId> {
        let entries = self.stores.outbox.delivered_or_not(None, 1_000).await;
        let ids = entries.unwrap().into_iter().map(|entry| entry.record);
        ids.filter(|record| record.organization_id == organization_id)
            .map(|record| record.id)
            .skip_while(|committed| *committed != id)
            .skip(1)
            .collect()
    }

    /// A part of a path.
    pub async fn path(
        &self,
        key: ConversationKey,
        leaf: Option<MessageId>,
        from_depth: u32,
        limit: u32,
    ) -> Option<MessagePath> {
        let part = PathPart {
            from_depth,
            limit,
            ..PathPart::ALL
        };
        self.part_of_path(key, leaf, part).await
    }

    /// A part of a path, with a bound in bytes.
    pub async fn part_of_path(
        &self,
        key: ConversationKey,
        leaf: Option<MessageId>,
        part: PathPart,
    ) -> Option<MessagePath> {
        let now = self.now().await;
        self.stores
            .message_reader
            .path(key, leaf, part, now)
            .await
            .unwrap()
    }

    /// A page of the map.
    pub async fn map(&self, key: ConversationKey, after: u32, limit: u32) -> Vec<MessageNode> {
        let now = self.now().await;
        self.stores
            .message_reader
            .tree(key, after, limit, now)
            .await
            .unwrap()
    }

    /// A position after everything that was answered so far, so that no replica answers less.
    pub async fn now(&self) -> StorePosition {
        self.stores
            .positions
            .now()
            .await
            .unwrap()
            .unwrap_or_default()
    }
}
