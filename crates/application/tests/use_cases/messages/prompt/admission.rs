//! Whether a request begins an answer at all: how often one may prompt, and the same request again.

use parlor_application::{access_gate::AccessError, idempotency::IdempotencyError};

use super::*;

#[tokio::test(start_paused = true)]
async fn who_has_prompted_too_often_is_told_when_to_come_back_and_nothing_is_looked_at() {
    let store = shared_with_all();
    let soon = Duration::from_secs(20);
    store.exhaust(&carol());
    for id in [CONVERSATION, ABSENT] {
        let outcome = prompt(&store, &carol(), ask(id, Place::NewestLeaf)).await;
        let Err(WriteError::TooManyPrompts {
            per_minute,
            retry_after,
        }) = outcome
        else {
            panic!("it was not refused");
        };
        assert_eq!((per_minute, retry_after), (PER_MINUTE, soon));
    }
    store.assert_untouched();
    assert_eq!(store.trace(), "take take");
}

#[tokio::test(start_paused = true)]
async fn a_replay_takes_no_allowance_and_is_not_refused_for_want_of_one() {
    let store = shared_with_all();
    prompt(&store, &carol(), ask_under_key(1)).await.unwrap();
    assert_eq!(
        store.trace(),
        "begin find_key roll_back take begin_on find_key open find_newest insert_messages update \
         save_key commit read_path"
    );
    store.change_message(CONVERSATION, 3, |it| set_status(it, AnswerStatus::Complete));
    store.exhaust(&carol());
    let before = store.calls().len();
    let replayed = prompt(&store, &carol(), ask_under_key(1)).await.unwrap();
    assert_eq!(replayed.answer.message.id, given(2));
    assert_eq!(
        store.calls()[before..],
        [
            "begin",
            "find_key",
            "roll_back",
            "read",
            "read_message",
            "read_message"
        ]
    );
}

#[tokio::test]
async fn while_the_first_answer_is_being_written_the_same_request_is_told_to_wait() {
    let store = shared_with_all();
    prompt(&store, &carol(), ask_under_key(1)).await.unwrap();
    let outcome = prompt(&store, &carol(), ask_under_key(1)).await;
    assert!(matches!(outcome, Err(WriteError::StillRunning(_))));
    assert_eq!(store.committed().len(), 1);
    assert_eq!(added(&store).len(), 2);
}

#[tokio::test]
async fn the_same_key_with_another_request_is_a_mistake() {
    let store = shared_with_all();
    prompt(&store, &carol(), ask_under_key(1)).await.unwrap();
    let outcome = prompt(&store, &carol(), ask_under_key(2)).await;
    assert!(matches!(
        outcome,
        Err(WriteError::Idempotency(IdempotencyError::KeyReused))
    ));
    assert_eq!(store.committed().len(), 1);
}

#[tokio::test]
async fn the_first_answer_is_not_given_again_to_who_may_not_see_it_any_more() {
    let store = shared_with_all();
    prompt(&store, &carol(), ask_under_key(1)).await.unwrap();
    store.change_conversation(CONVERSATION, |it| it.privacy = private().privacy);
    store.change_message(CONVERSATION, 3, |it| set_status(it, AnswerStatus::Complete));
    let outcome = prompt(&store, &carol(), ask_under_key(1)).await;
    assert!(matches!(
        outcome,
        Err(WriteError::Access(AccessError::NotFound))
    ));
    let denied = "AI_INFERENCE_STREAM_ACCESS_DENIED";
    assert_eq!(store.recorded()[0]["action"], denied);
}
