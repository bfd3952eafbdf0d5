//! Writing.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use parlor_application::ports::{
    ConversationCopy, ConversationKey, ConversationRepository, DirectoryRepository,
    IdempotencyRecord, IdempotencyRepository, Member, MessageRepository, Opening, SessionRecord,
    SessionRepository, StoreError, UnitOfWork, UnitOfWorkFactory, UserRef,
};
use parlor_domain::{
    audit::AuditEntries,
    conversation::Conversation,
    ids::{ConversationId, GroupId, MessageId, OrganizationId, UserId},
    message::{AnswerStatus, Message, MessageKind},
    message_copy::MessageCopy,
    settings::Settings,
};
use tokio::{sync::OwnedMutexGuard, time::Instant};

use super::{MemoryStore, Tenant};

struct MemoryUnit {
    store: MemoryStore,
    /// As it is to be after the commit.
    tenant: Tenant,
    _writer: OwnedMutexGuard<()>,
}

#[async_trait]
impl UnitOfWorkFactory for MemoryStore {
    async fn begin(
        &self,
        organization_id: OrganizationId,
    ) -> Result<Box<dyn UnitOfWork>, StoreError> {
        let writer = self.writer.clone().lock_owned().await;
        let tenant = self.read(organization_id, |tenant| Some(tenant.clone()))?;
        let tenant = tenant.ok_or_else(|| StoreError::Other("no such organization".into()))?;
        Ok(Box::new(MemoryUnit {
            store: self.clone(),
            tenant,
            _writer: writer,
        }))
    }

    async fn begin_on(
        &self,
        _user_id: UserId,
        key: ConversationKey,
    ) -> Result<Box<dyn UnitOfWork>, StoreError> {
        self.begin(key.organization_id).await
    }

    async fn begin_copy(
        &self,
        original: ConversationId,
        copy: &Conversation,
    ) -> Result<Box<dyn ConversationCopy>, StoreError> {
        Ok(Box::new(MemoryCopy {
            store: self.clone(),
            original,
            copy: copy.clone(),
            messages: Vec::new(),
        }))
    }
}

/// A copy that is kept beside the store until it is complete.
struct MemoryCopy {
    store: MemoryStore,
    original: ConversationId,
    copy: Conversation,
    messages: Vec<Message>,
}

#[async_trait]
impl ConversationCopy for MemoryCopy {
    async fn add(&mut self, messages: &[MessageCopy]) -> Result<(), StoreError> {
        let organization_id = self.copy.organization_id;
        let originals = self.store.read(organization_id, |tenant| {
            tenant.organization.messages_of(self.original).to_vec()
        })?;
        for copy in messages {
            let mut originals = originals.iter();
            let original = originals.find(|message| message.id == copy.original_id);
            let original = original.ok_or(StoreError::Conflict)?;
            let copied = original.clone().copied(self.copy.id, *copy);
            self.messages.push(copied);
        }
        Ok(())
    }

    async fn finish(self: Box<Self>) -> Result<Box<dyn UnitOfWork>, StoreError> {
        let mut unit = self.store.begin(self.copy.organization_id).await?;
        unit.conversations().insert(&self.copy).await?;
        unit.messages().insert(&self.messages).await?;
        Ok(unit)
    }
}

#[async_trait]
impl UnitOfWork for MemoryUnit {
    fn directory(&mut self) -> &mut dyn DirectoryRepository {
        self
    }

    fn conversations(&mut self) -> &mut dyn ConversationRepository {
        self
    }

    fn messages(&mut self) -> &mut dyn MessageRepository {
        self
    }

    fn idempotency(&mut self) -> &mut dyn IdempotencyRepository {
        self
    }

    fn sessions(&mut self) -> &mut dyn SessionRepository {
        self
    }

    async fn open(
        &mut self,
        user_id: UserId,
        id: ConversationId,
    ) -> Result<Option<Opening>, StoreError> {
        Ok(self.tenant.organization.open(user_id, id))
    }

    async fn commit(mut self: Box<Self>, audit: AuditEntries) -> Result<(), StoreError> {
        audit.iter().try_for_each(|entry| self.tenant.log(entry))?;
        let mut state = self.store.state()?;
        let before = state.tenants.clone();
        state
            .tenants
            .insert(self.tenant.organization.seed.id, self.tenant);
        self.store.note_events(&before, &mut state);
        Ok(())
    }
}

#[async_trait]
impl DirectoryRepository for MemoryUnit {
    async fn find_member(&mut self, id: UserId) -> Result<Option<Member>, StoreError> {
        Ok(self.tenant.organization.member(id))
    }

    async fn find_user(&mut self, id: UserId) -> Result<Option<UserRef>, StoreError> {
        Ok(self.tenant.organization.member(id).map(|member| UserRef {
            id,
            name: member.name,
        }))
    }

    async fn unknown_groups(&mut self, ids: &[GroupId]) -> Result<Vec<GroupId>, StoreError> {
        let groups = &self.tenant.organization.seed.groups;
        Ok(ids
            .iter()
            .copied()
            .filter(|id| groups.iter().all(|group| group.id != *id))
            .collect())
    }

    async fn settings(&mut self) -> Result<Settings, StoreError> {
        Ok(self.tenant.organization.seed.settings)
    }

    async fn save_settings(&mut self, settings: Settings) -> Result<(), StoreError> {
        self.tenant.organization.seed.settings = settings;
        Ok(())
    }
}

#[async_trait]
impl ConversationRepository for MemoryUnit {
    async fn find_for_update(
        &mut self,
        id: ConversationId,
    ) -> Result<Option<Conversation>, StoreError> {
        Ok(self.tenant.organization.conversations.get(&id).cloned())
    }

    async fn insert(&mut self, conversation: &Conversation) -> Result<(), StoreError> {
        let organization = &mut self.tenant.organization;
        let is_there = organization.conversations.contains_key(&conversation.id);
        if is_there || conversation.organization_id != organization.seed.id {
            return Err(StoreError::Conflict);
        }
        organization
            .conversations
            .insert(conversation.id, conversation.clone());
        Ok(())
    }

    async fn update(&mut self, conversation: &Conversation) -> Result<(), StoreError> {
        match self
            .tenant
            .organization
            .conversations
            .get_mut(&conversation.id)
        {
            Some(stored) if stored.organization_id == conversation.organization_id => {
                *stored = conversation.clone();
                Ok(())
            }
            _ => Err(StoreError::Conflict),
        }
    }

    async fn delete(&mut self, id: ConversationId) -> Result<(), StoreError> {
        self.tenant.organization.conversations.remove(&id);
        self.tenant.organization.messages.remove(&id);
        Ok(())
    }
}

#[async_trait]
impl MessageRepository for MemoryUnit {
    async fn find(
        &mut self,
        conversation_id: ConversationId,
        id: MessageId,
    ) -> Result<Option<Message>, StoreError> {
        let messages = self.tenant.organization.messages_of(conversation_id);
        Ok(messages.iter().find(|message| message.id == id).cloned())
    }

    async fn find_many(
        &mut self,
        conversation_id: ConversationId,
        ids: &[MessageId],
    ) -> Result<Vec<Message>, StoreError> {
        let messages = self.tenant.organization.messages_of(conversation_id);
        let found = messages.iter().filter(|message| ids.contains(&message.id));
        Ok(found.cloned().collect())
    }

    async fn find_newest(
        &mut self,
        conversation_id: ConversationId,
    ) -> Result<Option<Message>, StoreError> {
        Ok(self
            .tenant
            .organization
            .messages_of(conversation_id)
            .last()
            .cloned())
    }

    async fn all(&mut self, conversation_id: ConversationId) -> Result<Vec<Message>, StoreError> {
        Ok(self
            .tenant
            .organization
            .messages_of(conversation_id)
            .to_vec())
    }

    async fn insert(&mut self, messages: &[Message]) -> Result<(), StoreError> {
        for message in messages {
            let id = message.conversation_id;
            let organization = &mut self.tenant.organization;
            let mut tree = organization.tree_of(id);
            if !organization.conversations.contains_key(&id)
                || tree.append(message.clone()).is_err()
            {
                return Err(StoreError::Conflict);
            }
            organization
                .messages
                .entry(id)
                .or_default()
                .push(message.clone());
            self.tenant
                .signs_of_life
                .insert((id, message.id), Instant::now());
        }
        Ok(())
    }

    async fn stop(
        &mut self,
        conversation_id: ConversationId,
        id: MessageId,
    ) -> Result<bool, StoreError> {
        Ok(set_status(
            &mut self.tenant,
            conversation_id,
            id,
            AnswerStatus::Stopped,
        ))
    }
}

/// Ends an answer that is being written; `false` if it is not.
pub(super) fn set_status(
    tenant: &mut Tenant,
    conversation_id: ConversationId,
    id: MessageId,
    new: AnswerStatus,
) -> bool {
    let messages = tenant
        .organization
        .messages
        .entry(conversation_id)
        .or_default();
    let mut kinds = messages
        .iter_mut()
        .filter(|message| message.id == id)
        .map(|message| &mut message.kind);
    match kinds.next() {
        Some(MessageKind::Answer { status, .. }) if status.is_writing() => {
            *status = new;
            true
        }
        _ => false,
    }
}

#[async_trait]
impl IdempotencyRepository for MemoryUnit {
    async fn find(
        &mut self,
        user_id: UserId,
        key: &str,
        not_before: DateTime<Utc>,
    ) -> Result<Option<IdempotencyRecord>, StoreError> {
        let record = self
            .tenant
            .organization
            .idempotency
            .get(&(user_id, key.to_owned()));
        Ok(record
            .filter(|record| record.created_at >= not_before)
            .cloned())
    }

    async fn save(&mut self, record: &IdempotencyRecord) -> Result<(), StoreError> {
        self.tenant
            .organization
            .idempotency
            .insert((record.user_id, record.key.clone()), record.clone());
        Ok(())
    }
}

#[async_trait]
impl SessionRepository for MemoryUnit {
    async fn insert(&mut self, session: &SessionRecord) -> Result<(), StoreError> {
        let users = &self.tenant.organization.seed.users;
        let is_known = users.iter().any(|user| user.id == session.user_id);
        if !is_known
            || self
                .tenant
                .organization
                .sessions
                .contains_key(&session.digest)
        {
            return Err(StoreError::Conflict);
        }
        // A stopped user's session has ended before it begins.
        if users
            .iter()
            .any(|user| user.id == session.user_id && user.active)
        {
            self.tenant
                .organization
                .sessions
                .insert(session.digest, session.clone());
        }
        Ok(())
    }

    async fn end_all(&mut self, user_id: UserId) -> Result<u64, StoreError> {
        let before = self.tenant.organization.sessions.len();
        self.tenant
            .organization
            .sessions
            .retain(|_, session| session.user_id != user_id);
        Ok((before - self.tenant.organization.sessions.len()) as u64)
    }
}
