//! How answers grow that somebody follows, whichever instance writes them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use parlor_domain::ids::MessageId;
use tokio::{sync::watch, time::sleep};

use super::{
    desk::AnswerDesk,
    progress::{AnswerPiece, Progress, ProgressReceiver, Seen},
};
use crate::ports::{ConversationKey, MessageView, StoreError};

/// Between two looks at an answer while the store is away.
const PAUSE: Duration = Duration::from_secs(1);

/// The answers of other instances that are followed here: one task reads each of them for all followers.
#[derive(Default)]
pub(super) struct Growing {
    followed: Mutex<HashMap<(ConversationKey, MessageId), watch::Sender<Progress>>>,
}

impl Growing {
    fn followed(
        &self,
    ) -> MutexGuard<'_, HashMap<(ConversationKey, MessageId), watch::Sender<Progress>>> {
        self.followed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How far one answer has come, for one follower.
pub(crate) struct Growth {
    progress: ProgressReceiver,
    has: Seen,
    /// Whether news was read that the follower was not given.
    is_behind: bool,
}

/// What came of an answer since a follower was given something last.
pub(crate) struct GrowthNews {
    /// What the follower had when it was read.
    since: Seen,
    has: Seen,
    pub pieces: Vec<AnswerPiece>,
}

impl Growth {
    /// Reads what came since the follower was given something last. It is read again until [`Growth::take`].
    pub fn read(&mut self) -> GrowthNews {
        self.is_behind = true;
        let progress = self.progress.borrow_and_update();
        let mut has = self.has;
        GrowthNews {
            since: self.has,
            pieces: std::iter::from_fn(|| has.next(&progress)).collect(),
            has,
        }
    }

    /// What was read, for the follower to be given; nothing if they were given something else meanwhile.
    pub fn take(&mut self, news: GrowthNews) -> Vec<AnswerPiece> {
        if self.has != news.since {
            return Vec::new();
        }
        self.is_behind = false;
        self.has = news.has;
        news.pieces
    }

    /// Whether what the follower has is not so any more, and the message has to be told anew.
    pub fn is_rewritten(&self) -> bool {
        self.has.is_rewritten(&self.progress.borrow())
    }

    /// The same of the whole answer.
    pub fn is_rewritten_in(&self, whole: &MessageView) -> bool {
        self.has.is_rewritten(&Progress::of(whole))
    }

    /// What the follower lacks of the whole answer.
    pub fn rest_of(mut self, whole: &MessageView) -> Vec<AnswerPiece> {
        let whole = Progress::of(whole);
        std::iter::from_fn(|| self.has.next(&whole)).collect()
    }

    /// Whether something may have come.
    pub fn has_changed(&self) -> bool {
        self.is_behind || self.progress.has_changed().unwrap_or(false)
    }

    /// Whether nothing comes any more: how it ended stands in the store.
    pub fn has_ended(&self) -> bool {
        self.progress.borrow().ended || self.progress.has_changed().is_err()
    }

    /// Waits until something may have come; for ever once it has ended.
    pub async fn changed(&mut self) {
        if self.progress.borrow().ended || self.progress.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
        self.progress.mark_changed();
    }
}

impl AnswerDesk {
    /// Follows an answer that is being written, of which the follower has so much. Whoever follows has authorized.
    pub(crate) fn grow(self: &Arc<Self>, key: ConversationKey, id: MessageId, has: Seen) -> Growth {
        let mut progress = match self.progress(key, id) {
            Some(progress) => progress,
            None => self.growing_elsewhere(key, id),
        };
        progress.mark_changed();
        Growth {
            progress,
            has,
            is_behind: false,
        }
    }

    /// A message as it is stored now.
    pub(crate) async fn stored(
        &self,
        key: ConversationKey,
        id: MessageId,
    ) -> Result<Option<MessageView>, StoreError> {
        self.ports.messages.find(key, id).await
    }

    fn growing_elsewhere(
        self: &Arc<Self>,
        key: ConversationKey,
        id: MessageId,
    ) -> ProgressReceiver {
        let mut followed = self.growing.followed();
        if let Some(sender) = followed.get(&(key, id)) {
            return sender.subscribe();
        }
        let (sender, receiver) = watch::channel(Progress::default());
        followed.insert((key, id), sender);
        drop(followed);
        tokio::spawn(Arc::clone(self).read_along(key, id));
        receiver
    }

    /// Reads an answer as often as its writer stores it, until it has ended or nobody follows it.
    async fn read_along(self: Arc<Self>, key: ConversationKey, id: MessageId) {
        let mut pause = self.times.flush;
        loop {
            sleep(pause).await;
            if self.is_left(key, id) {
                return;
            }
            pause = self.times.flush;
            match self.progress_now(key, id).await {
                Ok(progress) => {
                    let has_ended = progress.ended;
                    self.show(key, id, progress);
                    if has_ended {
                        return;
                    }
                }
                Err(error) => {
                    pause = PAUSE;
                    if let Some(more) = self.store_failures.note(&error.to_string()) {
                        tracing::warn!(
                            answer_id = %id,
                            error = &error as &(dyn std::error::Error + 'static),
                            more,
                            "an answer that is followed was not read; it is read again"
                        );
                    }
                }
            }
        }
    }

    async fn progress_now(
        &self,
        key: ConversationKey,
        id: MessageId,
    ) -> Result<Progress, StoreError> {
        // It was followed before this process had begun to write it.
        if let Some(progress) = self.progress(key, id) {
            return Ok(progress.borrow().clone());
        }
        let found = self.ports.messages.find(key, id).await?;
        let gone = Progress {
            ended: true,
            ..Progress::default()
        };
        Ok(found.as_ref().map_or(gone, Progress::of))
    }

    /// Whether nobody follows it any more; then it is forgotten.
    fn is_left(&self, key: ConversationKey, id: MessageId) -> bool {
        let mut followed = self.growing.followed();
        let is_left = followed
            .get(&(key, id))
            .is_none_or(|sender| sender.receiver_count() == 0);
        if is_left {
            followed.remove(&(key, id));
        }
        is_left
    }

    fn show(&self, key: ConversationKey, id: MessageId, progress: Progress) {
        let mut followed = self.growing.followed();
        let has_ended = progress.ended;
        if let Some(sender) = followed.get(&(key, id)) {
            sender.send_if_modified(|shown| {
                let is_new = *shown != progress;
                if is_new {
                    *shown = progress;
                }
                is_new
            });
        }
        if has_ended {
            followed.remove(&(key, id));
        }
    }
}
