//! Reading.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use parlor_application::ports::{
    AccessReader, AuthoredMessage, ConversationKey, ConversationQuery, ConversationReader,
    ConversationSummary, Directory, ForeseenSharing, GroupRef, Identity, Member, MessageNode,
    MessageOutline, MessagePath, MessageReader, MessageView, NameSearch, PathPart,
    PeopleOfConversation, SearchPage, SearchQuery, SearchText, SearchTextQuery, SessionDigest,
    SessionReader, Sharing, StoreError, StorePosition, UserRef,
};
use parlor_domain::{
    grants::Privacy,
    ids::{ConversationId, GroupId, MessageId, OrganizationId},
    principal::Principal,
    settings::Settings,
};

use super::{MemoryStore, Tenant};
use crate::model;

#[async_trait]
impl ConversationReader for MemoryStore {
    async fn find(
        &self,
        principal: &Principal,
        id: ConversationId,
    ) -> Result<Option<ConversationSummary>, StoreError> {
        self.read(principal.organization_id, |tenant| {
            tenant.organization.find(principal, id)
        })
    }

    async fn find_with_member(
        &self,
        identity: Identity,
        id: ConversationId,
    ) -> Result<Option<(Member, Option<ConversationSummary>)>, StoreError> {
        self.read(identity.organization_id, |tenant| {
            let member = tenant.organization.member(identity.user_id)?;
            let summary = tenant.organization.find(&member.principal, id);
            Some((member, summary))
        })
    }

    async fn list(
        &self,
        principal: &Principal,
        query: &ConversationQuery,
    ) -> Result<Vec<ConversationSummary>, StoreError> {
        self.read(principal.organization_id, |tenant| {
            tenant.organization.list(principal, query)
        })
    }

    async fn search(
        &self,
        principal: &Principal,
        query: &SearchQuery,
    ) -> Result<SearchPage, StoreError> {
        self.read(principal.organization_id, |tenant| {
            tenant.organization.search(principal, query)
        })
    }

    async fn sharing(
        &self,
        organization_id: OrganizationId,
        id: ConversationId,
    ) -> Result<Option<Sharing>, StoreError> {
        self.read(organization_id, |tenant| tenant.organization.sharing(id))
    }
}

#[async_trait]
impl MessageReader for MemoryStore {
    async fn find(
        &self,
        key: ConversationKey,
        id: MessageId,
    ) -> Result<Option<MessageView>, StoreError> {
        self.read(key.organization_id, |tenant| {
            let views = views(tenant, key.conversation_id);
            views.into_iter().find(|view| view.message.id == id)
        })
    }

    async fn path(
        &self,
        key: ConversationKey,
        leaf: Option<MessageId>,
        part: PathPart,
        _at_least: StorePosition,
    ) -> Result<Option<MessagePath>, StoreError> {
        self.read(key.organization_id, |tenant| {
            let organization = &tenant.organization;
            let tree = organization.tree_of(key.conversation_id);
            model::path(&tree, leaf, part, |id| organization.user_ref(id))
        })
    }

    async fn newest_below(
        &self,
        key: ConversationKey,
        id: MessageId,
        _at_least: StorePosition,
    ) -> Result<Option<MessageId>, StoreError> {
        self.read(key.organization_id, |tenant| {
            model::newest_below(&tenant.organization.tree_of(key.conversation_id), id)
        })
    }

    async fn tree(
        &self,
        key: ConversationKey,
        after: u32,
        limit: u32,
        _at_least: StorePosition,
    ) -> Result<Vec<MessageNode>, StoreError> {
        self.read(key.organization_id, |tenant| {
            model::nodes(
                &tenant.organization.tree_of(key.conversation_id),
                after,
                limit,
            )
        })
    }

    async fn search_texts(
        &self,
        organization_id: OrganizationId,
        query: &SearchTextQuery,
    ) -> Result<Vec<SearchText>, StoreError> {
        self.read(organization_id, |tenant| {
            let places = query.places.iter();
            places
                .flat_map(|(id, position)| {
                    let finished = tenant.organization.messages_of(*id).iter();
                    finished
                        .filter(|message| {
                            message.position >= *position && !message.status().is_writing()
                        })
                        .take(query.texts as usize)
                })
                .map(|message| {
                    let content = message.content.as_str();
                    let shown: String = content.chars().take(SearchTextQuery::CHARACTERS).collect();
                    SearchText {
                        conversation_id: message.conversation_id,
                        message_id: message.id,
                        is_cut: shown.len() < content.len(),
                        content: shown,
                    }
                })
                .collect()
        })
    }

    async fn outline(
        &self,
        key: ConversationKey,
        _at_least: StorePosition,
    ) -> Result<Vec<MessageOutline>, StoreError> {
        self.read(key.organization_id, |tenant| {
            model::outline(&tenant.organization.tree_of(key.conversation_id))
        })
    }

    async fn span(
        &self,
        key: ConversationKey,
        first: u32,
        last: u32,
        _at_least: StorePosition,
    ) -> Result<Vec<AuthoredMessage>, StoreError> {
        self.read(key.organization_id, |tenant| {
            let tree = tenant.organization.tree_of(key.conversation_id);
            model::span(&tree, first, last, |id| tenant.organization.user_ref(id))
        })
    }
}

fn views(tenant: &Tenant, id: ConversationId) -> Vec<MessageView> {
    model::views(&tenant.organization.tree_of(id), |id| {
        tenant.organization.user_ref(id)
    })
}

#[async_trait]
impl Directory for MemoryStore {
    async fn find_member(&self, identity: Identity) -> Result<Option<Member>, StoreError> {
        self.read(identity.organization_id, |tenant| {
            tenant.organization.member(identity.user_id)
        })
    }

    async fn list_groups(
        &self,
        organization_id: OrganizationId,
        search: Option<NameSearch>,
        after: Option<GroupRef>,
        limit: u32,
    ) -> Result<Vec<GroupRef>, StoreError> {
        let follows = |group: &GroupRef| {
            let place = |group: &GroupRef| -> (String, GroupId) { (group.name.clone(), group.id) };
            after
                .as_ref()
                .is_none_or(|after| place(group) > place(after))
        };
        self.read(organization_id, |tenant| {
            let groups = tenant.organization.groups_in_order(|_| true);
            groups
                .into_iter()
                .filter(follows)
                .filter(|group| {
                    search
                        .as_ref()
                        .is_none_or(|search| search.matches(&group.name))
                })
                .take(limit as usize)
                .collect()
        })
    }

    async fn settings(&self, organization_id: OrganizationId) -> Result<Settings, StoreError> {
        let settings = self.read(organization_id, |tenant| {
            Some(tenant.organization.seed.settings)
        })?;
        settings.ok_or_else(|| StoreError::Other("no such organization".into()))
    }
}

#[async_trait]
impl SessionReader for MemoryStore {
    async fn find_member(
        &self,
        organization_id: OrganizationId,
        digest: SessionDigest,
        now: DateTime<Utc>,
    ) -> Result<Option<Member>, StoreError> {
        self.read(organization_id, |tenant| {
            let session = tenant.organization.sessions.get(&digest);
            let session = session.filter(|session| session.expires_at > now)?;
            tenant.organization.member(session.user_id)
        })
    }

    async fn find_active(
        &self,
        organization_id: OrganizationId,
        digests: &[SessionDigest],
        now: DateTime<Utc>,
    ) -> Result<Vec<SessionDigest>, StoreError> {
        let mut active = Vec::new();
        for &digest in digests {
            let member = SessionReader::find_member(self, organization_id, digest, now).await?;
            active.extend(member.map(|_| digest));
        }
        Ok(active)
    }
}

#[async_trait]
impl AccessReader for MemoryStore {
    async fn people(
        &self,
        key: ConversationKey,
        after: Option<UserRef>,
        limit: u32,
    ) -> Result<Option<PeopleOfConversation>, StoreError> {
        self.read(key.organization_id, |tenant| {
            model::people(
                &tenant.organization,
                key.conversation_id,
                after.as_ref(),
                limit,
            )
        })
    }

    async fn foresee(
        &self,
        key: ConversationKey,
        wanted: &Privacy,
    ) -> Result<Option<ForeseenSharing>, StoreError> {
        self.read(key.organization_id, |tenant| {
            model::foresee(&tenant.organization, key.conversation_id, wanted)
        })
    }
}
