//! Writing: one open transaction that commits only together with its audit entries.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use parlor_domain::{
    audit::AuditEntries,
    conversation::Conversation,
    grants::{Grants, Level},
    ids::{ConversationId, GroupId, MessageId, OrganizationId, UserId},
    message::Message,
    settings::Settings,
};

use super::{ConversationCopy, ConversationKey, Member, SessionRecord, StoreError, UserRef};

/// Opens units of work.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait UnitOfWorkFactory: Send + Sync {
    /// A new transaction in which only rows of this organization can be seen or changed.
    async fn begin(
        &self,
        organization_id: OrganizationId,
    ) -> Result<Box<dyn UnitOfWork>, StoreError>;

    /// The same, with this conversation locked from the beginning until the end, if this user can see it.
    ///
    /// An implementor MUST neither lock nor wait for a conversation that the user cannot see, whatever others do with it: one that
    /// waits learns that it exists. (To wait for a lock of the whole store, whichever conversation is asked for, tells nothing.)
    async fn begin_on(
        &self,
        user_id: UserId,
        key: ConversationKey,
    ) -> Result<Box<dyn UnitOfWork>, StoreError>;

    /// The same, for deleting this conversation. It takes no longer than any other unit of work, however large the
    /// conversation is: from the commit on nobody finds anything of it, and its rows are removed later.
    async fn begin_deletion(
        &self,
        user_id: UserId,
        key: ConversationKey,
    ) -> Result<Box<dyn UnitOfWork>, StoreError> {
        self.begin_on(user_id, key).await
    }

    /// Begins a copy of the conversation `original`, in the organization of both. The caller has authorized it, and does so
    /// again in the unit of work of [`ConversationCopy::finish`].
    async fn begin_copy(
        &self,
        original: ConversationId,
        copy: &Conversation,
    ) -> Result<Box<dyn ConversationCopy>, StoreError>;
}

/// One open transaction. Its accessors lend repositories; dropping it rolls everything back; it ends in exactly one other
/// way, [`UnitOfWork::commit`], which takes at least one audit entry: a change without an entry does not compile.
///
/// An implementor MUST
/// - make the changes and the entries durable together, or neither, before `commit` answers;
/// - let what was loaded stay as it was until the end, or answer [`StoreError::Conflict`] at the latest on commit;
/// - answer an insertion that meets a row of the same key with the number of rows, not with a broken transaction.
#[async_trait]
pub trait UnitOfWork: Send {
    /// People and settings.
    fn directory(&mut self) -> &mut dyn DirectoryRepository;
    /// Conversations.
    fn conversations(&mut self) -> &mut dyn ConversationRepository;
    /// Messages.
    fn messages(&mut self) -> &mut dyn MessageRepository;
    /// Answers that were given under an idempotency key.
    fn idempotency(&mut self) -> &mut dyn IdempotencyRepository;
    /// Who is signed in.
    fn sessions(&mut self) -> &mut dyn SessionRepository;
    /// Everything that decides a change of a conversation, in one statement, and locked until the end: the rights that this
    /// user has now, the settings, and the conversation, if the user can see it. `None` if the user is stopped or not of this
    /// organization.
    ///
    /// What decides MUST be read after the lock was granted: a grant may have gone meanwhile. A conversation that the user cannot see
    /// MUST be answered like one that does not exist, and MUST be neither locked nor waited for.
    ///
    /// For the conversation that the unit of work was begun on; for any other one it is not sure to be one statement.
    async fn open(
        &mut self,
        user_id: UserId,
        id: ConversationId,
    ) -> Result<Option<Opening>, StoreError>;
    /// Makes everything durable, with these entries.
    async fn commit(self: Box<Self>, audit: AuditEntries) -> Result<(), StoreError>;
}

/// What a change of a conversation begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The user, with the rights that it has now.
    pub member: Member,
    /// The organization's settings.
    pub settings: Settings,
    /// The conversation, if it exists and the user can see it.
    pub found: Option<FoundConversation>,
}

/// A conversation with all its grants, and what one shows beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundConversation {
    /// The conversation.
    pub conversation: Conversation,
    /// Whose it is.
    pub owner: UserRef,
    /// What it is a copy of, only while the user who opens it can see that one.
    pub forked_from: Option<ConversationId>,
}

/// People and settings, as this transaction sees them.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait DirectoryRepository: Send {
    /// An active user, with the rights that it has now; `None` if it is stopped or not of this organization.
    async fn find_member(&mut self, id: UserId) -> Result<Option<Member>, StoreError>;
    /// An active user's name; `None` if it is stopped or not of this organization.
    async fn find_user(&mut self, id: UserId) -> Result<Option<UserRef>, StoreError>;
    /// Which of these groups are not of this organization.
    async fn unknown_groups(&mut self, ids: &[GroupId]) -> Result<Vec<GroupId>, StoreError>;
    /// The organization's settings.
    async fn settings(&mut self) -> Result<Settings, StoreError>;
    /// Replaces the settings.
    async fn save_settings(&mut self, settings: Settings) -> Result<(), StoreError>;
}

/// Whether saving a conversation changes nothing that a store keeps in rows of its own: neither what a search finds of its title,
/// nor its grants to groups, which carry copies of its owner and its activity. So it is with most changes, a toggle or a prompt.
pub fn is_in_one_row(before: &Conversation, after: &Conversation) -> bool {
    fn groups(conversation: &Conversation) -> Option<&BTreeMap<GroupId, Level>> {
        let groups = conversation.privacy.grants().map(Grants::groups);
        groups.filter(|groups| !groups.is_empty())
    }
    fn copied(conversation: &Conversation) -> (UserId, DateTime<Utc>) {
        (conversation.owner_id, conversation.last_activity_at)
    }
    let granted = groups(before);
    before.title == after.title
        && granted == groups(after)
        && (granted.is_none() || copied(before) == copied(after))
}

/// Conversations, as this transaction sees them.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait ConversationRepository: Send {
    /// The conversation with all its grants, locked until the end, **whether or not anybody can see it**: for the service's own work.
    /// What a caller asks for is locked by [`UnitOfWork::open`].
    async fn find_for_update(
        &mut self,
        id: ConversationId,
    ) -> Result<Option<Conversation>, StoreError>;
    /// Adds a new conversation with its grants.
    async fn insert(&mut self, conversation: &Conversation) -> Result<(), StoreError>;
    /// Saves title, privacy, grants, owner, activity and version of one that was found in this transaction.
    async fn update(&mut self, conversation: &Conversation) -> Result<(), StoreError>;
    /// Deletes it with its grants, messages, and everything that a search could find of them.
    async fn delete(&mut self, id: ConversationId) -> Result<(), StoreError>;
}

/// Messages, as this transaction sees them, always inside their conversation.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait MessageRepository: Send {
    /// One message of this conversation.
    async fn find(
        &mut self,
        conversation_id: ConversationId,
        id: MessageId,
    ) -> Result<Option<Message>, StoreError>;
    /// The messages of this conversation with these ids, in the order in which they came. Those that do not exist are left
    /// out.
    async fn find_many(
        &mut self,
        conversation_id: ConversationId,
        ids: &[MessageId],
    ) -> Result<Vec<Message>, StoreError>;
    /// The message that came last, which is the newest leaf.
    async fn find_newest(
        &mut self,
        conversation_id: ConversationId,
    ) -> Result<Option<Message>, StoreError>;
    /// All messages, in the order in which they came.
    async fn all(&mut self, conversation_id: ConversationId) -> Result<Vec<Message>, StoreError>;
    /// Adds messages, parents before children. What is finished can be found by searching from the commit on.
    async fn insert(&mut self, messages: &[Message]) -> Result<(), StoreError>;
    /// Marks an answer that is being written as stopped; `false` if it was not being written any more.
    async fn stop(
        &mut self,
        conversation_id: ConversationId,
        id: MessageId,
    ) -> Result<bool, StoreError>;
}

/// What was answered under an idempotency key: only where to find it, so that a replay shows what the caller may see then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdempotentOutcome {
    /// The conversation that was created or written to.
    pub conversation_id: ConversationId,
    /// The answer that was asked for, if the request asked for one.
    pub answer_id: Option<MessageId>,
}

/// A key that a client chose, with what it was used for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyRecord {
    /// Whose key it is.
    pub user_id: UserId,
    /// The key.
    pub key: String,
    /// A digest of the request: the same key with another one is a mistake.
    pub fingerprint: [u8; 32],
    /// What was answered.
    pub outcome: IdempotentOutcome,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// Answers that were given under an idempotency key, as this transaction sees them.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait IdempotencyRepository: Send {
    /// What this user's key was used for at or after `not_before`.
    async fn find(
        &mut self,
        user_id: UserId,
        key: &str,
        not_before: DateTime<Utc>,
    ) -> Result<Option<IdempotencyRecord>, StoreError>;
    /// Keeps it, in the place of an older one of the same user and key. MUST answer [`StoreError::Conflict`] where a
    /// transaction that runs at the same time has kept the same user's key first.
    async fn save(&mut self, record: &IdempotencyRecord) -> Result<(), StoreError>;
}

/// Who is signed in, as this transaction sees it.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait SessionRepository: Send {
    /// Adds a new session of a user of this organization.
    async fn insert(&mut self, session: &SessionRecord) -> Result<(), StoreError>;
    /// Ends all sessions of this user; answers how many there were.
    async fn end_all(&mut self, user_id: UserId) -> Result<u64, StoreError>;
}
