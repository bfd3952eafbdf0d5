//! How the answers grow of a conversation that is followed.

use parlor_domain::ids::MessageId;

use super::{ConversationEventKind, ConversationEvents};
use crate::{
    answering::{GrowthNews, Seen},
    ports::{MessageView, StoreError},
};

/// How an answer has grown.
pub(super) enum Grown {
    News(GrowthNews),
    Anew(MessageView),
}

impl ConversationEvents {
    /// Reads how the answers have grown that are followed.
    pub(super) async fn read_growth(&mut self) -> Result<Vec<(MessageId, Grown)>, StoreError> {
        let mut grown = Vec::new();
        for (id, growth) in &mut self.growing {
            let news = growth.read();
            let anew = if growth.is_rewritten() {
                self.desk.stored(self.key, *id).await?
            } else {
                None
            };
            grown.push((*id, anew.map_or(Grown::News(news), Grown::Anew)));
        }
        Ok(grown)
    }

    pub(super) fn tell_growth(&mut self, id: MessageId, grown: Grown) {
        let mut growing = self.growing.iter_mut();
        // One that has ended was told whole.
        let Some((_, growth)) = growing.find(|(followed, _)| *followed == id) else {
            return;
        };
        match grown {
            Grown::News(news) => {
                for piece in growth.take(news) {
                    let message_id = id;
                    self.push(ConversationEventKind::MessageDelta { message_id, piece });
                }
            }
            // An answer whose text turned out to be reasoning.
            Grown::Anew(answer) => {
                self.follow_growth(&answer);
                self.push(ConversationEventKind::MessageCreated(answer));
            }
        }
    }

    /// From what is told of a message, its deltas go on.
    pub(super) fn follow_growth(&mut self, view: &MessageView) {
        let message = &view.message;
        self.growing.retain(|(id, _)| *id != message.id);
        if message.status().is_writing() {
            let growth = self.desk.grow(self.key, message.id, Seen::all_of(view));
            self.growing.push((message.id, growth));
        }
    }

    /// What was told of an answer, and its deltas, are its whole text before its end is told.
    pub(super) fn tell_rest(&mut self, view: &MessageView) {
        let id = view.message.id;
        let place = self
            .growing
            .iter()
            .position(|(followed, _)| *followed == id);
        let Some(place) = place else { return };
        let (message_id, growth) = self.growing.swap_remove(place);
        if growth.is_rewritten_in(view) {
            return self.push(ConversationEventKind::MessageCreated(view.clone()));
        }
        for piece in growth.rest_of(view) {
            self.push(ConversationEventKind::MessageDelta { message_id, piece });
        }
    }
}
