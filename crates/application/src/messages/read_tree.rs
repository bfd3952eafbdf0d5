//! Read the map of a conversation.

use std::sync::Arc;

use parlor_domain::{access::Action, ids::ConversationId};

use crate::{
    access_gate::{AccessError, AccessGate, ConversationView, Part},
    caller::{Caller, Visitor},
    paging::{Page, PageSize},
    ports::{MessageNode, MessageReader},
};

/// Lists all messages of a conversation, shortened, in the order in which they came.
pub struct ReadTree {
    gate: Arc<AccessGate>,
    messages: Arc<dyn MessageReader>,
}

/// A part of a map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreePart {
    /// What it is the map of.
    pub conversation: ConversationView,
    /// The messages, in the order in which they came.
    pub nodes: Vec<MessageNode>,
    /// After which position the next part begins; none where this is the last.
    pub next: Option<u32>,
}

impl ReadTree {
    /// The most messages of one part of a map.
    pub const MAP_MESSAGES: u32 = 1_000;

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
        let view = self.gate.read(caller, id, Action::Read, Part::Tree).await?;
        let (_, nodes) = self.nodes(caller, view, after, size.and_one()).await?;
        Ok(Page::cut(nodes, size, |last| last.position))
    }

    /// The same for a visitor.
    pub async fn execute_as(
        &self,
        visitor: Visitor,
        id: ConversationId,
        after: u32,
        size: PageSize,
    ) -> Result<Page<MessageNode, u32>, AccessError> {
        let gate = &self.gate;
        let (caller, view) = gate.read_as(visitor, id, Action::Read, Part::Tree).await?;
        let (_, nodes) = self.nodes(&caller, view, after, size.and_one()).await?;
        Ok(Page::cut(nodes, size, |last| last.position))
    }

    /// So much as one draws at once, with the conversation that it is of: at most [`ReadTree::MAP_MESSAGES`] that came after the
    /// message at position `after`, and the position after which the next part begins, if there is one.
    pub async fn map(
        &self,
        caller: &Caller,
        id: ConversationId,
        after: u32,
    ) -> Result<TreePart, AccessError> {
        let limit = Self::MAP_MESSAGES;
        let view = self.gate.read(caller, id, Action::Read, Part::Tree).await?;
        let (conversation, mut nodes) = self.nodes(caller, view, after, limit + 1).await?;
        let is_cut = nodes.len() > limit as usize;
        nodes.truncate(limit as usize);
        let last = nodes.last().filter(|_| is_cut);
        Ok(TreePart {
            conversation,
            next: last.map(|last| last.position),
            nodes,
        })
    }

    async fn nodes(
        &self,
        caller: &Caller,
        view: ConversationView,
        after: u32,
        limit: u32,
    ) -> Result<(ConversationView, Vec<MessageNode>), AccessError> {
        let id = view.summary.id;
        let key = caller.key_of(id);
        let nodes = self
            .messages
            .tree(key, after, limit, caller.newest_seen())
            .await?;
        Ok((view, nodes))
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
    async fn a_map_is_read_in_parts_that_follow_each_other() {
        let mut messages = vec![prompt(1, None)];
        for position in 2..=ReadTree::MAP_MESSAGES + 2 {
            messages.push(prompt(position, messages.last()));
        }
        let stage = Stage::with(shared(View)).saying(messages);
        let tree = ReadTree::new(stage.gate(), stage.messages());
        let first = tree.map(&carol(), CONVERSATION, 0).await.unwrap();
        assert_eq!(first.nodes.len(), 1_000);
        assert_eq!(first.next, Some(1_000));
        let rest = tree.map(&carol(), CONVERSATION, 1_000).await.unwrap();
        assert_eq!(rest.nodes.len(), 2);
        assert_eq!(rest.next, None);
        assert_eq!(rest.conversation.summary.id, CONVERSATION);
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
