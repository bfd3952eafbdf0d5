//! A store with the two organizations in it, and short ways to work on it.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use parlor_application::ports::{
    ConversationKey, DirectorySeed, IndexingProgress, StoreError, UnitOfWork,
};
use parlor_domain::{
    access::AccessLevel,
    audit::{
        ActionName, ActionResult, Actor, AuditEntries, AuditEntry, Fact, Origin, RecordedAccess,
    },
    conversation::{Change, Conversation},
    grants::Privacy,
    ids::{ConversationId, OrganizationId},
    message::Message,
    settings::Settings,
    text::Title,
};

use super::prelude::{ALICE, at, changed, entry_id, key_of, two_organizations};
use crate::Stores;

/// The settings under which the tests share and unshare.
pub const PRIVATE_ALLOWED: Settings = Settings {
    private_conversations: true,
};

/// A store that was filled, and a source of audit entries for it.
#[derive(Clone)]
pub struct Filled {
    /// The store.
    pub stores: Stores,
    entries: Arc<AtomicU32>,
}

impl Filled {
    /// Fills a fresh store with the two organizations. Their entries are marked as delivered.
    pub async fn with_two_organizations(stores: Stores) -> Self {
        Self::with(stores, &two_organizations()).await
    }

    /// A store with nothing in it.
    pub fn unfilled(stores: Stores) -> Self {
        Self {
            stores,
            entries: Arc::default(),
        }
    }

    /// The same store behind other ports, as after it was opened anew: entries go on where they were.
    #[must_use]
    pub fn reopened(&self, stores: Stores) -> Self {
        Self {
            stores,
            entries: self.entries.clone(),
        }
    }

    /// Fills a fresh store. Its entries are marked as delivered.
    pub async fn with(stores: Stores, seed: &DirectorySeed) -> Self {
        let filled = Self::unfilled(stores);
        let audit: Vec<AuditEntries> = seed
            .organizations
            .iter()
            .map(|organization| filled.entry(organization.id, None).into())
            .collect();
        assert!(
            filled
                .stores
                .admin
                .fill("demo", seed, &audit)
                .await
                .unwrap(),
            "the fresh store was filled already"
        );
        filled.deliver_everything().await;
        filled
    }

    /// Brings the terms by audience up to date.
    pub async fn index_audiences(&self) {
        for _ in 0..10_000 {
            let progress = self.stores.indexer.index_audiences().await.unwrap();
            match progress {
                IndexingProgress::Complete => return,
                IndexingProgress::Continues => {}
                IndexingProgress::Waits => tokio::task::yield_now().await,
            }
        }
        panic!("indexing without end");
    }

    /// Marks everything as delivered.
    pub async fn deliver_everything(&self) {
        for _ in 0..100 {
            let waiting = self.stores.outbox.undelivered(100).await.unwrap();
            if waiting.is_empty() {
                return;
            }
            let ids: Vec<_> = waiting
                .iter()
                .map(|record| (record.organization_id, record.id))
                .collect();
            self.stores
                .outbox
                .mark_delivered(&ids, at(0))
                .await
                .unwrap();
        }
        panic!("what is marked as delivered is undelivered all the same");
    }

    /// A new entry of an edit, by Alice. Its id and its time grow with each call.
    pub fn entry(
        &self,
        organization_id: OrganizationId,
        conversation_id: Option<ConversationId>,
    ) -> AuditEntry {
        let number = self.entries.fetch_add(1, Ordering::SeqCst);
        AuditEntry {
            id: entry_id(number),
            organization_id,
            action: ActionName::ConversationEdit,
            result: ActionResult::Succeeded,
            conversation_id,
            input: BTreeMap::from([("change", Fact::Word("title"))]),
            access: Some(RecordedAccess {
                level: AccessLevel::Manage,
                reasons: vec![],
                privileged: false,
            }),
            version: None,
            errors: vec![],
            actor: Actor::User {
                id: ALICE,
                name: "Alice, as she was called then".to_owned(),
                email: "alice@acme.example".to_owned(),
                role_names: vec!["Analyst".to_owned()],
            },
            origin: Origin {
                request_id: format!("request-{number}"),
                ..Origin::default()
            },
            occurred_at: at(i64::from(number)),
        }
    }

    /// Opens a unit of work.
    pub async fn begin(&self, organization_id: OrganizationId) -> Box<dyn UnitOfWork> {
        self.stores.units.begin(organization_id).await.unwrap()
    }

    /// Commits a unit of work with an entry about a conversation.
    pub async fn commit(&self, unit: Box<dyn UnitOfWork>, key: ConversationKey) {
        let entry = self.entry(key.organization_id, Some(key.conversation_id));
        unit.commit(entry.into()).await.unwrap();
    }

    /// Adds a conversation.
    pub async fn create(&self, conversation: &Conversation) {
        self.create_with(conversation, &[]).await;
    }

    /// Adds a conversation with messages.
    pub async fn create_with(&self, conversation: &Conversation, messages: &[Message]) {
        let mut unit = self.begin(conversation.organization_id).await;
        unit.conversations().insert(conversation).await.unwrap();
        if !messages.is_empty() {
            unit.messages().insert(messages).await.unwrap();
        }
        self.commit(unit, key_of(conversation)).await;
    }

    /// Adds many conversations of one organization at once.
    pub async fn create_all(&self, conversations: &[Conversation]) {
        let mut unit = self.begin(conversations[0].organization_id).await;
        for conversation in conversations {
            unit.conversations().insert(conversation).await.unwrap();
        }
        self.commit(unit, key_of(&conversations[0])).await;
    }

    /// Adds messages to a conversation.
    pub async fn append(&self, key: ConversationKey, messages: &[Message]) {
        let mut unit = self.begin(key.organization_id).await;
        unit.messages().insert(messages).await.unwrap();
        self.commit(unit, key).await;
    }

    /// Changes a conversation and answers how it is then.
    pub async fn change(
        &self,
        key: ConversationKey,
        change: impl FnOnce(Conversation) -> Change,
    ) -> Conversation {
        let mut unit = self.begin(key.organization_id).await;
        let found = unit
            .conversations()
            .find_for_update(key.conversation_id)
            .await
            .unwrap();
        let after = changed(change(found.expect("the conversation is there")));
        unit.conversations().update(&after).await.unwrap();
        self.commit(unit, key).await;
        after
    }

    /// Replaces the grants.
    pub async fn share(&self, key: ConversationKey, privacy: Privacy) -> Conversation {
        self.change(key, |conversation| {
            conversation.share(privacy, PRIVATE_ALLOWED).unwrap()
        })
        .await
    }

    /// Gives another title.
    pub async fn rename(&self, key: ConversationKey, title: Title) -> Conversation {
        self.change(key, |conversation| conversation.rename(title))
            .await
    }

    /// Notes activity so many seconds after the beginning, and answers how it is then.
    pub async fn note_activity(&self, key: ConversationKey, seconds: i64) -> Conversation {
        let note = |mut conversation: Conversation| {
            conversation.note_prompt("unused: it has a title", at(seconds));
            Change::Unchanged(conversation)
        };
        self.change(key, note).await
    }

    /// Deletes a conversation.
    pub async fn delete(&self, key: ConversationKey) {
        let unit = self.stores.units.begin_deletion(ALICE, key).await;
        let mut unit = unit.unwrap();
        unit.conversations()
            .delete(key.conversation_id)
            .await
            .unwrap();
        self.commit(unit, key).await;
    }

    /// Stops an answer; answers whether it was being written.
    pub async fn stop(&self, key: ConversationKey, answer: &Message) -> bool {
        let mut unit = self.begin(key.organization_id).await;
        let stopped = unit
            .messages()
            .stop(key.conversation_id, answer.id)
            .await
            .unwrap();
        self.commit(unit, key).await;
        stopped
    }

    /// The conversation with all its grants, as a unit of work sees it.
    pub async fn stored(&self, key: ConversationKey) -> Option<Conversation> {
        let mut unit = self.begin(key.organization_id).await;
        unit.conversations()
            .find_for_update(key.conversation_id)
            .await
            .unwrap()
    }
}

/// Tries a thing again as long as the store answers that somebody else changed the same at the same time.
///
/// A store may answer so whenever units of work meet; it must come to an end all the same.
pub async fn retrying<T, F>(mut attempt: impl FnMut() -> F) -> T
where
    F: Future<Output = Result<T, StoreError>>,
{
    for _ in 0..1_000 {
        match attempt().await {
            Ok(done) => return done,
            Err(StoreError::Conflict) => tokio::task::yield_now().await,
            Err(error) => panic!("{error}: {error:?}"),
        }
    }
    panic!("conflicts without end");
}
