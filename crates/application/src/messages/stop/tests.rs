use parlor_domain::{
    grants::Level::{Collaborate, View},
    message::AnswerStatus,
};
use serde_json::json;

use super::*;
use crate::kit::*;

async fn stop(
    stage: &Stage,
    caller: &Caller,
    id: ConversationId,
    message: MessageId,
) -> Result<MessageView, WriteError> {
    StopAnswer::new(stage.gate(), stage.messages(), stage.silent_desk())
        .execute(caller, id, message)
        .await
}

async fn stop_answer(stage: &Stage, caller: &Caller) -> Result<MessageView, WriteError> {
    stop(stage, caller, CONVERSATION, message_id(2)).await
}

fn writing() -> Stage {
    Stage::with(shared(Collaborate)).saying(talk(AnswerStatus::Writing))
}

#[tokio::test]
async fn who_may_prompt_stops_it_and_what_was_written_stays() {
    for (caller, conversation, under) in [
        (carol(), shared(Collaborate), AS_COLLABORATOR),
        (alice(), private(), AS_OWNER),
        (max(), private(), AS_MANAGER),
    ] {
        let stage = Stage::with(conversation).saying(talk(AnswerStatus::Writing));
        let view = stop_answer(&stage, &caller).await.unwrap();
        assert_eq!(view.message.status(), AnswerStatus::Stopped);
        assert_eq!(view.message.content, content("nobody did"));
        let input = json!({"act": "stop", "answerId": message_id(2).as_uuid()});
        let action = "AI_INFERENCE_STREAM_PROMPT";
        assert_eq!(stage.committed(), [done(&caller, action, &under, 4, input)]);
        assert_eq!(
            stage.trace(),
            "begin_on open stop_message commit read_message"
        );
    }
}

#[tokio::test]
async fn an_answer_that_has_ended_stays_as_it_is_without_an_entry() {
    for status in [AnswerStatus::Complete, AnswerStatus::Stopped] {
        let stage = Stage::with(shared(Collaborate)).saying(talk(status));
        let view = stop_answer(&stage, &carol()).await.unwrap();
        assert_eq!(view.message.status(), status);
        stage.assert_untouched();
        assert_eq!(
            stage.trace(),
            "begin_on open stop_message roll_back read_message"
        );
    }
}

#[tokio::test]
async fn a_manager_who_stops_what_has_ended_has_read_it_by_privilege_all_the_same() {
    let stage = || Stage::with(private()).saying(talk(AnswerStatus::Complete));
    let played = stage();
    stop_answer(&played, &max()).await.unwrap();
    assert!(played.committed().is_empty());
    let input = json!({"part": "messages"});
    let action = "AI_INFERENCE_STREAM_GET";
    assert_eq!(
        played.recorded(),
        [done(&max(), action, &AS_MANAGER, 4, input)]
    );
    assert_every_failure_is_passed_on(stage, async |stage| stop_answer(stage, &max()).await).await;
}

#[tokio::test]
async fn only_an_answer_of_this_conversation_can_be_stopped() {
    let stage = writing();
    stage.change(|stored| {
        let mut foreign = answer(3, &stored.messages[0], AnswerStatus::Writing);
        foreign.conversation_id = ABSENT;
        stored.messages.push(foreign);
    });
    for unknown in [message_id(3), message_id(9)] {
        let outcome = stop(&stage, &carol(), CONVERSATION, unknown).await;
        assert!(matches!(outcome, Err(WriteError::UnknownMessage)));
    }
    let outcome = stop(&stage, &carol(), CONVERSATION, message_id(1)).await;
    assert!(matches!(outcome, Err(WriteError::NotAnAnswer)));
    stage.assert_untouched();
    assert_eq!(stage.message(message_id(3)).status(), AnswerStatus::Writing);
}

#[tokio::test]
async fn who_may_only_read_or_may_not_use_the_ai_stops_nothing() {
    for (caller, conversation) in [
        (carol(), shared(View)),
        (vera(), private()),
        (without_run_ai(alice()), private()),
    ] {
        let stage = Stage::with(conversation).saying(talk(AnswerStatus::Writing));
        stage.change(|stored| {
            stored
                .members
                .insert(caller.user_id(), caller.member.clone());
        });
        let refused = stop_answer(&stage, &caller).await;
        assert_refused(&stage, &caller, Action::Stop, refused);
        assert_eq!(stage.stored().messages, talk(AnswerStatus::Writing));
    }
}

#[tokio::test]
async fn who_cannot_see_it_gets_what_who_asks_for_nothing_gets() {
    let stage = || Stage::with(private()).saying(talk(AnswerStatus::Writing));
    for caller in [carol(), erin(), mallory()] {
        assert_invisible_like_absent(stage, &caller, async |stage, id| {
            stop(stage, &caller, id, message_id(2)).await
        })
        .await;
    }
}

#[tokio::test]
async fn who_was_stopped_itself_is_not_known_any_more() {
    assert_stopped_is_unauthenticated(writing, &carol(), async |stage| {
        stop_answer(stage, &carol()).await
    })
    .await;
}

#[tokio::test]
async fn every_failure_is_passed_on_and_nothing_is_stopped() {
    for caller in [carol(), erin(), mallory()] {
        assert_every_failure_is_passed_on(writing, async |stage| stop_answer(stage, &caller).await)
            .await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_model_is_let_go_when_its_answer_was_stopped_and_not_when_that_failed() {
    for fails in [false, true] {
        let stage = writing();
        let (model, mut script) = ScriptedModel::new();
        let desk = stage.desk(model);
        let empty = stage.message(message_id(2));
        stage.begin_at(&desk, &carol(), &empty).await.unwrap();
        script.asked().await;
        if fails {
            stage.send_away("commit");
        }
        let stopped = StopAnswer::new(stage.gate(), stage.messages(), Arc::clone(&desk))
            .execute(&carol(), CONVERSATION, message_id(2))
            .await;
        assert_eq!(stopped.is_err(), fails);
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        assert_eq!(desk.writing(), usize::from(fails));
    }
}
