//! The same request again.

use parlor_domain::{ids::MessageId, message::AnswerStatus::*};

use super::*;
use crate::ports::IdempotentOutcome;

fn outcome(answer_id: Option<MessageId>) -> IdempotentOutcome {
    IdempotentOutcome {
        conversation_id: CONVERSATION,
        answer_id,
    }
}

async fn replay(
    stage: &Stage,
    caller: &Caller,
    earlier: IdempotentOutcome,
) -> Result<Prompted, WriteError> {
    let desk = stage.silent_desk();
    desk.replay(&stage.gate(), caller, earlier).await
}

async fn replay_answer(stage: &Stage, caller: &Caller) -> Result<Prompted, WriteError> {
    replay(stage, caller, outcome(Some(message_id(2)))).await
}

fn ended(status: AnswerStatus) -> Stage {
    Stage::with(private()).saying(talk(status))
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_has_ended_is_given_again_as_it_is() {
    for status in [Complete, Stopped, INTERRUPTED] {
        let stage = ended(status);
        let mut replayed = replay_answer(&stage, &alice()).await.unwrap();
        assert_eq!(replayed.prompt.message.id, message_id(1));
        assert_eq!(replayed.answer.message, answer_of(&stage));
        let mut next = async || replayed.updates.next().await.unwrap();
        assert_eq!(next().await, Some(delta("nobody did")));
        let told = |view: MessageView| view.message == answer_of(&stage);
        match next().await.unwrap() {
            AnswerUpdate::Completed(view) => assert!(status != INTERRUPTED && told(view)),
            AnswerUpdate::Failed(view) => assert!(status == INTERRUPTED && told(view)),
            other => panic!("{other:?}"),
        }
        assert_eq!(next().await, None);
        stage.assert_untouched();
    }
}

#[tokio::test(start_paused = true)]
async fn while_the_first_answer_is_being_written_there_is_none_to_give() {
    let outcome = replay_answer(&ended(Writing), &alice()).await;
    assert!(matches!(outcome, Err(WriteError::StillRunning(_))));
}

#[tokio::test(start_paused = true)]
async fn who_may_not_see_it_any_more_is_denied_and_told_nothing_of_it() {
    let stage = ended(Complete);
    assert_eq!(why(replay_answer(&stage, &carol()).await), Why::NotFound);
    let denied = "AI_INFERENCE_STREAM_ACCESS_DENIED";
    assert_eq!(stage.recorded()[0]["action"], denied);
    assert_eq!(stage.trace(), "read record_denial");
}

#[tokio::test(start_paused = true)]
async fn who_sees_it_by_privilege_alone_by_now_is_recorded() {
    let stage = ended(Complete);
    replay_answer(&stage, &max()).await.unwrap();
    assert_eq!(stage.recorded()[0]["input"]["part"], "messages");
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_is_not_given() {
    for answer_id in [None, Some(message_id(9)), Some(message_id(1))] {
        let replayed = replay(&ended(Complete), &alice(), outcome(answer_id)).await;
        assert!(matches!(replayed, Err(WriteError::UnknownMessage)));
    }
}

#[tokio::test(start_paused = true)]
async fn every_failure_is_passed_on() {
    for caller in [alice(), max(), carol()] {
        let stage = || ended(Complete);
        assert_every_failure_is_passed_on(stage, async |stage| replay_answer(stage, &caller).await)
            .await;
    }
}
