//! What people can do with a conversation now, for streams that are about to send something of it.

use std::{
    collections::HashMap,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use parlor_domain::ids::UserId;
use tokio::sync::oneshot;

use crate::ports::{ConversationKey, EventReader, Identity, Look, StoreError};

type Answer = Result<Option<Look>, StoreError>;
type Question = (ConversationKey, UserId);

/// Looks up what users can do with conversations, each time by a statement that begins after the question.
///
/// A stream reads what it wants to send, asks, and sends it only if the user still has access. Then nothing is sent that was committed
/// after the access was lost. All streams of a user and a conversation that ask while a statement runs share the next one.
pub struct AccessChecks {
    reader: Arc<dyn EventReader>,
    /// The questions for which a statement runs, with those who wait for the next one.
    waiting: Mutex<HashMap<Question, Vec<oneshot::Sender<Answer>>>>,
}

impl AccessChecks {
    /// Checks that read from here.
    pub fn new(reader: Arc<dyn EventReader>) -> Arc<Self> {
        Arc::new(Self {
            reader,
            waiting: Mutex::default(),
        })
    }

    /// The user's rights and the conversation, of one moment after this call. `None` if the user is not active.
    pub async fn check(self: &Arc<Self>, key: ConversationKey, user_id: UserId) -> Answer {
        let question = (key, user_id);
        let (sender, receiver) = oneshot::channel();
        let is_first = {
            let mut waiting = self.waiting();
            let is_first = !waiting.contains_key(&question);
            waiting.entry(question).or_default().push(sender);
            is_first
        };
        if is_first {
            tokio::spawn(Arc::clone(self).answer_all(question));
        }
        receiver.await.unwrap_or(Err(StoreError::Unavailable(None)))
    }

    /// Answers until nobody asks.
    async fn answer_all(self: Arc<Self>, question: Question) {
        let mut running = Running {
            checks: &self,
            question,
            has_ended: false,
        };
        while let Some(asked) = self.take_asked(question) {
            self.answer(question, asked).await;
        }
        running.has_ended = true;
    }

    /// Who asks; nobody does any more where it is `None`, and then the next who asks is the first one again.
    fn take_asked(&self, question: Question) -> Option<Vec<oneshot::Sender<Answer>>> {
        let mut waiting = self.waiting();
        let mut asked = waiting.get_mut(&question).map(mem::take)?;
        // No statement for streams that are gone.
        asked.retain(|sender| !sender.is_closed());
        if asked.is_empty() {
            waiting.remove(&question);
            return None;
        }
        Some(asked)
    }

    async fn answer(&self, (key, user_id): Question, asked: Vec<oneshot::Sender<Answer>>) {
        let identity = Identity {
            organization_id: key.organization_id,
            user_id,
        };
        match self.reader.look(identity, key.conversation_id).await {
            Ok(look) => {
                for sender in asked {
                    // The stream may be gone.
                    let _ = sender.send(Ok(look.clone()));
                }
            }
            Err(error) => {
                // The others learn by the end of their channel that nothing is known.
                let mut unsent = Err(error);
                for sender in asked {
                    match sender.send(unsent) {
                        Ok(()) => break,
                        // The stream is gone.
                        Err(back) => unsent = back,
                    }
                }
            }
        }
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<Question, Vec<oneshot::Sender<Answer>>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where a store panics, those who wait learn it, and the next who asks is the first one again.
struct Running<'a> {
    checks: &'a AccessChecks,
    question: Question,
    has_ended: bool,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if !self.has_ended {
            self.checks.waiting().remove(&self.question);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::{FutureExt as _, future::join_all};

    use super::*;
    use crate::kit::*;

    #[tokio::test]
    async fn all_streams_of_a_user_that_ask_at_once_share_a_statement_that_begins_later() {
        let stage = Stage::with(private());
        let checks = AccessChecks::new(stage.events(&Happenings::none()));
        let (key, alice) = (alice().key_of(CONVERSATION), alice().user_id());
        for is_active in [true, false] {
            let answers = join_all([(); 5].map(|()| checks.check(key, alice))).await;
            for answer in answers {
                assert_eq!(answer.unwrap().is_some(), is_active);
            }
            stage.change(|stored| stored.members.clear());
        }
        assert_eq!(stage.trace(), "look look");
        assert!(checks.waiting().is_empty(), "nothing is left of it");
    }

    #[tokio::test]
    async fn for_streams_that_are_gone_nothing_is_looked_up() {
        let stage = Stage::with(private());
        let checks = AccessChecks::new(stage.events(&Happenings::none()));
        let (key, alice) = (alice().key_of(CONVERSATION), alice().user_id());
        assert!(checks.check(key, alice).now_or_never().is_none());
        while !checks.waiting().is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(stage.trace(), "");
    }

    #[tokio::test]
    async fn nobody_is_answered_while_the_store_is_away_and_everybody_afterwards() {
        let stage = Stage::with(private());
        let checks = AccessChecks::new(stage.events(&Happenings::none()));
        let (key, alice) = (alice().key_of(CONVERSATION), alice().user_id());
        for is_away in [true, false] {
            if is_away {
                stage.send_away("look");
            } else {
                stage.bring_back("look");
            }
            for answer in join_all([(); 2].map(|()| checks.check(key, alice))).await {
                assert_eq!(answer.is_err(), is_away);
            }
        }
    }
}
