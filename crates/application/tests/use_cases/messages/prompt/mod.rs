//! Prompting.

use std::{sync::Arc, time::Duration};

use parlor_application::{
    answering::{AnswerDesk, WRITER_SILENCE},
    caller::Caller,
    messages::{PromptConversation, PromptRequest, Prompted, WriteError},
    ports::{AnswerJournal as _, ChatMessage, StorePosition},
    testing::*,
};
use parlor_domain::{
    access::Action,
    grants::Level::{Collaborate, View},
    ids::{ConversationId, MessageId},
    message::{AnswerFailure, AnswerStatus, Role},
    message_tree::{CannotAppend, MessageTree, Place},
    text::{Content, Title},
};
use serde_json::{Value, json};

use crate::support::*;

mod admission;
mod models;

const PROMPT: &str = "AI_INFERENCE_STREAM_PROMPT";

fn ask(id: ConversationId, place: Place) -> PromptRequest {
    PromptRequest {
        conversation_id: id,
        content: content("and then?"),
        place,
        model: None,
        idempotency_key: None,
    }
}

fn ask_on() -> PromptRequest {
    ask(CONVERSATION, Place::NewestLeaf)
}

fn ask_under_key(fingerprint: u8) -> PromptRequest {
    PromptRequest {
        idempotency_key: Some(key(fingerprint)),
        ..ask_on()
    }
}

async fn prompt_at(
    desk: &Arc<AnswerDesk>,
    store: &TestStore,
    caller: &Caller,
    request: PromptRequest,
) -> Result<Prompted, WriteError> {
    let use_case =
        PromptConversation::new(store.gate(), catalog(), Arc::clone(desk), store.limit());
    Arc::new(use_case).execute(caller.clone(), request).await
}

async fn prompt(
    store: &TestStore,
    caller: &Caller,
    request: PromptRequest,
) -> Result<Prompted, WriteError> {
    prompt_at(&store.silent_desk(), store, caller, request).await
}

/// A conversation for all to prompt in, with a prompt and a whole answer.
fn shared_with_all() -> TestStore {
    TestStore::with(shared(Collaborate)).saying(talk(AnswerStatus::Complete))
}

/// The ids, parents, positions and depths of what was added.
type Added = Vec<(MessageId, Option<MessageId>, u32, u32)>;

fn added(store: &TestStore) -> Added {
    let messages = store.messages_of(CONVERSATION);
    let added = messages.iter().skip(2);
    added
        .map(|message| {
            (
                message.id,
                message.parent_id,
                message.position,
                message.depth,
            )
        })
        .collect()
}

fn given(place: u128) -> MessageId {
    MessageId::from_uuid(new_id(place))
}

#[tokio::test]
async fn a_collaborator_s_prompt_and_an_empty_answer_are_stored_with_their_entry() {
    for (caller, conversation, under) in [
        (carol(), shared(Collaborate), AS_COLLABORATOR),
        (alice(), private(), AS_OWNER),
        (max(), private(), AS_MANAGER),
    ] {
        let store = TestStore::with(conversation).saying(talk(AnswerStatus::Complete));
        let prompted = prompt(&store, &caller, ask_on()).await.unwrap();
        let asked = store.message(given(1));
        assert_eq!(asked.author_id(), Some(caller.user_id()), "as itself");
        assert_eq!(asked.content, content("and then?"));
        assert_eq!(asked.created_at, now());
        let answer = store.message(given(2));
        assert_eq!(answer.role(), Role::Assistant);
        assert_eq!(answer.status(), AnswerStatus::Writing);
        assert_eq!(answer.content.as_str(), "");
        assert_eq!(prompted.prompt.message, asked);
        assert_eq!(prompted.prompt.author, Some(user_ref(&caller)));
        assert_eq!(prompted.answer.message, answer);

        let input = json!({
            "act": "prompt",
            "messageId": new_id(1),
            "answerId": new_id(2),
        });
        assert_eq!(store.committed(), [done(&caller, PROMPT, &under, 4, input)]);
        assert_eq!(
            store.trace(),
            "take begin_on open find_newest insert_messages update commit read_path"
        );
    }
}

#[tokio::test]
async fn a_prompt_is_activity_but_no_new_version() {
    let store = shared_with_all();
    prompt(&store, &carol(), ask_on()).await.unwrap();
    let stored = store.conversation(CONVERSATION);
    assert_eq!(stored.last_activity_at, now());
    assert_eq!(stored.version, VERSION);
    assert_eq!(stored.title, private().title);
}

#[tokio::test]
async fn the_first_prompt_names_a_conversation_that_nobody_named_and_the_entry_does_not_tell() {
    let mut untitled = private();
    untitled.title = Title::untitled();
    let store = TestStore::with(untitled);
    prompt(&store, &alice(), ask_on()).await.unwrap();
    assert_eq!(store.conversation(CONVERSATION).title, title("and then?"));
    let entry = json!(parlor_application::audit_document::AuditDocument::from(
        &store.committed_entries()[0]
    ));
    assert!(!entry.to_string().contains("and then"));
}

#[tokio::test]
async fn it_goes_where_the_caller_wants_it() {
    let newest = (given(1), Some(message_id(2)), 3, 2);
    let first = (given(1), None, 3, 0);
    let branch = (given(1), Some(message_id(1)), 3, 1);
    for (place, expected) in [
        (Place::NewestLeaf, newest),
        (Place::First, first),
        (Place::After(message_id(1)), branch),
    ] {
        let store = shared_with_all();
        let prompted = prompt(&store, &carol(), ask(CONVERSATION, place)).await;
        let answer = (given(2), Some(given(1)), 4, expected.3 + 1);
        assert_eq!(added(&store), [expected, answer]);
        let messages = store.messages_of(CONVERSATION).into_iter();
        let beside = messages.filter(|message| message.parent_id == expected.1);
        let beside: Vec<_> = beside.map(|message| message.id).collect();
        let prompted = prompted.unwrap();
        assert_eq!(prompted.prompt.siblings.ids, beside);
        assert_eq!(prompted.answer.siblings.ids, [given(2)]);
    }
}

#[tokio::test]
async fn only_what_is_not_the_newest_message_is_looked_up_to_be_followed() {
    for (place, looks) in [
        (Place::NewestLeaf, "find_newest"),
        (Place::First, "find_newest"),
        (Place::After(message_id(2)), "find_newest"),
        (Place::After(message_id(1)), "find_newest find_message"),
    ] {
        let store = shared_with_all();
        prompt(&store, &carol(), ask(CONVERSATION, place))
            .await
            .unwrap();
        let trace = format!("take begin_on open {looks} insert_messages update commit read_path");
        assert_eq!(store.trace(), trace);
    }
}

#[tokio::test]
async fn nothing_follows_a_message_of_another_conversation() {
    let store = shared_with_all();
    store.move_last_message_elsewhere();
    for id in [message_id(2), message_id(9)] {
        let request = ask(CONVERSATION, Place::After(id));
        let outcome = prompt(&store, &carol(), request).await;
        assert!(matches!(outcome, Err(WriteError::UnknownMessage)));
    }
    store.assert_untouched();
}

#[tokio::test]
async fn nothing_follows_an_answer_that_is_still_being_written() {
    for place in [Place::NewestLeaf, Place::After(message_id(2))] {
        let store = TestStore::with(private()).saying(talk(AnswerStatus::Writing));
        let outcome = prompt(&store, &alice(), ask(CONVERSATION, place)).await;
        let still_writing = CannotAppend::StillWriting;
        assert!(matches!(outcome, Err(WriteError::CannotAppend(why)) if why == still_writing));
        store.assert_untouched();
    }
}

#[tokio::test]
async fn a_branch_beside_an_answer_that_is_being_written_is_free() {
    let store = TestStore::with(private()).saying(talk(AnswerStatus::Writing));
    prompt(&store, &alice(), ask(CONVERSATION, Place::First))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_conversation_with_room_for_one_message_takes_no_prompt() {
    let store = shared_with_all();
    store.change_message(CONVERSATION, 1, |it| {
        it.position = MessageTree::MAX_MESSAGES - 1;
    });
    let outcome = prompt(&store, &carol(), ask_on()).await;
    let full = CannotAppend::TooManyMessages;
    assert!(matches!(outcome, Err(WriteError::CannotAppend(why)) if why == full));
    store.assert_untouched();
}

#[tokio::test]
async fn the_named_model_or_the_default_is_asked() {
    for (named, chosen) in [(None, "echo"), (Some("large"), "large")] {
        let store = shared_with_all();
        let (model, mut script) = ScriptedModel::new();
        let request = PromptRequest {
            model: named.map(str::to_owned),
            ..ask_on()
        };
        let desk = store.desk(model);
        prompt_at(&desk, &store, &carol(), request).await.unwrap();
        assert_eq!(script.asked().await.model, chosen);
    }
}

#[tokio::test]
async fn the_model_is_asked_about_the_newest_state_whatever_the_client_has_seen() {
    let store = shared_with_all();
    prompt(&store, &having_seen(carol()), ask_on())
        .await
        .unwrap();
    assert_eq!(store.take_positions(), [StorePosition::NEWEST]);
}

#[tokio::test]
async fn the_model_gets_turns_that_alternate_with_the_name_of_each_author() {
    let store = shared_with_all();
    let before = store.messages_of(CONVERSATION);
    let second = parlor_application::testing::prompt(3, before.last());
    let mut failed = answer(4, &second, AnswerStatus::Stopped);
    failed.content = Content::default();
    let beside = answer(5, &second, AnswerStatus::Complete);
    let store = store.saying(vec![second, failed, beside]);
    let (model, mut script) = ScriptedModel::new();
    let after_the_failed = ask(CONVERSATION, Place::After(message_id(4)));
    prompt_at(&store.desk(model), &store, &carol(), after_the_failed)
        .await
        .unwrap();
    let said = |role, author: Option<&str>, text| ChatMessage {
        role,
        author_name: author.map(str::to_owned),
        content: content(text),
    };
    assert_eq!(
        script.asked().await.messages,
        [
            said(Role::User, Some("alice"), "[alice]: who logged in?"),
            said(Role::Assistant, None, "nobody did"),
            said(
                Role::User,
                Some("carol"),
                "[alice]: who logged in?\n\n[carol]: and then?"
            ),
        ]
    );
}

#[tokio::test]
async fn who_may_only_read_or_may_not_use_the_ai_does_not_prompt() {
    for (caller, conversation) in [
        (carol(), shared(View)),
        (bob(), shared_with(THREAT_HUNTING, View)),
        (vera(), private()),
        (without_run_ai(alice()), shared(Collaborate)),
        (without_run_ai(max()), private()),
    ] {
        let store = TestStore::with(conversation).saying(talk(AnswerStatus::Complete));
        store.update_rights(&caller);
        let refused = prompt(&store, &caller, ask_on()).await;
        assert_refused(&store, &caller, Action::Prompt, refused);
        assert_eq!(
            store.messages_of(CONVERSATION),
            talk(AnswerStatus::Complete)
        );
    }
}

#[tokio::test]
async fn who_cannot_see_it_gets_what_who_asks_for_nothing_gets() {
    let store = || TestStore::with(private()).saying(talk(AnswerStatus::Complete));
    for caller in [carol(), erin(), mallory()] {
        for place in [Place::NewestLeaf, Place::After(message_id(9))] {
            assert_invisible_like_absent(store, &caller, async |store, id| {
                prompt(store, &caller, ask(id, place)).await
            })
            .await;
        }
    }
}

#[tokio::test]
async fn who_was_stopped_is_not_known_any_more() {
    assert_stopped_is_unauthenticated(shared_with_all, &carol(), async |store| {
        prompt(store, &carol(), ask_on()).await
    })
    .await;
}

#[tokio::test]
async fn a_desk_that_is_closed_takes_no_prompt() {
    let store = shared_with_all();
    let desk = store.silent_desk();
    desk.close(Duration::ZERO).await;
    let outcome = prompt_at(&desk, &store, &carol(), ask_on()).await;
    assert!(matches!(outcome, Err(WriteError::ShuttingDown)));
    assert_eq!(store.trace(), "");
}

#[tokio::test]
async fn every_failure_before_the_commit_is_passed_on_and_nothing_is_stored() {
    for caller in [carol(), vera(), erin(), mallory()] {
        for request in [ask_on(), ask_under_key(1)] {
            assert_every_failure_is_passed_on(shared_with_all, async |store| {
                prompt(store, &caller, request.clone()).await
            })
            .await;
        }
    }
}

#[tokio::test]
async fn an_answer_whose_path_cannot_be_read_is_marked_as_interrupted() {
    let store = shared_with_all();
    store.fail_every("read_path");
    assert_eq!(
        why(prompt(&store, &carol(), ask_on()).await),
        Why::Unavailable
    );
    let interrupted = AnswerStatus::Failed(AnswerFailure::Interrupted);
    assert_eq!(store.message(given(2)).status(), interrupted);
    assert_eq!(store.committed().len(), 1, "the prompt is stored");
    assert_eq!(store.recorded(), [] as [Value; 0]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_finds_no_writer_and_cannot_be_marked_is_kept_alive_by_nobody() {
    let store = shared_with_all();
    let away = ["read_path", "finish"];
    for call in away {
        store.fail_every(call);
    }
    assert_eq!(
        why(prompt(&store, &carol(), ask_on()).await),
        Why::Unavailable
    );
    for call in away {
        store.recover(call);
    }
    assert_eq!(store.message(given(2)).status(), AnswerStatus::Writing);
    let (journal, calls) = (store.port(), store.calls());
    tokio::time::sleep(WRITER_SILENCE).await;
    let look = || journal.interrupt_abandoned(WRITER_SILENCE);
    assert_eq!(look().await.unwrap(), 0);
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(look().await.unwrap(), 1);
    assert_eq!(store.calls()[calls.len()..], ["interrupt", "interrupt"]);
    let interrupted = AnswerStatus::Failed(AnswerFailure::Interrupted);
    assert_eq!(store.message(given(2)).status(), interrupted);
}
