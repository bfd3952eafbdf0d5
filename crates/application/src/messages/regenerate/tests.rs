use parlor_domain::{
    grants::Level::{Collaborate, View},
    message::AnswerStatus,
    message_tree::{CannotAppend, MessageTree},
};
use serde_json::json;

use super::*;
use crate::{idempotency::IdempotencyError, kit::*, ports::StoreError};

fn again(id: ConversationId) -> RegenerateRequest {
    RegenerateRequest {
        conversation_id: id,
        message_id: message_id(2),
        model: None,
        idempotency_key: None,
    }
}

fn again_under_key(fingerprint: u8) -> RegenerateRequest {
    RegenerateRequest {
        idempotency_key: Some(key(fingerprint)),
        ..again(CONVERSATION)
    }
}

async fn regenerate_at(
    desk: &Arc<AnswerDesk>,
    stage: &Stage,
    caller: &Caller,
    request: RegenerateRequest,
) -> Result<Prompted, WriteError> {
    let use_case = RegenerateAnswer::new(stage.gate(), catalog(), Arc::clone(desk), stage.limit());
    Arc::new(use_case).execute(caller.clone(), request).await
}

async fn regenerate(
    stage: &Stage,
    caller: &Caller,
    request: RegenerateRequest,
) -> Result<Prompted, WriteError> {
    regenerate_at(&stage.silent_desk(), stage, caller, request).await
}

fn on_stage() -> Stage {
    Stage::with(shared(Collaborate)).saying(talk(AnswerStatus::Complete))
}

fn given(place: u128) -> MessageId {
    MessageId::from_uuid(new_id(place))
}

#[tokio::test]
async fn another_answer_begins_beside_the_one_that_is_there() {
    for (caller, conversation, under) in [
        (carol(), shared(Collaborate), AS_COLLABORATOR),
        (alice(), private(), AS_OWNER),
    ] {
        let stage = Stage::with(conversation).saying(talk(AnswerStatus::Complete));
        let prompted = regenerate(&stage, &caller, again(CONVERSATION))
            .await
            .unwrap();
        assert_eq!(prompted.prompt.message.id, message_id(1));
        let begun = stage.message(given(1));
        assert_eq!(prompted.answer.message, begun);
        assert_eq!(begun.parent_id, Some(message_id(1)));
        assert_eq!(prompted.answer.siblings.ids, [message_id(2), given(1)]);
        assert_eq!((begun.position, begun.depth), (3, 1));
        assert_eq!(begun.status(), AnswerStatus::Writing);
        assert_eq!(stage.stored().messages[..2], talk(AnswerStatus::Complete));
        let input = json!({
            "act": "regenerate",
            "messageId": message_id(2).as_uuid(),
            "answerId": new_id(1),
        });
        let action = "AI_INFERENCE_STREAM_PROMPT";
        assert_eq!(stage.committed(), [done(&caller, action, &under, 4, input)]);
        assert_eq!(
            stage.trace(),
            "take begin_on open find_message find_newest insert_messages update commit read_path"
        );
    }
}

#[tokio::test]
async fn asking_again_is_activity_but_no_new_version() {
    let stage = on_stage();
    regenerate(&stage, &carol(), again(CONVERSATION))
        .await
        .unwrap();
    let stored = stage.conversation(CONVERSATION);
    assert_eq!(stored.last_activity_at, now());
    assert_eq!(stored.version, VERSION);
}

#[tokio::test]
async fn without_a_name_the_model_of_the_answer_is_asked_again() {
    for (named, before, chosen) in [
        (None, "large", "large"),
        (Some("echo"), "large", "echo"),
        (None, "gone", "echo"),
    ] {
        let stage = on_stage();
        stage.change(|stored| set_model(message_mut(stored, message_id(2)), before));
        let (model, mut script) = ScriptedModel::new();
        let request = RegenerateRequest {
            model: named.map(str::to_owned),
            ..again(CONVERSATION)
        };
        regenerate_at(&stage.desk(model), &stage, &carol(), request)
            .await
            .unwrap();
        assert_eq!(script.asked().await.model, chosen);
    }
}

#[tokio::test]
async fn the_model_is_asked_the_path_to_the_prompt_without_the_answer_that_is_there() {
    let stage = on_stage();
    let (model, mut script) = ScriptedModel::new();
    let request = RegenerateRequest {
        model: Some("large".to_owned()),
        ..again(CONVERSATION)
    };
    regenerate_at(&stage.desk(model), &stage, &carol(), request)
        .await
        .unwrap();
    let asked = script.asked().await;
    assert_eq!(asked.model, "large");
    assert_eq!(asked.messages.len(), 1);
    assert_eq!(asked.messages[0].content, content("who logged in?"));
}

#[tokio::test]
async fn only_an_answer_of_this_conversation_can_be_asked_for_again() {
    let stage = on_stage();
    stage.change(|stored| {
        let mut foreign = answer(3, &stored.messages[0], AnswerStatus::Complete);
        foreign.conversation_id = ABSENT;
        stored.messages.push(foreign);
    });
    for unknown in [message_id(3), message_id(9)] {
        let request = RegenerateRequest {
            message_id: unknown,
            ..again(CONVERSATION)
        };
        let outcome = regenerate(&stage, &carol(), request).await;
        assert!(matches!(outcome, Err(WriteError::UnknownMessage)));
    }
    let request = RegenerateRequest {
        message_id: message_id(1),
        ..again(CONVERSATION)
    };
    let outcome = regenerate(&stage, &carol(), request).await;
    assert!(matches!(outcome, Err(WriteError::NotAnAnswer)));
    stage.assert_untouched();
}

#[tokio::test]
async fn an_answer_whose_prompt_is_missing_does_not_become_a_first_message() {
    let stage = on_stage();
    stage.change(|stored| {
        stored.messages.remove(0);
    });
    let outcome = regenerate(&stage, &carol(), again(CONVERSATION)).await;
    assert!(matches!(
        outcome,
        Err(WriteError::Store(StoreError::Other(_)))
    ));
    stage.assert_untouched();
}

#[tokio::test]
async fn a_full_conversation_takes_no_further_answer_and_an_unknown_model_gives_none() {
    let stage = on_stage();
    let request = RegenerateRequest {
        model: Some("nobody".to_owned()),
        ..again(CONVERSATION)
    };
    let outcome = regenerate(&stage, &carol(), request).await;
    assert!(matches!(outcome, Err(WriteError::UnknownModel)));
    stage.change(|stored| stored.messages[1].position = MessageTree::MAX_MESSAGES);
    let outcome = regenerate(&stage, &carol(), again(CONVERSATION)).await;
    let full = CannotAppend::TooManyMessages;
    assert!(matches!(outcome, Err(WriteError::CannotAppend(why)) if why == full));
    stage.assert_untouched();
}

#[tokio::test]
async fn who_may_only_read_or_may_not_use_the_ai_does_not_ask_again() {
    for (caller, conversation) in [
        (carol(), shared(View)),
        (vera(), private()),
        (without_run_ai(alice()), private()),
    ] {
        let stage = Stage::with(conversation).saying(talk(AnswerStatus::Complete));
        stage.change(|stored| {
            stored
                .members
                .insert(caller.user_id(), caller.member.clone());
        });
        let refused = regenerate(&stage, &caller, again(CONVERSATION)).await;
        assert_refused(&stage, &caller, Action::Prompt, refused);
    }
}

#[tokio::test]
async fn who_cannot_see_it_gets_what_who_asks_for_nothing_gets() {
    let stage = || Stage::with(private()).saying(talk(AnswerStatus::Complete));
    for caller in [carol(), erin(), mallory()] {
        assert_invisible_like_absent(stage, &caller, async |stage, id| {
            regenerate(stage, &caller, again(id)).await
        })
        .await;
    }
}

#[tokio::test]
async fn who_was_stopped_is_not_known_any_more() {
    assert_stopped_is_unauthenticated(on_stage, &carol(), async |stage| {
        regenerate(stage, &carol(), again(CONVERSATION)).await
    })
    .await;
}

#[tokio::test]
async fn a_desk_that_is_closed_takes_nothing() {
    let stage = on_stage();
    let desk = stage.silent_desk();
    desk.close(std::time::Duration::ZERO).await;
    let outcome = regenerate_at(&desk, &stage, &carol(), again(CONVERSATION)).await;
    assert!(matches!(outcome, Err(WriteError::ShuttingDown)));
    assert_eq!(stage.trace(), "");
}

#[tokio::test]
async fn who_has_asked_too_often_is_told_when_to_come_back_and_nothing_is_looked_at() {
    let stage = on_stage();
    let soon = std::time::Duration::from_secs(20);
    stage.exhaust(soon);
    for id in [CONVERSATION, ABSENT] {
        let outcome = regenerate(&stage, &carol(), again(id)).await;
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
async fn the_same_request_again_begins_nothing() {
    let stage = on_stage();
    regenerate(&stage, &carol(), again_under_key(1))
        .await
        .unwrap();
    let outcome = regenerate(&stage, &carol(), again_under_key(1)).await;
    assert!(matches!(outcome, Err(WriteError::StillRunning(_))));
    let outcome = regenerate(&stage, &carol(), again_under_key(2)).await;
    assert!(matches!(
        outcome,
        Err(WriteError::Idempotency(IdempotencyError::KeyReused))
    ));
    stage.change(|stored| set_status(&mut stored.messages[2], AnswerStatus::Stopped));
    stage.exhaust(std::time::Duration::from_secs(20));
    let replayed = regenerate(&stage, &carol(), again_under_key(1)).await;
    assert_eq!(replayed.unwrap().answer.message.id, given(1));
    assert_eq!(stage.committed().len(), 1);
}

#[tokio::test]
async fn every_failure_before_the_commit_is_passed_on_and_nothing_is_stored() {
    for caller in [carol(), vera(), mallory()] {
        for request in [again(CONVERSATION), again_under_key(1)] {
            let stage = || Stage::with(shared(Collaborate)).saying(talk(AnswerStatus::Complete));
            assert_every_failure_is_passed_on(stage, async |stage| {
                regenerate(stage, &caller, request.clone()).await
            })
            .await;
        }
    }
}
