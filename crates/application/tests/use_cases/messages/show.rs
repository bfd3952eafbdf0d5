//! Showing a conversation with its messages.

use parlor_application::{
    access_gate::AccessError,
    caller::Caller,
    messages::{ShowConversation, ShowRequest, ShownConversation, ShownPath},
    testing::*,
};
use parlor_domain::{
    access::Action,
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

/// One message after the other.
fn chain(length: u32) -> Vec<Message> {
    let mut messages = vec![prompt(1, None)];
    for position in 2..=length {
        messages.push(prompt(position, messages.last()));
    }
    messages
}

fn all_of(path: ShownPath) -> ShowRequest {
    ShowRequest {
        path,
        before_depth: None,
        limit: 50,
    }
}

async fn show(
    store: &TestStore,
    caller: &Caller,
    id: ConversationId,
    request: ShowRequest,
) -> Result<ShownConversation, AccessError> {
    ShowConversation::new(store.gate(), store.port())
        .execute(caller, id, request)
        .await
}

async fn shown(store: &TestStore, request: ShowRequest) -> (Option<MessageId>, Vec<u32>) {
    let shown = show(store, &alice(), CONVERSATION, request).await.unwrap();
    let positions = shown.messages.iter().map(|view| view.message.position);
    (shown.leaf, positions.collect())
}

#[tokio::test]
async fn a_path_leads_to_the_newest_message_to_a_named_one_or_through_it_to_the_newest_below() {
    for (path, positions) in [
        (ShownPath::Newest, &[1, 4][..]),
        (ShownPath::To(message_id(2)), &[1, 2]),
        (ShownPath::Through(message_id(2)), &[1, 2, 3]),
        (ShownPath::Through(message_id(3)), &[1, 2, 3]),
        (ShownPath::Through(message_id(1)), &[1, 4]),
    ] {
        let store = TestStore::with(private()).saying(branched());
        let (leaf, found) = shown(&store, all_of(path)).await;
        assert_eq!(found, positions, "{path:?}");
        assert_eq!(leaf, positions.last().map(|&last| message_id(last)));
    }
}

#[tokio::test]
async fn of_a_long_path_the_end_is_shown_and_then_what_stands_before_it() {
    let store = TestStore::with(private()).saying(chain(7));
    let request = |before_depth| ShowRequest {
        path: ShownPath::Newest,
        before_depth,
        limit: 3,
    };
    let leaf = Some(message_id(7));
    assert_eq!(shown(&store, request(None)).await, (leaf, vec![5, 6, 7]));
    assert_eq!(shown(&store, request(Some(4))).await, (leaf, vec![2, 3, 4]));
    assert_eq!(shown(&store, request(Some(1))).await, (leaf, vec![1]));
    assert_eq!(shown(&store, request(Some(0))).await, (leaf, vec![]));
}

#[tokio::test]
async fn a_path_that_fits_is_read_by_one_statement() {
    let store = TestStore::with(private()).saying(chain(3));
    let request = ShowRequest {
        limit: 3,
        ..all_of(ShownPath::Newest)
    };
    assert_eq!(shown(&store, request).await.1, [1, 2, 3]);
    assert_eq!(store.trace(), "read read_path");
}

#[tokio::test]
async fn a_conversation_without_messages_has_no_leaf() {
    let store = TestStore::with(private());
    assert_eq!(
        shown(&store, all_of(ShownPath::Newest)).await,
        (None, vec![])
    );
}

#[tokio::test]
async fn it_comes_with_the_conversation_and_what_the_caller_may_do() {
    let store = TestStore::with(shared(View)).saying(branched());
    let request = all_of(ShownPath::Newest);
    let shown = show(&store, &carol(), CONVERSATION, request).await.unwrap();
    assert_eq!(shown.conversation.summary.id, CONVERSATION);
    assert!(!shown.conversation.access.allows(Action::Prompt));
    store.assert_untouched();
}

#[tokio::test]
async fn a_message_of_another_conversation_is_not_found() {
    let store = TestStore::with(private()).saying(branched());
    store.move_last_message_elsewhere();
    for id in [message_id(4), message_id(9)] {
        for path in [ShownPath::To(id), ShownPath::Through(id)] {
            let outcome = show(&store, &alice(), CONVERSATION, all_of(path)).await;
            assert_eq!(why(outcome), Why::NotFound);
        }
    }
    store.assert_untouched();
}

#[tokio::test]
async fn who_reads_by_privilege_is_recorded_once_before_the_messages_are_read() {
    for (caller, under) in [(vera(), AS_PRIVILEGED_READER), (max(), AS_MANAGER)] {
        let store = TestStore::with(private()).saying(branched());
        let request = all_of(ShownPath::Newest);
        show(&store, &caller, CONVERSATION, request).await.unwrap();
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
        for path in [ShownPath::Newest, ShownPath::Through(message_id(1))] {
            assert_invisible_like_absent(store, &caller, async |store, id| {
                show(store, &caller, id, all_of(path)).await
            })
            .await;
        }
    }
}

#[tokio::test]
async fn every_failure_is_passed_on() {
    for caller in [alice(), vera(), mallory()] {
        for path in [ShownPath::Newest, ShownPath::Through(message_id(1))] {
            let store = || TestStore::with(private()).saying(branched());
            assert_every_failure_is_passed_on(store, async |store| {
                show(store, &caller, CONVERSATION, all_of(path)).await
            })
            .await;
        }
    }
}
