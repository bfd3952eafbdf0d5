//! Read the messages on one path.

use std::sync::Arc;

use parlor_domain::{
    access::Action,
    ids::{ConversationId, MessageId},
};

use crate::{
    access_gate::{AccessError, AccessGate, Part},
    caller::{Caller, Visitor},
    paging::{Page, PageSize},
    ports::{MessageReader, MessageView, PathPart},
};

/// Lists the messages from the first one to a leaf, oldest first. A page ends early where its messages are long
/// ([`PathPart::PAGE_BYTES`]).
pub struct ListMessages {
    gate: Arc<AccessGate>,
    messages: Arc<dyn MessageReader>,
}

/// Where the next page of a path begins. It names the leaf, so that a message that comes meanwhile does not bend the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PathCursor {
    /// The leaf of the first page.
    pub leaf: MessageId,
    /// The depth of the next page's first message.
    pub depth: u32,
}

/// Which page of which path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathRequest {
    /// The first page of the path to this leaf, or to the newest one.
    From(Option<MessageId>),
    /// A further page.
    After(PathCursor),
}

impl ListMessages {
    /// The use case behind this gate.
    pub const fn new(gate: Arc<AccessGate>, messages: Arc<dyn MessageReader>) -> Self {
        Self { gate, messages }
    }

    /// One page.
    pub async fn execute(
        &self,
        caller: &Caller,
        id: ConversationId,
        request: PathRequest,
        size: PageSize,
    ) -> Result<Page<MessageView, PathCursor>, AccessError> {
        self.gate
            .read(caller, id, Action::Read, Part::Messages)
            .await?;
        self.page(caller, id, request, size).await
    }

    /// One page, for a visitor.
    pub async fn execute_as(
        &self,
        visitor: Visitor,
        id: ConversationId,
        request: PathRequest,
        size: PageSize,
    ) -> Result<Page<MessageView, PathCursor>, AccessError> {
        let (caller, _) = self
            .gate
            .read_as(visitor, id, Action::Read, Part::Messages)
            .await?;
        self.page(&caller, id, request, size).await
    }

    async fn page(
        &self,
        caller: &Caller,
        id: ConversationId,
        request: PathRequest,
        size: PageSize,
    ) -> Result<Page<MessageView, PathCursor>, AccessError> {
        let key = caller.key_of(id);
        let (leaf, from_depth) = match request {
            PathRequest::From(leaf) => (leaf, 0),
            PathRequest::After(cursor) => (Some(cursor.leaf), cursor.depth),
        };
        let path = self
            .messages
            .path(
                key,
                leaf,
                PathPart::page(from_depth, size.get()),
                caller.newest_seen(),
            )
            .await?;
        let path = path.ok_or(AccessError::NotFound)?;
        let next = path.next_depth().zip(path.leaf);
        Ok(Page {
            next: next.map(|(depth, leaf)| PathCursor { leaf, depth }),
            items: path.messages,
        })
    }
}

#[cfg(test)]
mod tests {
    use parlor_domain::{
        grants::Level::View,
        message::{AnswerStatus, Message},
    };
    use serde_json::json;

    use super::*;
    use crate::kit::*;

    /// A prompt, its answer, a prompt after that, and another answer beside the first.
    fn branched() -> Vec<Message> {
        let first = prompt(1, None);
        let said = answer(2, &first, AnswerStatus::Complete);
        let second = prompt(3, Some(&said));
        let beside = answer(4, &first, AnswerStatus::Complete);
        vec![first, said, second, beside]
    }

    async fn list(
        stage: &Stage,
        caller: &Caller,
        id: ConversationId,
        request: PathRequest,
        size: u32,
    ) -> Result<Page<MessageView, PathCursor>, AccessError> {
        ListMessages::new(stage.gate(), stage.messages())
            .execute(caller, id, request, PageSize::new(size).unwrap())
            .await
    }

    async fn newest(stage: &Stage, caller: &Caller) -> Result<Vec<MessageId>, AccessError> {
        let request = PathRequest::From(None);
        let page = list(stage, caller, CONVERSATION, request, 50).await?;
        Ok(ids(&page))
    }

    fn ids(page: &Page<MessageView, PathCursor>) -> Vec<MessageId> {
        page.items.iter().map(|view| view.message.id).collect()
    }

    #[tokio::test]
    async fn without_a_leaf_the_path_leads_to_the_newest() {
        for caller in [alice(), carol()] {
            let stage = Stage::with(shared(View)).saying(branched());
            let path = newest(&stage, &caller).await.unwrap();
            assert_eq!(path, [message_id(1), message_id(4)]);
            assert_eq!(stage.trace(), "read read_path");
            stage.assert_untouched();
        }
    }

    #[tokio::test]
    async fn a_conversation_without_messages_is_an_empty_path() {
        let stage = Stage::with(private());
        assert_eq!(newest(&stage, &alice()).await.unwrap(), []);
    }

    #[tokio::test]
    async fn a_further_page_goes_on_to_the_same_leaf_whatever_came_meanwhile() {
        let stage = Stage::with(private()).saying(branched());
        let to_the_prompt = PathRequest::From(Some(message_id(3)));
        let page = list(&stage, &alice(), CONVERSATION, to_the_prompt, 2)
            .await
            .unwrap();
        assert_eq!(ids(&page), [message_id(1), message_id(2)]);
        let cursor = PathCursor {
            leaf: message_id(3),
            depth: 2,
        };
        assert_eq!(page.next, Some(cursor));
        stage.change(|stored| {
            let last = stored.messages[2].clone();
            stored
                .messages
                .push(answer(5, &last, AnswerStatus::Writing));
        });
        let page = list(
            &stage,
            &alice(),
            CONVERSATION,
            PathRequest::After(cursor),
            2,
        )
        .await;
        let page = page.unwrap();
        assert_eq!(ids(&page), [message_id(3)]);
        assert_eq!(page.next, None);
    }

    #[tokio::test]
    async fn what_is_shown_is_as_new_as_the_client_s_last_write_or_as_the_request() {
        for (caller, at_least) in [(alice(), READ_AT), (having_seen(alice()), SEEN)] {
            let stage = Stage::with(private()).saying(branched());
            newest(&stage, &caller).await.unwrap();
            assert_eq!(stage.positions(), [at_least]);
        }
    }

    #[tokio::test]
    async fn a_leaf_of_another_conversation_is_not_found() {
        let stage = Stage::with(private()).saying(branched());
        stage.change(|stored| stored.messages[3].conversation_id = ABSENT);
        for leaf in [message_id(4), message_id(9)] {
            let request = PathRequest::From(Some(leaf));
            let outcome = list(&stage, &alice(), CONVERSATION, request, 50).await;
            assert_eq!(why(outcome), Why::NotFound);
        }
        stage.assert_untouched();
    }

    #[tokio::test]
    async fn who_reads_by_privilege_is_recorded_before_the_messages_are_read() {
        for (caller, under) in [(vera(), AS_PRIVILEGED_READER), (max(), AS_MANAGER)] {
            let stage = Stage::with(private()).saying(branched());
            newest(&stage, &caller).await.unwrap();
            let action = "AI_INFERENCE_STREAM_GET";
            let input = json!({"part": "messages"});
            assert_eq!(stage.recorded(), [done(&caller, action, &under, 4, input)]);
            assert_eq!(stage.trace(), "read record read_path");
        }
    }

    #[tokio::test]
    async fn who_cannot_see_it_gets_what_who_asks_for_nothing_gets() {
        let stage = || Stage::with(private()).saying(branched());
        for caller in [bob(), mallory()] {
            for request in [
                PathRequest::From(None),
                PathRequest::From(Some(message_id(9))),
            ] {
                assert_invisible_like_absent(stage, &caller, async |stage, id| {
                    list(stage, &caller, id, request, 50).await
                })
                .await;
            }
        }
    }

    #[tokio::test]
    async fn every_failure_is_passed_on() {
        for caller in [alice(), vera(), mallory()] {
            let stage = || Stage::with(private()).saying(branched());
            assert_every_failure_is_passed_on(stage, async |stage| newest(stage, &caller).await)
                .await;
        }
    }
}
