//! Exporting a conversation.

use std::num::NonZeroU32;

use parlor_application::{
    access_gate::AccessError,
    caller::Caller,
    conversations::{ExportBrokeOff, ExportConversation, ExportError, ExportFormat},
    ports::Siblings,
    testing::*,
    user_limit::{LimitReached, UserLimit},
};
use parlor_domain::{
    grants::Level::View,
    ids::ConversationId,
    message::{AnswerStatus, Message},
};
use parlor_store_memory::model::Organization;
use serde_json::{Value, json};

use crate::support::*;

const EXPORT: &str = "AI_INFERENCE_STREAM_EXPORT";

/// A use case where all users together run one export at once.
fn use_case_for_one(store: &TestStore) -> ExportConversation {
    let limit = UserLimit::new(NonZeroU32::MAX, NonZeroU32::MIN);
    ExportConversation::new(store.gate(), store.port(), limit)
}

fn use_case(store: &TestStore) -> ExportConversation {
    let limit = UserLimit::per_user(NonZeroU32::MIN);
    ExportConversation::new(store.gate(), store.port(), limit)
}

/// The whole document.
async fn export(
    store: &TestStore,
    caller: &Caller,
    id: ConversationId,
    format: ExportFormat,
) -> Result<String, AccessError> {
    let mut export = match use_case(store).execute(caller, id, format).await {
        Ok(export) => export,
        Err(ExportError::Access(error)) => return Err(error),
        Err(ExportError::TooMany(error)) => panic!("{error}"),
    };
    let mut document = String::new();
    loop {
        match export.next().await {
            Ok(Some(piece)) => document.push_str(&piece),
            Ok(None) => return Ok(document),
            Err(ExportBrokeOff::Store(error)) => return Err(error.into()),
            Err(error @ ExportBrokeOff::AccessLost) => panic!("{error}"),
        }
    }
}

/// Prompts after each other, so that an export has several pieces.
fn long_talk() -> Vec<Message> {
    let first = talk(AnswerStatus::Complete).swap_remove(0);
    (1..=130)
        .map(|position| Message {
            id: message_id(position),
            position,
            ..first.clone()
        })
        .collect()
}

#[tokio::test]
async fn who_may_read_it_takes_everything_away_which_is_always_recorded() {
    for (caller, conversation, under) in [
        (alice(), private(), AS_OWNER),
        (carol(), shared(View), AS_VIEWER),
        (vera(), private(), AS_PRIVILEGED_READER),
        (max(), private(), AS_MANAGER),
    ] {
        for format in [ExportFormat::Json, ExportFormat::Markdown] {
            let messages = talk(AnswerStatus::Complete);
            let store = TestStore::with(conversation.clone()).saying(messages.clone());
            let exported = export(&store, &caller, CONVERSATION, format).await.unwrap();
            for message in &messages {
                let content = message.content.as_str();
                assert!(exported.contains(content), "{exported}");
            }
            if format == ExportFormat::Json {
                let document: Value = serde_json::from_str(&exported).unwrap();
                let id = json!(CONVERSATION.as_uuid());
                assert_eq!(document["conversation"]["id"], id);
                let exported = document["messages"].as_array().unwrap().iter();
                let exported: Vec<_> = exported.map(|it| it["id"].clone()).collect();
                let ids = messages.iter().map(|it| json!(it.id.as_uuid()));
                assert_eq!(exported, ids.collect::<Vec<_>>());
            }
            let input = json!({"format": format.as_str(), "messages": 2});
            assert_eq!(store.recorded(), [done(&caller, EXPORT, &under, 4, input)]);
            assert_eq!(store.trace(), "read read_outline record read_span");
        }
    }
}

#[tokio::test]
async fn what_is_taken_away_is_as_new_as_the_client_s_last_write_or_as_the_request() {
    for (caller, at_least) in [(alice(), READ_AT), (having_seen(alice()), SEEN)] {
        let store = TestStore::with(private()).saying(talk(AnswerStatus::Complete));
        let json = ExportFormat::Json;
        export(&store, &caller, CONVERSATION, json).await.unwrap();
        assert_eq!(store.take_positions(), [at_least, at_least]);
    }
}

#[tokio::test]
async fn who_cannot_see_it_gets_what_who_asks_for_nothing_gets() {
    let store = || TestStore::with(private()).saying(talk(AnswerStatus::Complete));
    for caller in [bob(), mallory()] {
        assert_invisible_like_absent(store, &caller, async |store, id| {
            export(store, &caller, id, ExportFormat::Json).await
        })
        .await;
    }
}

#[tokio::test]
async fn an_export_that_cannot_be_recorded_is_not_answered() {
    for caller in [alice(), vera(), mallory()] {
        let store = || TestStore::with(private()).saying(talk(AnswerStatus::Complete));
        assert_every_failure_is_passed_on(store, async |store| {
            export(store, &caller, CONVERSATION, ExportFormat::Json).await
        })
        .await;
    }
}

#[tokio::test]
async fn a_long_conversation_is_exported_in_pieces_and_its_access_is_checked_before_each() {
    let store = TestStore::with(private()).saying(long_talk());
    let document = export(&store, &alice(), CONVERSATION, ExportFormat::Json).await;
    let document: Value = serde_json::from_str(&document.unwrap()).unwrap();
    let messages = document["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 130);
    for (message, index) in messages.iter().zip(0..) {
        let named = message["siblings"].as_array().unwrap();
        assert_eq!(named.len(), Siblings::MAX as usize);
        assert!(named.contains(&message["id"]));
        assert_eq!(message["sibling_count"], 130);
        assert_eq!(message["sibling_index"], index);
    }
    let trace =
        "read read_outline record read_span read_with_member read_span read_with_member read_span";
    assert_eq!(store.trace(), trace);
}

#[tokio::test]
async fn an_export_breaks_off_when_its_reader_loses_access_or_the_conversation_is_deleted() {
    let revoke = |acme: &mut Organization| {
        acme.conversations.insert(CONVERSATION, private());
    };
    let delete = |acme: &mut Organization| {
        acme.conversations.remove(&CONVERSATION);
    };
    for change in [&revoke as &dyn Fn(&mut Organization), &delete] {
        let store = TestStore::with(shared(View)).saying(long_talk());
        let export = use_case(&store)
            .execute(&carol(), CONVERSATION, ExportFormat::Json)
            .await;
        let mut export = export.unwrap();
        assert!(export.next().await.unwrap().is_some());
        store.change(change);
        let error = export.next().await.unwrap_err();
        assert!(matches!(error, ExportBrokeOff::AccessLost), "{error}");
    }
}

#[tokio::test]
async fn an_export_that_goes_on_by_privilege_alone_is_recorded_before_the_next_piece() {
    for (caller, under) in [(vera(), AS_PRIVILEGED_READER), (max(), AS_MANAGER)] {
        let store = TestStore::with(shared(View)).saying(long_talk());
        let export = use_case(&store)
            .execute(&caller, CONVERSATION, ExportFormat::Json)
            .await;
        let mut export = export.unwrap();
        assert!(export.next().await.unwrap().is_some());
        let before = store.recorded();
        assert_eq!((before.len(), &before[0]["privileged"]), (1, &json!(false)));
        store.change(|acme| {
            acme.conversations.insert(CONVERSATION, private());
        });
        store.fail_every("record");
        let error = export.next().await.unwrap_err();
        assert!(matches!(error, ExportBrokeOff::Store(_)), "{error}");
        store.recover("record");
        while export.next().await.unwrap().is_some() {}
        let input = json!({"format": "json", "messages": 80, "continued": true});
        let expected = done(&caller, EXPORT, &under, 4, input);
        assert_eq!(store.recorded()[1..], [expected]);
    }
}

#[tokio::test]
async fn a_user_exports_no_more_at_once_than_the_limit_and_an_export_that_ends_makes_room() {
    let store = TestStore::with(shared(View)).saying(talk(AnswerStatus::Complete));
    let use_case = use_case(&store);
    let begin = |caller| {
        let use_case = &use_case;
        async move {
            use_case
                .execute(&caller, CONVERSATION, ExportFormat::Json)
                .await
        }
    };
    let first = begin(alice()).await.unwrap();
    let refused = begin(alice()).await.err().unwrap();
    assert!(matches!(
        refused,
        ExportError::TooMany(LimitReached::User { limit: 1 })
    ));
    begin(carol()).await.unwrap();
    drop(first);
    begin(alice()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_export_waits_for_another_user_s_for_a_while_and_is_refused_then() {
    let store = TestStore::with(shared(View)).saying(talk(AnswerStatus::Complete));
    let use_case = use_case_for_one(&store);
    let begin = async |caller| {
        use_case
            .execute(&caller, CONVERSATION, ExportFormat::Json)
            .await
    };
    let first = begin(alice()).await.unwrap();
    let refused = begin(carol()).await.err().unwrap();
    let of_all = ExportError::TooMany(LimitReached::Process);
    assert_eq!(refused.to_string(), of_all.to_string());
    let waiting = begin(carol());
    let mut waiting = std::pin::pin!(waiting);
    assert!(futures::poll!(waiting.as_mut()).is_pending());
    drop(first);
    waiting.await.unwrap();
}

#[tokio::test]
async fn access_that_ends_while_an_export_waits_lets_it_export_nothing() {
    let store = TestStore::with(shared(View)).saying(talk(AnswerStatus::Complete));
    let use_case = use_case_for_one(&store);
    let first = use_case
        .execute(&alice(), CONVERSATION, ExportFormat::Json)
        .await
        .unwrap();
    let carol = carol();
    let waiting = use_case.execute(&carol, CONVERSATION, ExportFormat::Json);
    let mut waiting = std::pin::pin!(waiting);
    assert!(futures::poll!(waiting.as_mut()).is_pending());
    store.change(|acme: &mut Organization| {
        acme.conversations.insert(CONVERSATION, private());
    });
    drop(first);
    let refused = waiting.await.err().unwrap();
    assert!(
        matches!(refused, ExportError::Access(AccessError::NotFound)),
        "{refused}"
    );
}
