//! Reading a path of messages.

use parlor_application::{
    access_gate::AccessError,
    caller::Caller,
    messages::{ListMessages, PathCursor, PathRequest},
    paging::{Page, PageSize},
    ports::MessageView,
    testing::*,
};
use parlor_domain::{
    grants::Level::View,
    ids::{ConversationId, MessageId},
    message::{AnswerStatus, Message},
};
use serde_json::json;

use crate::support::*;

/// A prompt, its answer, a prompt after that, and another answer beside the first.
fn branched() -> Vec<Message> {
    let first = prompt(1, None);
    let said = answer(2, &first, AnswerStatus::Complete);
    let second = prompt(3, Some(&said));
    let beside = answer(4, &first, AnswerStatus::Complete);
    vec![first, said, second, beside]
}

async fn list(
    store: &TestStore,
    caller: &Caller,
    id: ConversationId,
    request: PathRequest,
    size: u32,
) -> Result<Page<MessageView, PathCursor>, AccessError> {
    ListMessages::new(store.gate(), store.port())
        .execute(caller, id, request, PageSize::new(size).unwrap())
        .await
}

async fn newest(store: &TestStore, caller: &Caller) -> Result<Vec<MessageId>, AccessError> {
    let request = PathRequest::From(None);
    let page = list(store, caller, CONVERSATION, request, 50).await?;
    Ok(ids(&page))
}

fn ids(page: &Page<MessageView, PathCursor>) -> Vec<MessageId> {
    page.items.iter().map(|view| view.message.id).collect()
}

#[tokio::test]
async fn without_a_leaf_the_path_leads_to_the_newest() {
    for caller in [alice(), carol()] {
        let store = TestStore::with(shared(View)).saying(branched());
        let path = newest(&store, &caller).await.unwrap();
        assert_eq!(path, [message_id(1), message_id(4)]);
        assert_eq!(store.trace(), "read read_path");
        store.assert_untouched();
    }
}

#[tokio::test]
async fn a_conversation_without_messages_is_an_empty_path() {
    let store = TestStore::with(private());
    assert_eq!(newest(&store, &alice()).await.unwrap(), []);
}

#[tokio::test]
async fn a_further_page_goes_on_to_the_same_leaf_whatever_came_meanwhile() {
    let store = TestStore::with(private()).saying(branched());
    let to_the_prompt = PathRequest::From(Some(message_id(3)));
    let page = list(&store, &alice(), CONVERSATION, to_the_prompt, 2)
        .await
        .unwrap();
    assert_eq!(ids(&page), [message_id(1), message_id(2)]);
    let cursor = PathCursor {
        leaf: message_id(3),
        depth: 2,
    };
    assert_eq!(page.next, Some(cursor));
    store.change(|acme| {
        let messages = acme.messages.get_mut(&CONVERSATION).unwrap();
        messages.push(answer(5, &messages[2], AnswerStatus::Writing));
    });
    let page = list(
        &store,
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
        let store = TestStore::with(private()).saying(branched());
        newest(&store, &caller).await.unwrap();
        assert_eq!(store.take_positions(), [at_least]);
    }
}

#[tokio::test]
async fn a_leaf_of_another_conversation_is_not_found() {
    let store = TestStore::with(private()).saying(branched());
    store.move_last_message_elsewhere();
    for leaf in [message_id(4), message_id(9)] {
        let request = PathRequest::From(Some(leaf));
        let outcome = list(&store, &alice(), CONVERSATION, request, 50).await;
        assert_eq!(why(outcome), Why::NotFound);
    }
    store.assert_untouched();
}

#[tokio::test]
async fn who_reads_by_privilege_is_recorded_before_the_messages_are_read() {
    for (caller, under) in [(vera(), AS_PRIVILEGED_READER), (max(), AS_MANAGER)] {
        let store = TestStore::with(private()).saying(branched());
        newest(&store, &caller).await.unwrap();
        let action = "AI_INFERENCE_STREAM_GET";
        let input = json!({"part": "messages"});
        assert_eq!(store.recorded(), [done(&caller, action, &under, 4, input)]);
        assert_eq!(store.trace(), "read record read_path");
    }
}

#[tokio::test]
async fn who_cannot_see_it_gets_what_who_asks_for_nothing_gets() {
    let store = || TestStore::with(private()).saying(branched());
    for caller in [bob(), mallory()] {
        for request in [
            PathRequest::From(None),
            PathRequest::From(Some(message_id(9))),
        ] {
            assert_invisible_like_absent(store, &caller, async |store, id| {
                list(store, &caller, id, request, 50).await
            })
            .await;
        }
    }
}

#[tokio::test]
async fn every_failure_is_passed_on() {
    for caller in [alice(), vera(), mallory()] {
        let store = || TestStore::with(private()).saying(branched());
        assert_every_failure_is_passed_on(store, async |store| newest(store, &caller).await).await;
    }
}
