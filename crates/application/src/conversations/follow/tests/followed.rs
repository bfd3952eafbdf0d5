//! Somebody who follows.

use std::{sync::Arc, time::Duration};

use parlor_domain::{conversation::Conversation, message::AnswerStatus, text::Content};
use tokio::time::timeout;

use crate::{
    caller::Caller,
    conversations::{
        ConversationEvent, ConversationEventKind, ConversationEvents, FollowConversation,
    },
    kit::*,
};

/// Somebody who follows the sample conversation.
pub struct Followed {
    pub stage: Stage,
    pub happenings: Happenings,
    pub use_case: FollowConversation,
    pub events: ConversationEvents,
}

pub fn use_case(stage: &Stage, happenings: &Happenings) -> FollowConversation {
    let board = Arc::clone(&happenings.board);
    FollowConversation::new(
        stage.gate(),
        stage.events(happenings),
        board,
        stage.silent_desk(),
    )
}

pub async fn follow(stage: &Stage, happenings: &Happenings, caller: &Caller) -> Followed {
    let use_case = use_case(stage, happenings);
    let events = use_case.execute(caller, CONVERSATION, None).await.unwrap();
    Followed {
        stage: stage.clone(),
        happenings: happenings.clone(),
        use_case,
        events,
    }
}

/// A conversation with a prompt and an answer, followed from then on.
pub async fn followed(
    conversation: Conversation,
    status: AnswerStatus,
    caller: &Caller,
) -> Followed {
    let stage = Stage::with(conversation).saying(talk(status));
    let happenings = Happenings::none();
    for position in [1, 2] {
        happenings.happen(Happened::Created(message_id(position)));
    }
    follow(&stage, &happenings, caller).await
}

impl Followed {
    pub async fn next(&mut self) -> Option<ConversationEventKind> {
        self.numbered().await.map(|event| event.kind)
    }

    pub async fn numbered(&mut self) -> Option<ConversationEvent> {
        let hour = Duration::from_hours(1);
        let next = timeout(hour, self.events.next()).await;
        next.expect("it never comes").unwrap()
    }

    pub async fn assert_nothing_comes(&mut self, within: Duration) {
        let outcome = timeout(within, self.events.next()).await;
        assert!(outcome.is_err(), "{outcome:?}");
    }

    pub fn change(&self, change: impl FnOnce(&mut Conversation)) {
        self.stage.change(|stored| {
            change(stored.conversations.get_mut(&CONVERSATION).unwrap());
        });
    }

    /// How often this port was called so far.
    pub fn calls_of(&self, name: &str) -> usize {
        let calls = self.stage.calls();
        calls.into_iter().filter(|call| *call == name).count()
    }

    pub fn grow(&self, text: &str) {
        self.stage.change(|stored| {
            message_mut(stored, message_id(2)).content = Content::from_trusted(text.to_owned());
        });
    }

    pub fn end(&self, text: &str, status: AnswerStatus) {
        self.grow(text);
        self.stage
            .change(|stored| set_status(message_mut(stored, message_id(2)), status));
        self.happenings.tell(Happened::Ended(message_id(2)));
    }
}
