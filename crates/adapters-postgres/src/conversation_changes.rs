//! News of changes, here and from the other processes on the same database.
//!
//! A commit is told here at once, and to the others a moment later, many in one notification. A transaction that notifies by itself
//! would take a lock of the whole database for its commit, and all commits would wait for one another. What a process owes when it
//! is killed is lost; those who follow something look by themselves now and then.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use parlor_application::{
    changes::ChangeBoard,
    ports::{ConversationChanges, ConversationKey, StoreError},
    repeated::RepeatedFailure,
};
use parlor_domain::ids::{ConversationId, OrganizationId};
use parlor_store_sql::Cell;
use sqlx::{query_file, query_file_scalar};
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{PostgresStore, listening};

/// How long what was changed is collected before the others are told.
const GATHER: Duration = Duration::from_millis(20);
/// Between two attempts to tell the others.
const PAUSE: Duration = Duration::from_millis(500);
/// How long what is left may take at the end.
const LAST: Duration = Duration::from_secs(1);
/// A payload has less than 8,000 bytes: so many conversations, each with its organization, after the process's id.
const PAYLOAD: usize = 100;
/// How many payloads one statement sends.
const PAYLOADS: usize = 20;

/// Where changes are told.
pub(crate) struct News {
    board: Arc<ChangeBoard>,
    /// What the other processes are to be told.
    owed: Mutex<BTreeSet<ConversationKey>>,
    has_more: Notify,
    /// Whether somebody tells the others.
    is_passed_on: AtomicBool,
    /// Of telling the others.
    failures: RepeatedFailure,
}

impl Default for News {
    fn default() -> Self {
        let board = ChangeBoard::new();
        // Until this process listens.
        board.set_deaf(true);
        Self {
            board,
            owed: Mutex::default(),
            has_more: Notify::new(),
            is_passed_on: AtomicBool::new(false),
            failures: RepeatedFailure::default(),
        }
    }
}

impl News {
    pub(crate) const fn board(&self) -> &Arc<ChangeBoard> {
        &self.board
    }

    fn tell(&self, keys: &BTreeSet<ConversationKey>) {
        for key in keys {
            self.board.tell(*key);
        }
        if !keys.is_empty() && self.is_passed_on.load(Ordering::SeqCst) {
            self.owed().extend(keys);
            self.has_more.notify_one();
        }
    }

    /// What is owed, up to what one statement sends.
    fn take(&self) -> BTreeSet<ConversationKey> {
        let mut owed = self.owed();
        let rest = owed.iter().nth(PAYLOAD * PAYLOADS).copied();
        let rest = rest.map_or_else(BTreeSet::new, |first| owed.split_off(&first));
        std::mem::replace(&mut owed, rest)
    }

    fn owed(&self) -> MutexGuard<'_, BTreeSet<ConversationKey>> {
        self.owed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The conversations that a transaction changes.
pub(crate) struct Changed {
    news: Arc<News>,
    keys: BTreeSet<ConversationKey>,
}

impl Changed {
    pub(crate) fn on(news: &Arc<News>) -> Self {
        Self {
            news: Arc::clone(news),
            keys: BTreeSet::new(),
        }
    }

    pub(crate) fn note(
        &mut self,
        organization_id: OrganizationId,
        conversation_id: ConversationId,
    ) {
        self.keys.insert(ConversationKey {
            organization_id,
            conversation_id,
        });
    }

    pub(crate) fn take(&mut self) -> Self {
        Self {
            news: Arc::clone(&self.news),
            keys: std::mem::take(&mut self.keys),
        }
    }

    /// Tells those who follow them when this is dropped, which is to be after the commit.
    pub(crate) const fn told_when_dropped(self) -> ToldWhenDropped {
        ToldWhenDropped(self)
    }
}

/// See [`Changed::told_when_dropped`].
pub(crate) struct ToldWhenDropped(Changed);

impl Drop for ToldWhenDropped {
    fn drop(&mut self) {
        self.0.news.tell(&self.0.keys);
    }
}

#[async_trait]
impl ConversationChanges for PostgresStore {
    fn board(&self) -> Arc<ChangeBoard> {
        Arc::clone(self.news().board())
    }

    async fn directory_versions(
        &self,
        organizations: &[OrganizationId],
    ) -> Result<Vec<(OrganizationId, u64)>, StoreError> {
        let organizations: Vec<_> = organizations.iter().map(|id| id.as_uuid()).collect();
        let mut session = self.upkeep().await?;
        let rows = query_file!(
            "queries/conversation_changes/directory_versions.sql",
            &organizations
        )
        .fetch_all(&mut *session)
        .await;
        session
            .done(rows)?
            .into_iter()
            .map(|row| {
                let cell = Cell::new("organizations", "directory_version", row.organization_id);
                let version = cell.number(row.directory_version)?;
                Ok((OrganizationId::from_uuid(row.organization_id), version))
            })
            .collect()
    }

    async fn pass_on(&self, stop: CancellationToken) {
        self.news().is_passed_on.store(true, Ordering::SeqCst);
        tokio::join!(
            self.tell_others(&stop),
            listening::listen(
                self.listening(),
                self.instance(),
                self.news().board(),
                &stop
            )
        );
    }
}

impl PostgresStore {
    /// Tells the other processes what is owed to them, until `stop`, and what is left then.
    async fn tell_others(&self, stop: &CancellationToken) {
        let news = self.news();
        let mut pause = GATHER;
        while !stop.is_cancelled() {
            tokio::select! {
                () = stop.cancelled() => break,
                () = news.has_more.notified() => {}
            }
            tokio::select! {
                () = stop.cancelled() => break,
                () = sleep(pause) => {}
            }
            pause = if self.tell_some().await {
                GATHER
            } else {
                PAUSE
            };
        }
        news.is_passed_on.store(false, Ordering::SeqCst);
        let rest = async { while !news.owed().is_empty() && self.tell_some().await {} };
        if timeout(LAST, rest).await.is_err() {
            tracing::warn!("other instances were not told of all changes; they look by themselves");
        }
    }

    /// Tells some of what is owed; answers whether that succeeded. What was not told stays owed.
    async fn tell_some(&self) -> bool {
        let news = self.news();
        let owed = news.take();
        let told = self.notify(&owed).await;
        if let Err(error) = &told {
            if let Some(more) = news.failures.note(&error.to_string()) {
                tracing::warn!(
                    error = error as &(dyn std::error::Error + 'static),
                    more,
                    "other instances were not told of changes; it is tried again"
                );
            }
            news.owed().extend(owed);
        } else {
            news.failures.end();
        }
        if !news.owed().is_empty() {
            news.has_more.notify_one();
        }
        told.is_ok()
    }

    async fn notify(&self, keys: &BTreeSet<ConversationKey>) -> Result<(), StoreError> {
        let keys: Vec<_> = keys.iter().copied().collect();
        let payloads: Vec<String> = keys
            .chunks(PAYLOAD)
            .map(|keys| payload(self.instance(), keys))
            .collect();
        if payloads.is_empty() {
            return Ok(());
        }
        let mut session = self.upkeep().await?;
        let told = query_file_scalar!("queries/conversation_changes/notify.sql", &payloads)
            .fetch_all(&mut *session)
            .await;
        session.done(told).map(drop)
    }
}

/// What one notification tells: who tells it, and which conversations were changed.
fn payload(instance: Uuid, keys: &[ConversationKey]) -> String {
    let mut payload = instance.simple().to_string();
    for key in keys {
        payload.push(' ');
        payload.push_str(&key.organization_id.as_uuid().simple().to_string());
        payload.push_str(&key.conversation_id.as_uuid().simple().to_string());
    }
    payload
}

/// Who told it, and which conversations were changed; `None` for what cannot be read.
pub(crate) fn read_payload(payload: &str) -> Option<(Uuid, Vec<ConversationKey>)> {
    const ID: usize = 32;
    let mut words = payload.split(' ');
    let instance = words.next()?.parse().ok()?;
    let keys = words.map(|word| {
        Some(ConversationKey {
            organization_id: OrganizationId::from_uuid(word.get(..ID)?.parse().ok()?),
            conversation_id: ConversationId::from_uuid(word.get(ID..)?.parse().ok()?),
        })
    });
    Some((instance, keys.collect::<Option<_>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: usize) -> ConversationKey {
        ConversationKey {
            organization_id: OrganizationId::from_uuid(Uuid::from_u128(7)),
            conversation_id: ConversationId::from_uuid(Uuid::from_u128(number as u128)),
        }
    }

    #[test]
    fn a_full_payload_is_read_as_it_was_written_and_fits_into_a_notification() {
        let keys: Vec<_> = (0..PAYLOAD).map(key).collect();
        let written = payload(Uuid::from_u128(1), &keys);
        assert!(written.len() < 8_000, "{}", written.len());
        assert_eq!(read_payload(&written), Some((Uuid::from_u128(1), keys)));
    }

    #[test]
    fn what_somebody_else_notifies_is_not_read() {
        for foreign in ["", "hello", "00000000000000000000000000000001 12"] {
            assert_eq!(read_payload(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn only_as_much_is_taken_as_one_statement_sends() {
        let news = News::default();
        news.owed().extend((0..=PAYLOAD * PAYLOADS).map(key));
        assert_eq!(news.take().len(), PAYLOAD * PAYLOADS);
        assert_eq!(news.take().len(), 1);
        assert!(news.take().is_empty());
    }

    #[test]
    fn nothing_is_owed_while_nobody_tells_it() {
        let news = Arc::new(News::default());
        let tell = |number| {
            let mut changed = Changed::on(&news);
            changed.note(key(number).organization_id, key(number).conversation_id);
            drop(changed.told_when_dropped());
        };
        tell(1);
        assert!(news.take().is_empty());
        news.is_passed_on.store(true, Ordering::SeqCst);
        tell(2);
        assert_eq!(news.take(), BTreeSet::from([key(2)]));
    }
}
