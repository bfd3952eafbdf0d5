//! What one caller follows of an answer, for as long as its access lasts.

use std::{sync::Arc, time::Duration};

use parlor_domain::{
    access::{Access, AccessFacts, Action, decide},
    conversation::Version,
    ids::{MessageId, UserId},
    message::AnswerStatus,
};
use tokio::time::{Instant, timeout_at};

use super::{
    desk::AnswerDeskPorts,
    progress::{AnswerPiece, ProgressReceiver, Seen},
};
use crate::{
    access_checks::AccessChecks,
    access_gate::{AccessGate, FollowedReading},
    caller::Caller,
    ports::{ConversationKey, MessageView, StoreError},
};

/// What happens to an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerUpdate {
    /// More of it is written; this is what came.
    Delta(AnswerPiece),
    /// What was told of it is not so any more: its text turned out to be reasoning. This is the message as it is now.
    Rewritten(MessageView),
    /// It is whole, was cut by the provider, or was stopped.
    Completed(MessageView),
    /// It ended before its time; what was written stays.
    Failed(MessageView),
    /// The caller may not see the conversation any more, or it is gone. Nothing comes after.
    AccessRevoked,
}

/// The updates of one answer for one caller.
///
/// An update is handed over only if a check of the access that began after it was read says that the caller can still read. So nothing
/// is handed over that was stored after the access was lost; and an access that is lost while nothing comes is noticed within the
/// recheck time. What came while a check ran is one piece. Where the access rests on privilege alone by then, that is recorded before
/// anything is handed over.
pub struct AnswerUpdates {
    ports: AnswerDeskPorts,
    recheck: Duration,
    reading: FollowedReading,
    key: ConversationKey,
    id: MessageId,
    progress: ProgressReceiver,
    sent: Seen,
    /// When the last check began.
    checked: Instant,
    ended: bool,
}

impl AnswerUpdates {
    /// The follower's access to the conversation is one that was recorded just now, where it rests on privilege alone.
    pub(super) fn new(
        ports: AnswerDeskPorts,
        recheck: Duration,
        follower: &Follower<'_>,
        key: ConversationKey,
        id: MessageId,
        progress: ProgressReceiver,
    ) -> Self {
        let &Follower {
            gate,
            caller,
            access,
        } = follower;
        Self {
            ports,
            recheck,
            reading: FollowedReading::new(Arc::clone(gate), caller, access),
            key,
            id,
            progress,
            sent: Seen::default(),
            checked: Instant::now(),
            ended: false,
        }
    }

    /// The next update; `None` after the last one.
    pub async fn next(&mut self) -> Result<Option<AnswerUpdate>, StoreError> {
        self.advance(true).await
    }

    /// Waits for the last update.
    pub async fn last(mut self) -> Result<AnswerUpdate, StoreError> {
        let last = self.advance(false).await?;
        Ok(last.unwrap_or(AnswerUpdate::AccessRevoked))
    }

    /// The next update, or the last one, if the pieces before it are not wanted.
    async fn advance(&mut self, wants_pieces: bool) -> Result<Option<AnswerUpdate>, StoreError> {
        if self.ended {
            return Ok(None);
        }
        loop {
            let progress = self.progress.borrow_and_update().clone();
            if wants_pieces && self.sent.is_rewritten(&progress) {
                return self.tell_anew().await.map(Some);
            }
            let mut sent = self.sent;
            if wants_pieces && let Some(piece) = sent.next(&progress) {
                let update = AnswerUpdate::Delta(piece);
                let update = self.check(update).await?;
                self.sent = sent;
                return Ok(Some(update));
            }
            if progress.ended {
                return self.end().await.map(Some);
            }
            if self.checked.elapsed() >= self.recheck && self.access_now().await?.is_none() {
                return Ok(Some(self.revoked()));
            }
            match timeout_at(self.checked + self.recheck, self.progress.changed()).await {
                Ok(Ok(())) | Err(_) => {}
                // The writer is gone without an ending, which a panic alone can do: the store knows more.
                Ok(Err(_)) => return self.end().await.map(Some),
            }
        }
    }

    async fn tell_anew(&mut self) -> Result<AnswerUpdate, StoreError> {
        let Some(view) = self.ports.messages.find(self.key, self.id).await? else {
            return Ok(self.revoked());
        };
        let sent = Seen::all_of(&view);
        let update = self.check(AnswerUpdate::Rewritten(view)).await?;
        self.sent = sent;
        Ok(update)
    }

    /// The last update, as the store tells it: whoever ended the answer, here or on another instance, stored how.
    async fn end(&mut self) -> Result<AnswerUpdate, StoreError> {
        let Some(message) = self.ports.messages.find(self.key, self.id).await? else {
            return Ok(self.revoked());
        };
        let update = match message.message.status() {
            AnswerStatus::Complete | AnswerStatus::Incomplete(_) | AnswerStatus::Stopped => {
                AnswerUpdate::Completed(message)
            }
            AnswerStatus::Failed(_) | AnswerStatus::Writing => AnswerUpdate::Failed(message),
        };
        let update = self.check(update).await?;
        self.ended = true;
        Ok(update)
    }

    /// What was read, if the caller can still read, once that is recorded where it has to be.
    async fn check(&mut self, update: AnswerUpdate) -> Result<AnswerUpdate, StoreError> {
        let Some((access, version)) = self.access_now().await? else {
            return Ok(self.revoked());
        };
        let recorded = self
            .reading
            .record(self.key.conversation_id, version, &access);
        recorded.await?;
        Ok(update)
    }

    /// How the caller can read now, if they can.
    async fn access_now(&mut self) -> Result<Option<(Access, Version)>, StoreError> {
        let now = Instant::now();
        let user_id = self.reading.caller().user_id();
        let found = access_now(&self.ports.access, self.key, user_id).await?;
        // A check that failed says nothing: the next call checks again.
        self.checked = now;
        Ok(found.filter(|(access, _)| access.allows(Action::Read)))
    }

    fn revoked(&mut self) -> AnswerUpdate {
        self.ended = true;
        AnswerUpdate::AccessRevoked
    }
}

/// Who follows an answer, under which access to its conversation.
pub(super) struct Follower<'a> {
    pub gate: &'a Arc<AccessGate>,
    pub caller: &'a Caller,
    pub access: &'a Access,
}

/// What a user can do with a conversation now, and its version; `None` if the user is not active or the conversation is gone.
pub(super) async fn access_now(
    checks: &Arc<AccessChecks>,
    key: ConversationKey,
    user_id: UserId,
) -> Result<Option<(Access, Version)>, StoreError> {
    let Some(look) = checks.check(key, user_id).await? else {
        return Ok(None);
    };
    let conversation = look.found.map(|found| found.conversation);
    Ok(conversation.map(|conversation| {
        let facts = AccessFacts::from(&conversation);
        (decide(&look.principal, facts), conversation.version)
    }))
}
