//! What one caller follows of an answer, for as long as its access lasts.

use std::time::Duration;

use parlor_domain::{
    access::{Access, Action},
    ids::{ConversationId, MessageId},
    message::AnswerStatus,
};
use tokio::time::{Instant, timeout_at};

use super::{
    desk::AnswerDeskPorts,
    progress::{AnswerPiece, ProgressReceiver, Seen},
};
use crate::{
    caller::Caller,
    ports::{ConversationKey, Identity, MessageView, StoreError},
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
/// Before anything is handed over, the caller's access is looked at anew if the last look is older than the recheck time;
/// so a revocation ends this within that time, and nothing is handed over after it was noticed.
pub struct AnswerUpdates {
    ports: AnswerDeskPorts,
    recheck: Duration,
    caller: Identity,
    key: ConversationKey,
    id: MessageId,
    progress: ProgressReceiver,
    sent: Seen,
    looked: Instant,
    ended: bool,
}

impl AnswerUpdates {
    pub(super) fn new(
        ports: AnswerDeskPorts,
        recheck: Duration,
        caller: &Caller,
        key: ConversationKey,
        id: MessageId,
        progress: ProgressReceiver,
    ) -> Self {
        let caller = caller.identity();
        let looked = Instant::now();
        Self {
            ports,
            recheck,
            caller,
            key,
            id,
            progress,
            sent: Seen::default(),
            looked,
            ended: false,
        }
    }

    /// The next update; `None` after the last one.
    pub async fn next(&mut self) -> Result<Option<AnswerUpdate>, StoreError> {
        if self.ended {
            return Ok(None);
        }
        loop {
            if self.looked.elapsed() >= self.recheck && !self.may_read().await? {
                return Ok(Some(self.revoked()));
            }
            let progress = self.progress.borrow_and_update().clone();
            if self.sent.is_rewritten(&progress) {
                return self.tell_anew().await.map(Some);
            }
            if let Some(piece) = self.sent.next(&progress) {
                return Ok(Some(AnswerUpdate::Delta(piece)));
            }
            if progress.ended {
                return self.end().await.map(Some);
            }
            match timeout_at(self.looked + self.recheck, self.progress.changed()).await {
                Ok(Ok(())) | Err(_) => {}
                // The writer is gone without an ending, which a panic alone can do: the store knows more.
                Ok(Err(_)) => return self.end().await.map(Some),
            }
        }
    }

    /// Waits for the last update.
    pub async fn last(mut self) -> Result<AnswerUpdate, StoreError> {
        loop {
            match self.next().await? {
                Some(AnswerUpdate::Delta(_) | AnswerUpdate::Rewritten(_)) => {}
                Some(last) => return Ok(last),
                None => return Ok(AnswerUpdate::AccessRevoked),
            }
        }
    }

    async fn tell_anew(&mut self) -> Result<AnswerUpdate, StoreError> {
        let Some(view) = self.ports.messages.find(self.key, self.id).await? else {
            return Ok(self.revoked());
        };
        self.sent = Seen::all_of(&view);
        Ok(AnswerUpdate::Rewritten(view))
    }

    /// The last update, as the store tells it: whoever ended the answer, here or on another instance, stored how.
    async fn end(&mut self) -> Result<AnswerUpdate, StoreError> {
        if !self.may_read().await? {
            return Ok(self.revoked());
        }
        let found = self.ports.messages.find(self.key, self.id).await?;
        self.ended = true;
        let Some(message) = found else {
            return Ok(AnswerUpdate::AccessRevoked);
        };
        Ok(match message.message.status() {
            AnswerStatus::Complete | AnswerStatus::Incomplete(_) | AnswerStatus::Stopped => {
                AnswerUpdate::Completed(message)
            }
            AnswerStatus::Failed(_) | AnswerStatus::Writing => AnswerUpdate::Failed(message),
        })
    }

    async fn may_read(&mut self) -> Result<bool, StoreError> {
        let now = Instant::now();
        let access = access_now(&self.ports, self.caller, self.key.conversation_id).await?;
        // A look that failed told nothing: whoever asks again is looked at again.
        self.looked = now;
        Ok(access.is_some_and(|access| access.allows(Action::Read)))
    }

    fn revoked(&mut self) -> AnswerUpdate {
        self.ended = true;
        AnswerUpdate::AccessRevoked
    }
}

/// What a user may do with a conversation now; `None` if the user is stopped or the conversation gone.
pub(super) async fn access_now(
    ports: &AnswerDeskPorts,
    identity: Identity,
    id: ConversationId,
) -> Result<Option<Access>, StoreError> {
    let Some(member) = ports.directory.find_member(identity).await? else {
        return Ok(None);
    };
    let summary = ports.conversations.find(&member.principal, id).await?;
    Ok(summary.map(|summary| summary.access_of(&member.principal)))
}
