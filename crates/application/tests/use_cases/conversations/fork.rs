//! Forking a conversation.

use std::sync::Arc;

use async_trait::async_trait;
use parlor_application::{
    access_gate::{AccessGate, ConversationView},
    caller::Caller,
    conversations::{ForkConversation, ForkError, ForkRequest},
    idempotency::IdempotencyError,
    ports::{
        ConversationCopy, ConversationKey, IdempotencyRecord, IdempotentOutcome, MessageOutline,
        MockMessageReader, StoreError, UnitOfWork, UnitOfWorkFactory,
    },
    testing::*,
};
use parlor_domain::{
    access::Action,
    conversation::{Conversation, Version},
    grants::Level::View,
    grants::Privacy,
    ids::{ConversationId, OrganizationId, UserId},
    message::{AnswerStatus, Message},
    principal::Permission,
};
use parlor_store_memory::model::Organization;
use serde_json::json;

use crate::support::*;

const FORK: &str = "AI_INFERENCE_STREAM_FORK";

fn whole(id: ConversationId) -> ForkRequest {
    ForkRequest {
        conversation_id: id,
        leaf: None,
        idempotency_key: None,
    }
}

fn under_key(fingerprint: u8) -> ForkRequest {
    ForkRequest {
        idempotency_key: Some(key(fingerprint)),
        ..whole(CONVERSATION)
    }
}

async fn fork(
    store: &TestStore,
    caller: &Caller,
    request: ForkRequest,
) -> Result<ConversationView, ForkError> {
    ForkConversation::new(store.gate(), store.port(), ForkConversation::queue())
        .execute(caller, request)
        .await
}

/// A prompt with two answers, the second of which still grows.
fn branched() -> Vec<Message> {
    let prompt = prompt(1, None);
    let first = answer(2, &prompt, AnswerStatus::Complete);
    let second = answer(3, &prompt, AnswerStatus::Writing);
    vec![prompt, first, second]
}

fn shared_with_all() -> TestStore {
    TestStore::with(shared(View)).saying(branched())
}

#[tokio::test]
async fn a_viewer_gets_a_private_copy_of_its_own_under_new_ids() {
    let store = shared_with_all();
    let view = fork(&store, &carol(), whole(CONVERSATION)).await.unwrap();
    assert_eq!(view.summary.owner, user_ref(&carol()));
    assert_eq!(view.summary.forked_from, Some(CONVERSATION));
    let copy = store.conversation(view.summary.id);
    assert_eq!(copy.owner_id, carol().user_id());
    assert_eq!(copy.privacy, Privacy::Private);
    assert_eq!(copy.version, Version::FIRST);
    assert_eq!(copy.forked_from, Some(CONVERSATION));

    let copied = store.messages_of(copy.id);
    let originals = branched();
    assert_eq!(copied.len(), originals.len());
    for (copied, original) in copied.iter().zip(&originals) {
        assert_ne!(copied.id, original.id);
        assert_eq!(copied.author_id(), original.author_id());
        assert_eq!(copied.content, original.content);
    }
    assert_eq!(copied[2].parent_id, Some(copied[0].id));
    assert_eq!(copied[2].status(), AnswerStatus::Stopped, "it never grows");
}

#[tokio::test]
async fn the_original_stays_as_it_is_and_the_entry_stands_with_it() {
    for (caller, conversation, under) in [
        (alice(), private(), AS_OWNER),
        (carol(), shared(View), AS_VIEWER),
        (vera(), private(), AS_PRIVILEGED_READER),
        (max(), private(), AS_MANAGER),
    ] {
        let store = TestStore::with(conversation.clone()).saying(branched());
        let view = fork(&store, &caller, whole(CONVERSATION)).await.unwrap();
        assert_eq!(store.conversation(CONVERSATION), conversation);
        assert_eq!(store.messages_of(CONVERSATION), branched());
        let input = json!({"forkId": view.summary.id.as_uuid(), "messages": 3});
        assert_eq!(store.committed(), [done(&caller, FORK, &under, 4, input)]);
        assert_eq!(
            store.trace(),
            "begin_on open roll_back read_outline begin_copy copy_messages finish_copy open commit"
        );
    }
}

#[tokio::test]
async fn with_a_leaf_its_path_alone_is_copied() {
    let store = shared_with_all();
    let request = ForkRequest {
        leaf: Some(message_id(2)),
        ..whole(CONVERSATION)
    };
    let view = fork(&store, &carol(), request).await.unwrap();
    let copied = store.messages_of(view.summary.id);
    assert_eq!(copied.len(), 2);
    assert_eq!(copied[1].status(), AnswerStatus::Complete);
    assert_eq!(store.committed()[0]["input"]["messages"], 2);
}

#[tokio::test]
async fn a_leaf_of_another_conversation_is_unknown() {
    let store = shared_with_all();
    store.move_last_message_elsewhere();
    for leaf in [message_id(3), message_id(9)] {
        let request = ForkRequest {
            leaf: Some(leaf),
            ..whole(CONVERSATION)
        };
        let outcome = fork(&store, &carol(), request).await;
        assert!(matches!(outcome, Err(ForkError::UnknownLeaf)));
    }
    store.assert_untouched();
}

#[tokio::test]
async fn messages_that_make_no_tree_are_not_copied() {
    let store = shared_with_all();
    let mut reader = MockMessageReader::new();
    reader.expect_outline().returning(|_, _| {
        let follows_nothing = answer(2, &prompt(9, None), AnswerStatus::Complete);
        let messages = [prompt(1, None), follows_nothing];
        Ok(messages.iter().map(MessageOutline::of).collect())
    });
    let queue = ForkConversation::queue();
    let outcome = ForkConversation::new(store.gate(), Arc::new(reader), queue)
        .execute(&carol(), whole(CONVERSATION))
        .await;
    assert!(matches!(
        outcome,
        Err(ForkError::Store(StoreError::Other(_)))
    ));
    store.assert_untouched();
}

#[tokio::test]
async fn nothing_is_copied_while_private_conversations_are_disabled() {
    let store = shared_with_all().under(PRIVATE_DISABLED);
    let outcome = fork(&store, &carol(), whole(CONVERSATION)).await;
    assert!(matches!(
        outcome,
        Err(ForkError::PrivateConversationsDisabled(_))
    ));
    store.assert_untouched();
}

#[tokio::test]
async fn who_sees_it_without_run_ai_may_not_fork() {
    for caller in [alice(), vera(), max()] {
        let caller = without_run_ai(caller);
        let store = TestStore::with(private()).saying(branched());
        store.update_rights(&caller);
        let refused = fork(&store, &caller, whole(CONVERSATION)).await;
        assert_refused(&store, &caller, Action::Fork, refused);
    }
}

#[tokio::test]
async fn who_cannot_see_it_gets_what_who_asks_for_nothing_gets() {
    let store = || TestStore::with(private()).saying(branched());
    for caller in [carol(), erin(), mallory()] {
        assert_invisible_like_absent(store, &caller, async |store, id| {
            fork(store, &caller, whole(id)).await
        })
        .await;
    }
}

#[tokio::test]
async fn the_same_request_again_answers_the_first_copy_and_does_nothing() {
    let store = shared_with_all();
    let first = fork(&store, &carol(), under_key(1)).await.unwrap();
    assert_eq!(store.committed().len(), 1);
    let second = fork(&store, &carol(), under_key(1)).await.unwrap();
    assert_eq!(second.summary.id, first.summary.id);
    assert_eq!(store.committed().len(), 1);
    assert_eq!(store.stored().conversations.len(), 2);
    let of_another_request = fork(&store, &carol(), under_key(2)).await;
    assert!(matches!(
        of_another_request,
        Err(ForkError::Idempotency(IdempotencyError::KeyReused))
    ));
}

#[tokio::test]
async fn the_first_copy_is_not_answered_again_to_who_may_not_see_it_any_more() {
    let store = TestStore::with(private()).saying(branched());
    store.keep_key(IdempotencyRecord {
        user_id: carol().user_id(),
        key: key(1).key,
        fingerprint: key(1).fingerprint,
        outcome: IdempotentOutcome {
            conversation_id: CONVERSATION,
            answer_id: None,
        },
        created_at: now(),
    });
    let outcome = fork(&store, &carol(), under_key(1)).await;
    assert_eq!(why(outcome), Why::NotFound);
    assert_eq!(
        store.trace(),
        "begin_on find_key roll_back read record_denial"
    );
}

#[tokio::test]
async fn who_was_stopped_is_not_known_any_more() {
    assert_stopped_is_unauthenticated(shared_with_all, &carol(), async |store| {
        fork(store, &carol(), whole(CONVERSATION)).await
    })
    .await;
}

#[tokio::test]
async fn every_failure_is_passed_on_and_nothing_is_stored() {
    for caller in [carol(), erin(), mallory()] {
        for request in [whole(CONVERSATION), under_key(1)] {
            assert_every_failure_is_passed_on(shared_with_all, async |store| {
                fork(store, &caller, request.clone()).await
            })
            .await;
        }
    }
}

/// Lets something happen after a fork began and before its last transaction.
struct Meanwhile {
    units: Arc<dyn UnitOfWorkFactory>,
    happens: Box<dyn Fn() + Send + Sync>,
}

#[async_trait]
impl UnitOfWorkFactory for Meanwhile {
    async fn begin(
        &self,
        organization_id: OrganizationId,
    ) -> Result<Box<dyn UnitOfWork>, StoreError> {
        self.units.begin(organization_id).await
    }

    async fn begin_on(
        &self,
        user_id: UserId,
        key: ConversationKey,
    ) -> Result<Box<dyn UnitOfWork>, StoreError> {
        self.units.begin_on(user_id, key).await
    }

    async fn begin_copy(
        &self,
        original: ConversationId,
        copy: &Conversation,
    ) -> Result<Box<dyn ConversationCopy>, StoreError> {
        (self.happens)();
        self.units.begin_copy(original, copy).await
    }
}

async fn fork_while(
    store: &TestStore,
    happens: impl Fn(&mut Organization) + Send + Sync + 'static,
) -> Result<ConversationView, ForkError> {
    let gate = store.gate();
    let changed = store.clone();
    let gate = AccessGate {
        reader: store.port(),
        units: Arc::new(Meanwhile {
            units: Arc::clone(&gate.units),
            happens: Box::new(move || changed.change(&happens)),
        }),
        recorder: Arc::clone(&gate.recorder),
        clock: clock(),
        ids: Arc::clone(&gate.ids),
    };
    ForkConversation::new(Arc::new(gate), store.port(), ForkConversation::queue())
        .execute(&carol(), whole(CONVERSATION))
        .await
}

#[tokio::test]
async fn who_lost_access_while_it_was_copied_gets_no_copy() {
    let store = shared_with_all();
    let outcome = fork_while(&store, |acme| {
        acme.conversations.insert(CONVERSATION, private());
    })
    .await;
    assert_eq!(why(outcome), Why::NotFound);
    assert_eq!(store.stored().conversations.len(), 1);
    assert_eq!(store.messages_of(CONVERSATION), branched());
    assert_eq!(store.committed_entries(), []);
    assert_eq!(store.recorded_entries().len(), 1, "the refusal is audited");
}

#[tokio::test]
async fn who_may_not_fork_any_more_is_refused_and_that_is_audited() {
    let store = shared_with_all();
    let outcome = fork_while(&store, |acme| {
        permit(acme, &carol(), &[Permission::ViewPrivateResponses]);
    })
    .await;
    assert!(matches!(why(outcome), Why::Forbidden(_)));
    assert_eq!(store.stored().conversations.len(), 1);
    assert_eq!(store.committed_entries(), []);
    assert_eq!(store.recorded_entries().len(), 1);
}

#[tokio::test]
async fn a_conversation_that_is_deleted_while_it_is_copied_is_not_found() {
    let store = shared_with_all();
    let outcome = fork_while(&store, |acme| {
        acme.conversations.clear();
        acme.messages.clear();
    })
    .await;
    assert_eq!(why(outcome), Why::NotFound);
    assert!(store.stored().conversations.is_empty());
    assert_eq!(store.committed_entries(), []);
}

#[tokio::test]
async fn what_is_written_while_it_is_copied_is_not_in_the_copy() {
    let store = shared_with_all();
    let view = fork_while(&store, |acme| {
        let messages = acme.messages.get_mut(&CONVERSATION).unwrap();
        messages.push(prompt(4, messages.get(1)));
    })
    .await
    .unwrap();
    assert_eq!(store.messages_of(view.summary.id).len(), 3);
    assert_eq!(store.messages_of(CONVERSATION).len(), 4);
}
