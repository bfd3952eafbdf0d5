//! Regenerating an answer.

use std::{sync::Arc, time::Duration};

use parlor_application::{
    answering::AnswerDesk,
    caller::Caller,
    idempotency::IdempotencyError,
    messages::{Prompted, RegenerateAnswer, RegenerateRequest, WriteError},
    ports::StoreError,
    testing::*,
};
use parlor_domain::{
    access::Action,
    grants::Level::{Collaborate, View},
    ids::{ConversationId, MessageId},
    message::AnswerStatus,
    message_tree::{CannotAppend, MessageTree},
};
use serde_json::json;

use crate::support::*;

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
    store: &TestStore,
    caller: &Caller,
    request: RegenerateRequest,
) -> Result<Prompted, WriteError> {
    let use_case = RegenerateAnswer::new(store.gate(), catalog(), Arc::clone(desk), store.limit());
    Arc::new(use_case).execute(caller.clone(), request).await
}

async fn regenerate(
    store: &TestStore,
    caller: &Caller,
    request: RegenerateRequest,
) -> Result<Prompted, WriteError> {
    regenerate_at(&store.silent_desk(), store, caller, request).await
}

fn shared_with_all() -> TestStore {
    TestStore::with(shared(Collaborate)).saying(talk(AnswerStatus::Complete))
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
        let store = TestStore::with(conversation).saying(talk(AnswerStatus::Complete));
        let prompted = regenerate(&store, &caller, again(CONVERSATION))
            .await
            .unwrap();
        assert_eq!(prompted.prompt.message.id, message_id(1));
        let answer = store.message(given(1));
        assert_eq!(prompted.answer.message, answer);
        assert_eq!(answer.parent_id, Some(message_id(1)));
        assert_eq!(prompted.answer.siblings.ids, [message_id(2), given(1)]);
        assert_eq!((answer.position, answer.depth), (3, 1));
        assert_eq!(answer.status(), AnswerStatus::Writing);
        assert_eq!(
            store.messages_of(CONVERSATION)[..2],
            talk(AnswerStatus::Complete)
        );
        let input = json!({
            "act": "regenerate",
            "messageId": message_id(2).as_uuid(),
            "answerId": new_id(1),
        });
        let action = "AI_INFERENCE_STREAM_PROMPT";
        assert_eq!(store.committed(), [done(&caller, action, &under, 4, input)]);
        assert_eq!(
            store.trace(),
            "take begin_on open find_message find_newest insert_messages update commit read_path"
        );
    }
}

#[tokio::test]
async fn asking_again_is_activity_but_no_new_version() {
    let store = shared_with_all();
    regenerate(&store, &carol(), again(CONVERSATION))
        .await
        .unwrap();
    let stored = store.conversation(CONVERSATION);
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
        let store = shared_with_all();
        store.change_message(CONVERSATION, 1, |it| set_model(it, before));
        let (model, mut script) = ScriptedModel::new();
        let request = RegenerateRequest {
            model: named.map(str::to_owned),
            ..again(CONVERSATION)
        };
        regenerate_at(&store.desk(model), &store, &carol(), request)
            .await
            .unwrap();
        assert_eq!(script.asked().await.model, chosen);
    }
}

#[tokio::test]
async fn the_model_is_asked_the_path_to_the_prompt_without_the_answer_that_is_there() {
    let store = shared_with_all();
    let (model, mut script) = ScriptedModel::new();
    let request = RegenerateRequest {
        model: Some("large".to_owned()),
        ..again(CONVERSATION)
    };
    regenerate_at(&store.desk(model), &store, &carol(), request)
        .await
        .unwrap();
    let asked = script.asked().await;
    assert_eq!(asked.model, "large");
    assert_eq!(asked.messages.len(), 1);
    assert_eq!(asked.messages[0].content, content("who logged in?"));
}

#[tokio::test]
async fn only_an_answer_of_this_conversation_can_be_asked_for_again() {
    let store = shared_with_all();
    store.add_answer_elsewhere(message_id(3), AnswerStatus::Complete);
    for unknown in [message_id(3), message_id(9)] {
        let request = RegenerateRequest {
            message_id: unknown,
            ..again(CONVERSATION)
        };
        let outcome = regenerate(&store, &carol(), request).await;
        assert!(matches!(outcome, Err(WriteError::UnknownMessage)));
    }
    let request = RegenerateRequest {
        message_id: message_id(1),
        ..again(CONVERSATION)
    };
    let outcome = regenerate(&store, &carol(), request).await;
    assert!(matches!(outcome, Err(WriteError::NotAnAnswer)));
    store.assert_untouched();
}

#[tokio::test]
async fn an_answer_whose_prompt_is_missing_does_not_become_a_first_message() {
    let store = shared_with_all();
    store.change(|acme| acme.messages.get_mut(&CONVERSATION).unwrap().remove(0));
    let outcome = regenerate(&store, &carol(), again(CONVERSATION)).await;
    assert!(matches!(
        outcome,
        Err(WriteError::Store(StoreError::Other(_)))
    ));
    store.assert_untouched();
}

#[tokio::test]
async fn a_full_conversation_takes_no_further_answer_and_an_unknown_model_gives_none() {
    let store = shared_with_all();
    let request = RegenerateRequest {
        model: Some("nobody".to_owned()),
        ..again(CONVERSATION)
    };
    let outcome = regenerate(&store, &carol(), request).await;
    assert!(matches!(outcome, Err(WriteError::UnknownModel)));
    store.change_message(CONVERSATION, 1, |it| {
        it.position = MessageTree::MAX_MESSAGES;
    });
    let outcome = regenerate(&store, &carol(), again(CONVERSATION)).await;
    let full = CannotAppend::TooManyMessages;
    assert!(matches!(outcome, Err(WriteError::CannotAppend(why)) if why == full));
    store.assert_untouched();
}

#[tokio::test]
async fn who_may_only_read_or_may_not_use_the_ai_does_not_ask_again() {
    for (caller, conversation) in [
        (carol(), shared(View)),
        (vera(), private()),
        (without_run_ai(alice()), private()),
    ] {
        let store = TestStore::with(conversation).saying(talk(AnswerStatus::Complete));
        store.update_rights(&caller);
        let refused = regenerate(&store, &caller, again(CONVERSATION)).await;
        assert_refused(&store, &caller, Action::Prompt, refused);
    }
}

#[tokio::test]
async fn who_cannot_see_it_gets_what_who_asks_for_nothing_gets() {
    let store = || TestStore::with(private()).saying(talk(AnswerStatus::Complete));
    for caller in [carol(), erin(), mallory()] {
        assert_invisible_like_absent(store, &caller, async |store, id| {
            regenerate(store, &caller, again(id)).await
        })
        .await;
    }
}

#[tokio::test]
async fn who_was_stopped_is_not_known_any_more() {
    assert_stopped_is_unauthenticated(shared_with_all, &carol(), async |store| {
        regenerate(store, &carol(), again(CONVERSATION)).await
    })
    .await;
}

#[tokio::test]
async fn a_desk_that_is_closed_takes_nothing() {
    let store = shared_with_all();
    let desk = store.silent_desk();
    desk.close(Duration::ZERO).await;
    let outcome = regenerate_at(&desk, &store, &carol(), again(CONVERSATION)).await;
    assert!(matches!(outcome, Err(WriteError::ShuttingDown)));
    assert_eq!(store.trace(), "");
}

#[tokio::test(start_paused = true)]
async fn who_has_asked_too_often_is_told_when_to_come_back_and_nothing_is_looked_at() {
    let store = shared_with_all();
    let soon = Duration::from_secs(20);
    store.exhaust(&carol());
    for id in [CONVERSATION, ABSENT] {
        let outcome = regenerate(&store, &carol(), again(id)).await;
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
async fn the_same_request_again_begins_nothing() {
    let store = shared_with_all();
    regenerate(&store, &carol(), again_under_key(1))
        .await
        .unwrap();
    let outcome = regenerate(&store, &carol(), again_under_key(1)).await;
    assert!(matches!(outcome, Err(WriteError::StillRunning(_))));
    let outcome = regenerate(&store, &carol(), again_under_key(2)).await;
    assert!(matches!(
        outcome,
        Err(WriteError::Idempotency(IdempotencyError::KeyReused))
    ));
    store.change_message(CONVERSATION, 2, |it| set_status(it, AnswerStatus::Stopped));
    store.exhaust(&carol());
    let replayed = regenerate(&store, &carol(), again_under_key(1)).await;
    assert_eq!(replayed.unwrap().answer.message.id, given(1));
    assert_eq!(store.committed().len(), 1);
}

#[tokio::test]
async fn every_failure_before_the_commit_is_passed_on_and_nothing_is_stored() {
    for caller in [carol(), vera(), mallory()] {
        for request in [again(CONVERSATION), again_under_key(1)] {
            let store =
                || TestStore::with(shared(Collaborate)).saying(talk(AnswerStatus::Complete));
            assert_every_failure_is_passed_on(store, async |store| {
                regenerate(store, &caller, request.clone()).await
            })
            .await;
        }
    }
}
