//! Reading the map of a conversation.

use parlor_application::{
    access_gate::AccessError,
    caller::Caller,
    messages::ReadTree,
    paging::{Page, PageSize},
    ports::MessageNode,
    testing::*,
};
use parlor_domain::{grants::Level::View, ids::ConversationId, message::AnswerStatus};
use serde_json::json;

use crate::support::*;

async fn read(
    store: &TestStore,
    caller: &Caller,
    id: ConversationId,
    after: u32,
) -> Result<Page<MessageNode, u32>, AccessError> {
    ReadTree::new(store.gate(), store.port())
        .execute(caller, id, after, PageSize::new(1).unwrap())
        .await
}

#[tokio::test]
async fn who_may_read_it_gets_every_message_page_by_page() {
    for caller in [alice(), carol()] {
        let store = TestStore::with(shared(View)).saying(talk(AnswerStatus::Complete));
        let first = read(&store, &caller, CONVERSATION, 0).await.unwrap();
        assert_eq!(first.items[0].id, message_id(1));
        assert_eq!(first.next, Some(1));
        let second = read(&store, &caller, CONVERSATION, 1).await.unwrap();
        assert_eq!(second.items[0].id, message_id(2));
        assert_eq!(second.next, None);
        store.assert_untouched();
    }
}

#[tokio::test]
async fn a_map_is_read_in_parts_that_follow_each_other() {
    let mut messages = vec![prompt(1, None)];
    for position in 2..=ReadTree::MAP_MESSAGES + 2 {
        messages.push(prompt(position, messages.last()));
    }
    let store = TestStore::with(shared(View)).saying(messages);
    let tree = ReadTree::new(store.gate(), store.port());
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
        let store = TestStore::with(private()).saying(talk(AnswerStatus::Complete));
        read(&store, &caller, CONVERSATION, 0).await.unwrap();
        assert_eq!(store.take_positions(), [at_least]);
    }
}

#[tokio::test]
async fn who_reads_by_privilege_is_recorded_before_the_messages_are_read() {
    let store = TestStore::with(private()).saying(talk(AnswerStatus::Complete));
    read(&store, &vera(), CONVERSATION, 0).await.unwrap();
    let action = "AI_INFERENCE_STREAM_GET";
    let input = json!({"part": "tree"});
    let expected = done(&vera(), action, &AS_PRIVILEGED_READER, 4, input);
    assert_eq!(store.recorded(), [expected]);
    assert_eq!(store.trace(), "read record read_tree");
}

#[tokio::test]
async fn who_cannot_see_it_gets_what_who_asks_for_nothing_gets() {
    let store = || TestStore::with(private()).saying(talk(AnswerStatus::Complete));
    for caller in [bob(), mallory()] {
        assert_invisible_like_absent(store, &caller, async |store, id| {
            read(store, &caller, id, 0).await
        })
        .await;
    }
}

#[tokio::test]
async fn every_failure_is_passed_on() {
    for caller in [alice(), vera(), mallory()] {
        let store = || TestStore::with(private()).saying(talk(AnswerStatus::Complete));
        assert_every_failure_is_passed_on(store, async |store| {
            read(store, &caller, CONVERSATION, 0).await
        })
        .await;
    }
}
