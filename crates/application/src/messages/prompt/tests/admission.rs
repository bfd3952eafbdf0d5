//! Whether a request begins an answer at all: how often one may prompt, and the same request again.

use super::*;
use crate::{access_gate::AccessError, idempotency::IdempotencyError};

#[tokio::test]
async fn who_has_prompted_too_often_is_told_when_to_come_back_and_nothing_is_looked_at() {
    let stage = on_stage();
    let soon = Duration::from_secs(20);
    stage.exhaust(soon);
    for id in [CONVERSATION, ABSENT] {
        let outcome = prompt(&stage, &carol(), ask(id, Place::NewestLeaf)).await;
        let Err(WriteError::TooManyPrompts {
            per_minute,
            retry_after,
        }) = outcome
        else {
            panic!("it was not refused");
        };
        assert_eq!((per_minute, retry_after), (PER_MINUTE, soon));
    }
    stage.assert_untouched();
    assert_eq!(stage.trace(), "take take");
}

#[tokio::test]
async fn a_replay_takes_no_allowance_and_is_not_refused_for_want_of_one() {
    let stage = on_stage();
    prompt(&stage, &carol(), ask_under_key(1)).await.unwrap();
    assert_eq!(
        stage.trace(),
        "begin find_key roll_back take begin_on find_key open find_newest insert_messages update \
         save_key commit read_path"
    );
    stage.change(|stored| set_status(&mut stored.messages[3], AnswerStatus::Complete));
    stage.exhaust(Duration::from_secs(20));
    let before = stage.calls().len();
    let replayed = prompt(&stage, &carol(), ask_under_key(1)).await.unwrap();
    assert_eq!(replayed.answer.message.id, given(2));
    assert_eq!(
        stage.calls()[before..],
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
    let stage = on_stage();
    prompt(&stage, &carol(), ask_under_key(1)).await.unwrap();
    let outcome = prompt(&stage, &carol(), ask_under_key(1)).await;
    assert!(matches!(outcome, Err(WriteError::StillRunning(_))));
    assert_eq!(stage.committed().len(), 1);
    assert_eq!(added(&stage).len(), 2);
}

#[tokio::test]
async fn the_same_key_with_another_request_is_a_mistake() {
    let stage = on_stage();
    prompt(&stage, &carol(), ask_under_key(1)).await.unwrap();
    let outcome = prompt(&stage, &carol(), ask_under_key(2)).await;
    assert!(matches!(
        outcome,
        Err(WriteError::Idempotency(IdempotencyError::KeyReused))
    ));
    assert_eq!(stage.committed().len(), 1);
}

#[tokio::test]
async fn the_first_answer_is_not_given_again_to_who_may_not_see_it_any_more() {
    let stage = on_stage();
    prompt(&stage, &carol(), ask_under_key(1)).await.unwrap();
    stage.change(|stored| {
        let conversation = stored.conversations.get_mut(&CONVERSATION).unwrap();
        conversation.privacy = private().privacy;
        set_status(&mut stored.messages[3], AnswerStatus::Complete);
    });
    let outcome = prompt(&stage, &carol(), ask_under_key(1)).await;
    assert!(matches!(
        outcome,
        Err(WriteError::Access(AccessError::NotFound))
    ));
    let denied = "AI_INFERENCE_STREAM_ACCESS_DENIED";
    assert_eq!(stage.recorded()[0]["action"], denied);
}
