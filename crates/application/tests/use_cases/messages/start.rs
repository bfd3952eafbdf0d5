//! Starting a conversation with its first prompt.

use std::{sync::Arc, time::Duration};

use parlor_application::{
    access_gate::AccessError,
    answering::AnswerDesk,
    caller::Caller,
    idempotency::IdempotencyError,
    messages::{StartConversation, StartRequest, WriteError},
    testing::*,
};
use parlor_domain::{
    conversation::Version,
    grants::{Level::View, Privacy},
    ids::ConversationId,
    message::{AnswerFailure, AnswerStatus, Role},
    principal::Permission,
};
use serde_json::{Value, json};

use crate::support::*;

const STARTED: ConversationId = ConversationId::from_uuid(new_id(1));

fn asking() -> StartRequest {
    StartRequest {
        content: content("Which hosts beacon?"),
        must_be_private: false,
        idempotency_key: None,
    }
}

fn under_key(fingerprint: u8) -> StartRequest {
    StartRequest {
        idempotency_key: Some(key(fingerprint)),
        ..asking()
    }
}

async fn start_at(
    desk: &Arc<AnswerDesk>,
    store: &TestStore,
    caller: &Caller,
    request: StartRequest,
) -> Result<ConversationId, WriteError> {
    let use_case = StartConversation::new(store.gate(), catalog(), Arc::clone(desk), store.limit());
    Arc::new(use_case).execute(caller.clone(), request).await
}

async fn start(
    store: &TestStore,
    caller: &Caller,
    request: StartRequest,
) -> Result<ConversationId, WriteError> {
    start_at(&store.silent_desk(), store, caller, request).await
}

#[tokio::test]
async fn the_conversation_its_prompt_and_both_entries_are_one_commit() {
    let store = TestStore::empty();
    let id = start(&store, &carol(), asking()).await.unwrap();
    assert_eq!(id, STARTED);
    let stored = store.conversation(id);
    assert_eq!(stored.owner_id, carol().user_id());
    assert_eq!(stored.title, title("Which hosts beacon?"));
    assert!(!stored.title.is_untitled());
    assert_eq!(stored.privacy, Privacy::Private);
    assert_eq!(stored.version, Version::FIRST);
    assert_eq!((stored.created_at, stored.last_activity_at), (now(), now()));

    let messages = store.messages_of(id);
    let [prompt, answer] = messages.as_slice() else {
        panic!("a prompt and an answer: {messages:?}");
    };
    assert_eq!(prompt.author_id(), Some(carol().user_id()));
    assert_eq!(prompt.content, content("Which hosts beacon?"));
    assert_eq!(
        (prompt.position, prompt.depth, prompt.parent_id),
        (1, 0, None)
    );
    assert_eq!(answer.role(), Role::Assistant);
    assert_eq!(answer.status(), AnswerStatus::Writing);
    assert_eq!(answer.model(), Some("echo"), "the default model");
    assert_eq!(answer.parent_id, Some(prompt.id));

    let entry = |action: &str, input: Value| {
        let mut input = input;
        input["conversationId"] = json!(id.as_uuid());
        json!({
            "action": action,
            "result": "SUCCEEDED",
            "actor": "carol",
            "input": input,
            "access": "manage",
            "reasons": ["owner"],
            "privileged": false,
            "version": 1,
            "errors": null,
        })
    };
    let prompted = json!({
        "act": "prompt",
        "messageId": prompt.id.as_uuid(),
        "answerId": answer.id.as_uuid(),
    });
    assert_eq!(
        store.committed(),
        [
            entry("AI_INFERENCE_STREAM_CREATE", json!({"privacy": "private"})),
            entry("AI_INFERENCE_STREAM_PROMPT", prompted),
        ]
    );
    assert_eq!(
        store.trace(),
        "take begin find_member settings insert insert_messages commit read_path"
    );
}

#[tokio::test]
async fn the_setting_decides_whether_it_is_private() {
    for (settings, privacy) in [
        (PRIVATE_ENABLED, Privacy::Private),
        (PRIVATE_DISABLED, shared(View).privacy),
    ] {
        let store = TestStore::empty().under(settings);
        let id = start(&store, &alice(), asking()).await.unwrap();
        assert_eq!(store.conversation(id).privacy, privacy);
        assert_eq!(
            store.committed()[0]["input"]["privacy"],
            privacy.kind().as_str()
        );
    }
}

#[tokio::test]
async fn the_model_is_asked_the_first_prompt_and_nothing_else() {
    let store = TestStore::empty();
    let (model, mut script) = ScriptedModel::new();
    start_at(&store.desk(model), &store, &carol(), asking())
        .await
        .unwrap();
    let asked = script.asked().await;
    assert_eq!(asked.model, "echo");
    assert_eq!(asked.prompt, content("Which hosts beacon?"));
    assert_eq!(asked.messages.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn who_has_prompted_too_often_starts_nothing_and_nothing_is_written() {
    for request in [asking(), under_key(1)] {
        let store = TestStore::empty();
        store.exhaust(&carol());
        let before = store.everything();
        let outcome = start(&store, &carol(), request).await;
        let Err(WriteError::TooManyPrompts { retry_after, .. }) = outcome else {
            panic!("it was not refused");
        };
        assert_eq!(retry_after, Duration::from_secs(20));
        assert_eq!(store.everything(), before);
        store.assert_untouched();
        assert!(!store.trace().contains("insert"), "{}", store.trace());
    }
}

#[tokio::test]
async fn a_desk_that_is_closed_starts_nothing() {
    let store = TestStore::empty();
    let desk = store.silent_desk();
    desk.close(Duration::ZERO).await;
    let outcome = start_at(&desk, &store, &carol(), asking()).await;
    assert!(matches!(outcome, Err(WriteError::ShuttingDown)));
    assert_eq!(store.trace(), "");
    store.assert_untouched();
}

#[tokio::test]
async fn who_may_not_use_the_ai_starts_nothing() {
    const NEEDED: &[Permission] = &[Permission::RunAi];
    let action = "AI_INFERENCE_STREAM_CREATE";
    for caller in [erin(), admin(), without_run_ai(max())] {
        let store = TestStore::empty();
        store.update_rights(&caller);
        let refused = start(&store, &caller, asking()).await;
        assert_lacks(&store, &caller, NEEDED, action, refused);
        assert_eq!(store.trace(), "take begin find_member roll_back record");

        let store = TestStore::empty();
        let use_case =
            StartConversation::new(store.gate(), catalog(), store.silent_desk(), store.limit());
        let refused = use_case.require(&caller).await;
        assert_lacks(&store, &caller, NEEDED, action, refused);
        assert_eq!(store.trace(), "record");
    }
}

#[tokio::test(start_paused = true)]
async fn the_same_request_again_finds_the_first_conversation_and_takes_no_allowance() {
    let store = TestStore::empty();
    let id = start(&store, &alice(), under_key(1)).await.unwrap();
    let kept = store.keys();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].outcome.conversation_id, id);
    assert_eq!(kept[0].outcome.answer_id, Some(store.messages_of(id)[1].id));
    assert_eq!(
        store.trace(),
        "begin find_key roll_back take begin find_key find_member settings insert insert_messages \
         save_key commit read_path"
    );
    store.exhaust(&alice());
    store.forget_calls();
    // Also while the answer is still being written.
    assert_eq!(start(&store, &alice(), under_key(1)).await.unwrap(), id);
    assert_eq!(store.trace(), "begin find_key roll_back read");
    store.assert_untouched();
    assert_eq!(store.stored().conversations.len(), 1);
}

#[tokio::test]
async fn the_same_key_with_another_prompt_is_a_mistake() {
    let store = TestStore::empty();
    start(&store, &alice(), under_key(1)).await.unwrap();
    store.forget_calls();
    let outcome = start(&store, &alice(), under_key(2)).await;
    assert!(matches!(
        outcome,
        Err(WriteError::Idempotency(IdempotencyError::KeyReused))
    ));
    store.assert_untouched();
}

#[tokio::test]
async fn what_was_started_is_not_shown_again_to_who_may_not_see_it_any_more() {
    let store = TestStore::empty();
    let id = start(&store, &alice(), under_key(1)).await.unwrap();
    store.change_conversation(id, |it| it.owner_id = bob().user_id());
    let outcome = start(&store, &alice(), under_key(1)).await;
    assert!(matches!(
        outcome,
        Err(WriteError::Access(AccessError::NotFound))
    ));
}

#[tokio::test]
async fn who_was_stopped_is_not_known_any_more() {
    assert_stopped_is_unauthenticated(TestStore::empty, &alice(), async |store| {
        start(store, &alice(), asking()).await
    })
    .await;
}

#[tokio::test]
async fn every_failure_before_the_commit_is_passed_on_and_nothing_is_stored() {
    for caller in [alice(), erin()] {
        for request in [asking(), under_key(1)] {
            assert_every_failure_is_passed_on(TestStore::empty, async |store| {
                start(store, &caller, request.clone()).await
            })
            .await;
        }
    }
}

#[tokio::test]
async fn an_answer_whose_path_cannot_be_read_is_marked_as_interrupted() {
    let store = TestStore::empty();
    store.fail_every("read_path");
    assert_eq!(
        why(start(&store, &carol(), asking()).await),
        Why::Unavailable
    );
    let interrupted = AnswerStatus::Failed(AnswerFailure::Interrupted);
    let messages = store.messages_of(STARTED);
    assert_eq!(messages[1].status(), interrupted);
    assert_eq!(store.committed().len(), 2, "both entries are stored");
}
