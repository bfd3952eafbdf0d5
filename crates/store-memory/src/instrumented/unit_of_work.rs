//! Units of work, and copies.

use std::time::Duration;

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
    message::Message,
    message_copy::MessageCopy,
    settings::Settings,
};

use super::InstrumentedStore;
use crate::Calls;

/// Longer than any test has a unit of work open.
const TOO_LONG: Duration = Duration::from_mins(1);

async fn begun<T>(unit: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    let in_time = tokio::time::timeout(TOO_LONG, unit).await;
    in_time.expect("a unit of work is open for a minute: does its task wait for another one?")
}

/// Notes a `roll_back` when it is dropped, unless it was ended otherwise.
struct RollBack {
    calls: Calls,
    is_ended: bool,
}

impl RollBack {
    const fn of(calls: Calls) -> Self {
        Self {
            calls,
            is_ended: false,
        }
    }

    fn end(mut self) {
        self.is_ended = true;
    }
}

impl Drop for RollBack {
    fn drop(&mut self) {
        if !self.is_ended {
            // Rolling back cannot fail.
            let _ = self.calls.note("roll_back");
        }
    }
}

struct InstrumentedUnit {
    inner: Box<dyn UnitOfWork>,
    /// The conversation that it was begun on.
    begun_on: Option<ConversationId>,
    calls: Calls,
    roll_back: RollBack,
}

struct InstrumentedCopy {
    inner: Box<dyn ConversationCopy>,
    original: ConversationId,
    calls: Calls,
    roll_back: RollBack,
}

impl InstrumentedStore {
    fn unit(
        &self,
        inner: Box<dyn UnitOfWork>,
        begun_on: Option<ConversationId>,
    ) -> Box<dyn UnitOfWork> {
        Box::new(InstrumentedUnit {
            inner,
            begun_on,
            calls: self.calls.clone(),
            roll_back: RollBack::of(self.calls.clone()),
        })
    }
}

#[async_trait]
impl UnitOfWorkFactory for InstrumentedStore {
    async fn begin(
        &self,
        organization_id: OrganizationId,
    ) -> Result<Box<dyn UnitOfWork>, StoreError> {
        self.calls.note("begin")?;
        let unit = begun(self.memory.begin(organization_id)).await?;
        Ok(self.unit(unit, None))
    }

    async fn begin_on(
        &self,
        user_id: UserId,
        key: ConversationKey,
    ) -> Result<Box<dyn UnitOfWork>, StoreError> {
        self.calls.note("begin_on")?;
        let unit = begun(self.memory.begin_on(user_id, key)).await?;
        Ok(self.unit(unit, Some(key.conversation_id)))
    }

    async fn begin_deletion(
        &self,
        user_id: UserId,
        key: ConversationKey,
    ) -> Result<Box<dyn UnitOfWork>, StoreError> {
        self.calls.note("begin_deletion")?;
        let unit = begun(self.memory.begin_deletion(user_id, key)).await?;
        Ok(self.unit(unit, Some(key.conversation_id)))
    }

    async fn begin_copy(
        &self,
        original: ConversationId,
        copy: &Conversation,
    ) -> Result<Box<dyn ConversationCopy>, StoreError> {
        self.calls.note("begin_copy")?;
        Ok(Box::new(InstrumentedCopy {
            inner: self.memory.begin_copy(original, copy).await?,
            original,
            calls: self.calls.clone(),
            roll_back: RollBack::of(self.calls.clone()),
        }))
    }
}

#[async_trait]
impl ConversationCopy for InstrumentedCopy {
    async fn add(&mut self, messages: &[MessageCopy]) -> Result<(), StoreError> {
        self.calls.note("copy_messages")?;
        self.inner.add(messages).await
    }

    async fn finish(self: Box<Self>) -> Result<Box<dyn UnitOfWork>, StoreError> {
        let copy = *self;
        copy.calls.note("finish_copy")?;
        let inner = begun(copy.inner.finish()).await?;
        Ok(Box::new(InstrumentedUnit {
            inner,
            begun_on: Some(copy.original),
            calls: copy.calls,
            roll_back: copy.roll_back,
        }))
    }
}

#[async_trait]
impl UnitOfWork for InstrumentedUnit {
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
        let is_begun_on = self.begun_on == Some(id);
        let name = if is_begun_on { "open" } else { "open_another" };
        self.calls.note(name)?;
        self.inner.open(user_id, id).await
    }

    async fn commit(self: Box<Self>, audit: AuditEntries) -> Result<(), StoreError> {
        let unit = *self;
        // A commit that fails rolls back by itself.
        unit.roll_back.end();
        unit.calls.note("commit")?;
        unit.inner.commit(audit.clone()).await?;
        unit.calls.note_committed(&audit);
        Ok(())
    }
}

/// Implements a repository: one line for each method, with the name of its calls.
macro_rules! instrument {
    ($repository:ident by $lend:ident {
        $($name:literal: $method:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*
    }) => {
        #[async_trait]
        impl $repository for InstrumentedUnit {
            $(
                async fn $method(&mut self, $($argument: $type),*) -> Result<$answer, StoreError> {
                    self.calls.note($name)?;
                    self.inner.$lend().$method($($argument),*).await
                }
            )*
        }
    };
}

instrument! { DirectoryRepository by directory {
    "find_member": find_member(id: UserId) -> Option<Member>;
    "find_user": find_user(id: UserId) -> Option<UserRef>;
    "unknown_groups": unknown_groups(ids: &[GroupId]) -> Vec<GroupId>;
    "settings": settings() -> Settings;
    "save_settings": save_settings(settings: Settings) -> ();
} }

instrument! { ConversationRepository by conversations {
    "find_for_update": find_for_update(id: ConversationId) -> Option<Conversation>;
    "insert": insert(conversation: &Conversation) -> ();
    "update": update(conversation: &Conversation) -> ();
    "delete": delete(id: ConversationId) -> ();
} }

instrument! { MessageRepository by messages {
    "find_message": find(conversation_id: ConversationId, id: MessageId) -> Option<Message>;
    "find_messages": find_many(conversation_id: ConversationId, ids: &[MessageId]) -> Vec<Message>;
    "find_newest": find_newest(conversation_id: ConversationId) -> Option<Message>;
    "all_messages": all(conversation_id: ConversationId) -> Vec<Message>;
    "insert_messages": insert(messages: &[Message]) -> ();
    "stop_message": stop(conversation_id: ConversationId, id: MessageId) -> bool;
} }

instrument! { IdempotencyRepository by idempotency {
    "find_key": find(user_id: UserId, key: &str, not_before: DateTime<Utc>) -> Option<IdempotencyRecord>;
    "save_key": save(record: &IdempotencyRecord) -> ();
} }

instrument! { SessionRepository by sessions {
    "insert_session": insert(session: &SessionRecord) -> ();
    "end_sessions": end_all(user_id: UserId) -> u64;
} }
