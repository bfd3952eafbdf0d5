//! Read the map of a conversation.

use std::sync::Arc;

use parlor_domain::{access::Action, ids::ConversationId};

use crate::{
    access_gate::{AccessError, AccessGate, Part},
    caller::{Caller, Visitor},
    paging::{Page, PageSize},
    ports::{MessageNode, MessageReader},
};

/// Lists all messages of a conversation, shortened, in the order in which they came.
pub struct ReadTree {
    gate: Arc<AccessGate>,
    messages: Arc<dyn MessageReader>,
}

impl ReadTree {
    /// The use case behind this gate.
    pub const fn new(gate: Arc<AccessGate>, messages: Arc<dyn MessageReader>) -> Self {
        Self { gate, messages }
    }

    /// One page: what came after the message at position `after` (0: from the beginning).
    pub async fn execute(
        &self,
        caller: &Caller,
        id: ConversationId,
        after: u32,
        size: PageSize,
    ) -> Result<Page<MessageNode, u32>, AccessError> {
        self.gate.read(caller, id, Action::Read, Part::Tree).await?;
        self.page(caller, id, after, size).await
    }

    /// The same for a visitor.
    pub async fn execute_as(
        &self,
        visitor: Visitor,
        id: ConversationId,
        after: u32,
        size: PageSize,
    ) -> Result<Page<MessageNode, u32>, AccessError> {
        let (caller, _) = self
            .gate
            .read_as(visitor, id, Action::Read, Part::Tree)
            .await?;
        self.page(&caller, id, after, size).await
    }

    async fn page(
        &self,
        caller: &Caller,
        id: ConversationId,
        after: u32,
        size: PageSize,
    ) -> Result<Page<MessageNode, u32>, AccessError> {
        let key = caller.key_of(id);
        let nodes = self
            .messages
            .tree(key, after, size.and_one(), caller.newest_seen())
            .await?;
        Ok(Page::cut(nodes, size, |last| last.position))
    }
}

#[cfg(test)]
mod tests {
    use parlor_domain::{grants::Level::View, message::AnswerStatus};
    use serde_json::json;

    use super::*;
    use crate::kit::*;

    async fn read(
        stage: &Stage,
        caller: &Caller,
        id: ConversationId,
        after: u32,
    ) -> Result<Page<MessageNode, u32>, AccessError> {
        ReadTree::new(stage.gate(), stage.messages())
            .execute(caller, id, after, PageSize::new(1).unwrap())
            .await
    }

    #[tokio::test]
    async fn who_may_read_it_gets_every_message_page_by_page() {
        for caller in [alice(), carol()] {
            let stage = Stage::with(shared(View)).saying(talk(AnswerStatus::Complete));
            let first = read(&stage, &caller, CONVERSATION, 0).await.unwrap();
            assert_eq!(first.items[0].id, message_id(1));
            assert_eq!(first.next, Some(1));
            let second = read(&stage, &caller, CONVERSATION, 1).await.unwrap();
            assert_eq!(second.items[0].id, message_id(2));
            assert_eq!(second.next, None);
            stage.assert_untouched();
        }
    }

    #[tokio::test]
    async fn what_is_shown_is_as_new_as_the_client_s_last_write_or_as_the_request() {
        for (caller, at_least) in [(alice(), READ_AT), (having_seen(alice()), SEEN)] {
            let stage = Stage::with(private()).saying(talk(AnswerStatus::Complete));
            read(&stage, &caller, CONVERSATION, 0).await.unwrap();
            assert_eq!(stage.positions(), [at_least]);
        }
    }

    #[tokio::test]
    async fn who_reads_by_privilege_is_recorded_before_the_messages_are_read() {
        let stage = Stage::with(private()).saying(talk(AnswerStatus::Complete));
        read(&stage, &vera(), CONVERSATION, 0).await.unwrap();
        let action = "AI_INFERENCE_STREAM_GET";
        let input = json!({"part": "tree"});
        let expected = done(&vera(), action, &AS_PRIVILEGED_READER, 4, input);
        assert_eq!(stage.recorded(), [expected]);
        assert_eq!(stage.trace(), "read record read_tree");
    }

    #[tokio::test]
    async fn who_cannot_see_it_gets_what_who_asks_for_nothing_gets() {
        let stage = || Stage::with(private()).saying(talk(AnswerStatus::Complete));
        for caller in [bob(), mallory()] {
            assert_invisible_like_absent(stage, &caller, async |stage, id| {
                read(stage, &caller, id, 0).await
            })
            .await;
        }
    }

    #[tokio::test]
    async fn every_failure_is_passed_on() {
        for caller in [alice(), vera(), mallory()] {
            let stage = || Stage::with(private()).saying(talk(AnswerStatus::Complete));
            assert_every_failure_is_passed_on(stage, async |stage| {
                read(stage, &caller, CONVERSATION, 0).await
            })
            .await;
        }
    }
}
