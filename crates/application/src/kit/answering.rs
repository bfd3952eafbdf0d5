//! A desk on the stage.

use std::sync::Arc;

use parlor_domain::{
    access::{AccessFacts, decide},
    message::Message,
};

use super::{following::Happenings, stage::Stage};
use crate::{
    access_checks::AccessChecks,
    answering::{AnswerDesk, AnswerDeskPorts, AnswerTimes},
    caller::Caller,
    messages::{Prompted, WriteError},
    ports::ChatModel,
    testing::{clock, private, silent_model},
};

impl Stage {
    /// A desk with this model, and the times of the product.
    pub fn desk(&self, model: Arc<dyn ChatModel>) -> Arc<AnswerDesk> {
        let ports = AnswerDeskPorts {
            model,
            journal: self.journal(),
            messages: self.messages(),
            access: AccessChecks::new(self.events(&Happenings::none())),
            clock: clock(),
        };
        Arc::new(AnswerDesk::new(ports, AnswerTimes::default()))
    }

    /// Takes an answer to a desk, under the access that its author has, or had before the sample conversation was deleted.
    pub async fn begin_at(
        &self,
        desk: &Arc<AnswerDesk>,
        author: &Caller,
        answer: &Message,
    ) -> Result<Prompted, WriteError> {
        let stored = self.stored().conversations.remove(&answer.conversation_id);
        let conversation = stored.unwrap_or_else(private);
        let access = decide(author.principal(), AccessFacts::from(&conversation));
        desk.begin(&self.gate(), author, &access, answer).await
    }

    /// A desk whose model never answers.
    pub fn silent_desk(&self) -> Arc<AnswerDesk> {
        self.desk(silent_model())
    }
}
