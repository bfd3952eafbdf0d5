//! A store that gets wrong what is easy to get wrong, against the tests that have to notice.

use std::sync::Arc;

use async_trait::async_trait;
use parlor_application::ports::{
    ConversationCopy, ConversationKey, ConversationRepository, DirectoryRepository,
    IdempotencyRepository, MessageRepository, Opening, SessionRepository, StoreError, UnitOfWork,
    UnitOfWorkFactory,
};
use parlor_domain::{
    audit::AuditEntries,
    conversation::Conversation,
    grants::Privacy,
    ids::{ConversationId, OrganizationId, UserId},
};
use parlor_store_conformance::{Stores, kit::prelude::*, suite::locking};
use parlor_store_memory::MemoryStore;

/// Waits for whoever changes a conversation, and then shows the new row with the grants that it had before: what a
/// statement does that began before it waited, where each statement sees the rows of its own beginning.
struct TornStore {
    inner: Stores,
}

struct TornUnit {
    inner: Box<dyn UnitOfWork>,
    /// The grants of conversation 1 when this began.
    old: Option<Privacy>,
}

impl TornUnit {
    fn tear(&self, conversation: &mut Conversation) {
        if let Some(old) = &self.old {
            conversation.privacy = old.clone();
        }
    }
}

#[async_trait]
impl UnitOfWorkFactory for TornStore {
    async fn begin(
        &self,
        organization_id: OrganizationId,
    ) -> Result<Box<dyn UnitOfWork>, StoreError> {
        let reader = &self.inner.conversation_reader;
        let old = reader.sharing(organization_id, conversation_id(1)).await?;
        let inner = self.inner.units.begin(organization_id).await?;
        let old = old.map(|sharing| sharing.privacy);
        Ok(Box::new(TornUnit { inner, old }))
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
        self.inner.units.begin_copy(original, copy).await
    }
}

#[async_trait]
impl UnitOfWork for TornUnit {
    fn directory(&mut self) -> &mut dyn DirectoryRepository {
        self.inner.directory()
    }

    fn conversations(&mut self) -> &mut dyn ConversationRepository {
        self
    }

    fn messages(&mut self) -> &mut dyn MessageRepository {
        self.inner.messages()
    }

    fn idempotency(&mut self) -> &mut dyn IdempotencyRepository {
        self.inner.idempotency()
    }

    fn sessions(&mut self) -> &mut dyn SessionRepository {
        self.inner.sessions()
    }

    async fn open(
        &mut self,
        user_id: UserId,
        id: ConversationId,
    ) -> Result<Option<Opening>, StoreError> {
        let mut opening = self.inner.open(user_id, id).await?;
        let found = opening.as_mut().and_then(|opening| opening.found.as_mut());
        if let Some(found) = found {
            self.tear(&mut found.conversation);
        }
        Ok(opening)
    }

    async fn commit(self: Box<Self>, audit: AuditEntries) -> Result<(), StoreError> {
        self.inner.commit(audit).await
    }
}

#[async_trait]
impl ConversationRepository for TornUnit {
    async fn find_for_update(
        &mut self,
        id: ConversationId,
    ) -> Result<Option<Conversation>, StoreError> {
        let mut found = self.inner.conversations().find_for_update(id).await?;
        if let Some(found) = &mut found {
            self.tear(found);
        }
        Ok(found)
    }

    async fn insert(&mut self, conversation: &Conversation) -> Result<(), StoreError> {
        self.inner.conversations().insert(conversation).await
    }

    async fn update(&mut self, conversation: &Conversation) -> Result<(), StoreError> {
        self.inner.conversations().update(conversation).await
    }

    async fn delete(&mut self, id: ConversationId) -> Result<(), StoreError> {
        self.inner.conversations().delete(id).await
    }
}

fn torn() -> Stores {
    let memory = Arc::new(MemoryStore::default());
    let inner = Stores::of_memory(memory.clone(), memory);
    Stores {
        units: Arc::new(TornStore {
            inner: inner.clone(),
        }),
        ..inner
    }
}

async fn fails(test: impl Future<Output = ()> + Send + 'static) -> bool {
    let ended = tokio::spawn(test).await;
    ended.is_err_and(|error| error.is_panic())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_grants_in_a_new_row_are_noticed() {
    assert!(
        fails(locking::no_grants_of_one_conversation_are_lost_or_mixed(
            torn()
        ))
        .await
    );
    assert!(
        fails(locking::who_waits_for_a_conversation_sees_it_whole_and_new(
            torn()
        ))
        .await
    );
}
