//! Stopping an answer.

use std::{sync::Arc, time::Duration};

use parlor_application::{
    caller::Caller,
    messages::{PromptConversation, PromptRequest, StopAnswer, WriteError},
    ports::MessageView,
    testing::*,
};
use parlor_domain::{
    access::Action,
    grants::Level::{Collaborate, View},
    ids::{ConversationId, MessageId},
    message::AnswerStatus,
    message_tree::Place,
};
use serde_json::json;

use crate::support::*;

async fn stop(
    store: &TestStore,
    caller: &Caller,
    id: ConversationId,
    message: MessageId,
) -> Result<MessageView, WriteError> {
    StopAnswer::new(store.gate(), store.port(), store.silent_desk())
        .execute(caller, id, message)
        .await
}

async fn stop_answer(store: &TestStore, caller: &Caller) -> Result<MessageView, WriteError> {
    stop(store, caller, CONVERSATION, message_id(2)).await
}

fn writing() -> TestStore {
    TestStore::with(shared(Collaborate)).saying(talk(AnswerStatus::Writing))
}

#[tokio::test]
async fn who_may_prompt_stops_it_and_what_was_written_stays() {
    for (caller, conversation, under) in [
        (carol(), shared(Collaborate), AS_COLLABORATOR),
        (alice(), private(), AS_OWNER),
        (max(), private(), AS_MANAGER),
    ] {
        let store = TestStore::with(conversation).saying(talk(AnswerStatus::Writing));
        let view = stop_answer(&store, &caller).await.unwrap();
        assert_eq!(view.message.status(), AnswerStatus::Stopped);
        assert_eq!(view.message.content, content("nobody did"));
        let input = json!({"act": "stop", "answerId": message_id(2).as_uuid()});
        let action = "AI_INFERENCE_STREAM_PROMPT";
        assert_eq!(store.committed(), [done(&caller, action, &under, 4, input)]);
        assert_eq!(
            store.trace(),
            "begin_on open stop_message commit read_message"
        );
    }
}

#[tokio::test]
async fn an_answer_that_has_ended_stays_as_it_is_without_an_entry() {
    for status in [AnswerStatus::Complete, AnswerStatus::Stopped] {
        let store = TestStore::with(shared(Collaborate)).saying(talk(status));
        let view = stop_answer(&store, &carol()).await.unwrap();
        assert_eq!(view.message.status(), status);
        store.assert_untouched();
        assert_eq!(
            store.trace(),
            "begin_on open stop_message roll_back read_message"
        );
    }
}

#[tokio::test]
async fn a_manager_who_stops_what_has_ended_has_read_it_by_privilege_all_the_same() {
    let store = || TestStore::with(private()).saying(talk(AnswerStatus::Complete));
    let played = store();
    stop_answer(&played, &max()).await.unwrap();
    assert!(played.committed().is_empty());
    let input = json!({"part": "messages"});
    let action = "AI_INFERENCE_STREAM_GET";
    assert_eq!(
        played.recorded(),
        [done(&max(), action, &AS_MANAGER, 4, input)]
    );
    assert_every_failure_is_passed_on(store, async |store| stop_answer(store, &max()).await).await;
}

#[tokio::test]
async fn only_an_answer_of_this_conversation_can_be_stopped() {
    let store = writing();
    store.add_answer_elsewhere(message_id(3), AnswerStatus::Writing);
    for unknown in [message_id(3), message_id(9)] {
        let outcome = stop(&store, &carol(), CONVERSATION, unknown).await;
        assert!(matches!(outcome, Err(WriteError::UnknownMessage)));
    }
    let outcome = stop(&store, &carol(), CONVERSATION, message_id(1)).await;
    assert!(matches!(outcome, Err(WriteError::NotAnAnswer)));
    store.assert_untouched();
    assert_eq!(store.message(message_id(3)).status(), AnswerStatus::Writing);
}

#[tokio::test]
async fn who_may_only_read_or_may_not_use_the_ai_stops_nothing() {
    for (caller, conversation) in [
        (carol(), shared(View)),
        (vera(), private()),
        (without_run_ai(alice()), private()),
    ] {
        let store = TestStore::with(conversation).saying(talk(AnswerStatus::Writing));
        store.update_rights(&caller);
        let refused = stop_answer(&store, &caller).await;
        assert_refused(&store, &caller, Action::Stop, refused);
        assert_eq!(store.messages_of(CONVERSATION), talk(AnswerStatus::Writing));
    }
}

#[tokio::test]
async fn who_cannot_see_it_gets_what_who_asks_for_nothing_gets() {
    let store = || TestStore::with(private()).saying(talk(AnswerStatus::Writing));
    for caller in [carol(), erin(), mallory()] {
        assert_invisible_like_absent(store, &caller, async |store, id| {
            stop(store, &caller, id, message_id(2)).await
        })
        .await;
    }
}

#[tokio::test]
async fn who_was_stopped_itself_is_not_known_any_more() {
    assert_stopped_is_unauthenticated(writing, &carol(), async |store| {
        stop_answer(store, &carol()).await
    })
    .await;
}

#[tokio::test]
async fn every_failure_is_passed_on_and_nothing_is_stopped() {
    for caller in [carol(), erin(), mallory()] {
        assert_every_failure_is_passed_on(writing, async |store| stop_answer(store, &caller).await)
            .await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_model_is_let_go_when_its_answer_was_stopped_and_not_when_that_failed() {
    for fails in [false, true] {
        let store = TestStore::with(shared(Collaborate));
        let (model, mut script) = ScriptedModel::new();
        let desk = store.desk(model);
        let request = PromptRequest {
            conversation_id: CONVERSATION,
            content: content("and then?"),
            place: Place::First,
            model: None,
            idempotency_key: None,
        };
        let prompt =
            PromptConversation::new(store.gate(), catalog(), Arc::clone(&desk), store.limit());
        let prompted = Arc::new(prompt).execute(carol(), request).await.unwrap();
        script.asked().await;
        if fails {
            store.fail_every("commit");
        }
        let stopped = StopAnswer::new(store.gate(), store.port(), Arc::clone(&desk))
            .execute(&carol(), CONVERSATION, prompted.answer.message.id)
            .await;
        assert_eq!(stopped.is_err(), fails);
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(desk.writing(), usize::from(fails));
    }
}
