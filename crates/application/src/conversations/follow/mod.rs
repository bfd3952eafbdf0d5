//! Follow what happens in a conversation.

mod event;
mod events;
mod number;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use parlor_domain::{access::Action, ids::ConversationId};

pub use event::{ConversationEvent, ConversationEventKind};
pub use events::ConversationEvents;
pub use number::{EventNumber, NotAnEventNumber};

use crate::{
    access_gate::{AccessError, AccessGate, Part},
    answering::AnswerDesk,
    caller::Caller,
    changes::ChangeBoard,
    ports::{EventReader, Look},
};

/// Follows a conversation that the caller may see, for as long as it may. A following that rests on privilege alone is audited
/// before anything is told.
pub struct FollowConversation {
    gate: Arc<AccessGate>,
    reader: Arc<dyn EventReader>,
    board: Arc<ChangeBoard>,
    desk: Arc<AnswerDesk>,
}

impl FollowConversation {
    /// The use case behind this gate. The desk tells how answers grow.
    pub const fn new(
        gate: Arc<AccessGate>,
        reader: Arc<dyn EventReader>,
        board: Arc<ChangeBoard>,
        desk: Arc<AnswerDesk>,
    ) -> Self {
        Self {
            gate,
            reader,
            board,
            desk,
        }
    }

    /// Everything that is stored after the event `after`, or from now on; and how the answers grow that are being written then.
    pub async fn execute(
        &self,
        caller: &Caller,
        id: ConversationId,
        after: Option<EventNumber>,
    ) -> Result<ConversationEvents, AccessError> {
        // Before anything is read, so that nothing is missed in between.
        let hints = self.board.follow(caller.key_of(id));
        let view = self
            .gate
            .read(caller, id, Action::Read, Part::Events)
            .await?;
        let last = self.last_event(caller, id).await?;
        Ok(ConversationEvents::new(
            Arc::clone(&self.gate),
            Arc::clone(&self.reader),
            Arc::clone(&self.desk),
            caller,
            hints,
            view,
            after.map_or(EventNumber::new(last, 0), |after| after.up_to(last)),
        ))
    }

    /// The number of the conversation's last event. Whoever takes it before it reads a conversation, and follows from there, misses
    /// nothing. Tells nothing else, and so is not audited.
    pub async fn last_number(
        &self,
        caller: &Caller,
        id: ConversationId,
    ) -> Result<EventNumber, AccessError> {
        self.gate.authorize(caller, id, Action::Read).await?;
        let last = self.last_event(caller, id).await?;
        Ok(EventNumber::new(last, 0))
    }

    async fn last_event(&self, caller: &Caller, id: ConversationId) -> Result<u64, AccessError> {
        let look = self.reader.look(caller.identity(), id).await?;
        let Look { last_event, .. } = look.ok_or(AccessError::Unauthenticated)?;
        Ok(last_event)
    }
}
