use async_trait::async_trait;
use parlor_domain::{
    conversation::Version,
    grants::{Level::View, Privacy},
    ids::{OrganizationId, UserId},
    message::{AnswerStatus, Message},
};
use serde_json::json;

use super::*;
use crate::{
    kit::*,
    ports::{ConversationCopy, ConversationKey, IdempotencyRecord, UnitOfWorkFactory},
};

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
    stage: &Stage,
    caller: &Caller,
    request: ForkRequest,
) -> Result<ConversationView, ForkError> {
    ForkConversation::new(stage.gate(), stage.messages(), ForkConversation::queue())
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

fn on_stage() -> Stage {
    Stage::with(shared(View)).saying(branched())
}

fn messages_of(stage: &Stage, id: ConversationId) -> Vec<Message> {
    let mut messages = stage.stored().messages;
    messages.retain(|message| message.conversation_id == id);
    messages
}

#[tokio::test]
async fn a_viewer_gets_a_private_copy_of_its_own_under_new_ids() {
    let stage = on_stage();
    let view = fork(&stage, &carol(), whole(CONVERSATION)).await.unwrap();
    assert_eq!(view.summary.owner, user_ref(&carol()));
    assert_eq!(view.summary.forked_from, Some(CONVERSATION));
    let copy = stage.conversation(view.summary.id);
    assert_eq!(copy.owner_id, carol().user_id());
    assert_eq!(copy.privacy, Privacy::Private);
    assert_eq!(copy.version, Version::FIRST);
    assert_eq!(copy.forked_from, Some(CONVERSATION));

    let copied = messages_of(&stage, copy.id);
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
        let stage = Stage::with(conversation.clone()).saying(branched());
        let view = fork(&stage, &caller, whole(CONVERSATION)).await.unwrap();
        assert_eq!(stage.conversation(CONVERSATION), conversation);
        assert_eq!(messages_of(&stage, CONVERSATION), branched());
        let input = json!({"forkId": view.summary.id.as_uuid(), "messages": 3});
        assert_eq!(stage.committed(), [done(&caller, FORK, &under, 4, input)]);
        assert_eq!(
            stage.trace(),
            "begin_on open roll_back read_outline begin_copy insert find_messages insert_messages \
             open commit"
        );
    }
}

#[tokio::test]
async fn with_a_leaf_its_path_alone_is_copied() {
    let stage = on_stage();
    let request = ForkRequest {
        leaf: Some(message_id(2)),
        ..whole(CONVERSATION)
    };
    let view = fork(&stage, &carol(), request).await.unwrap();
    let copied = messages_of(&stage, view.summary.id);
    assert_eq!(copied.len(), 2);
    assert_eq!(copied[1].status(), AnswerStatus::Complete);
    assert_eq!(stage.committed()[0]["input"]["messages"], 2);
}

#[tokio::test]
async fn a_leaf_of_another_conversation_is_unknown() {
    let stage = on_stage();
    stage.change(|stored| {
        let foreign = stored.messages.last_mut().unwrap();
        foreign.conversation_id = ABSENT;
    });
    for leaf in [message_id(3), message_id(9)] {
        let request = ForkRequest {
            leaf: Some(leaf),
            ..whole(CONVERSATION)
        };
        let outcome = fork(&stage, &carol(), request).await;
        assert!(matches!(outcome, Err(ForkError::UnknownLeaf)));
    }
    stage.assert_untouched();
}

#[tokio::test]
async fn messages_that_make_no_tree_are_not_copied() {
    let stage = on_stage();
    stage.change(|stored| stored.messages[1].parent_id = Some(message_id(9)));
    let outcome = fork(&stage, &carol(), whole(CONVERSATION)).await;
    assert!(matches!(
        outcome,
        Err(ForkError::Store(StoreError::Other(_)))
    ));
    stage.assert_untouched();
}

#[tokio::test]
async fn nothing_is_copied_while_private_conversations_are_disabled() {
    let stage = on_stage().under(PRIVATE_DISABLED);
    let outcome = fork(&stage, &carol(), whole(CONVERSATION)).await;
    assert!(matches!(
        outcome,
        Err(ForkError::PrivateConversationsDisabled(_))
    ));
    stage.assert_untouched();
}

#[tokio::test]
async fn who_sees_it_without_run_ai_may_not_fork() {
    for caller in [alice(), vera(), max()] {
        let caller = without_run_ai(caller);
        let stage = Stage::with(private()).saying(branched());
        stage.change(|stored| {
            stored
                .members
                .insert(caller.user_id(), caller.member.clone());
        });
        let refused = fork(&stage, &caller, whole(CONVERSATION)).await;
        assert_refused(&stage, &caller, Action::Fork, refused);
    }
}

#[tokio::test]
async fn who_cannot_see_it_gets_what_who_asks_for_nothing_gets() {
    let stage = || Stage::with(private()).saying(branched());
    for caller in [carol(), erin(), mallory()] {
        assert_invisible_like_absent(stage, &caller, async |stage, id| {
            fork(stage, &caller, whole(id)).await
        })
        .await;
    }
}

#[tokio::test]
async fn the_same_request_again_answers_the_first_copy_and_does_nothing() {
    let stage = on_stage();
    let first = fork(&stage, &carol(), under_key(1)).await.unwrap();
    assert_eq!(stage.committed().len(), 1);
    let second = fork(&stage, &carol(), under_key(1)).await.unwrap();
    assert_eq!(second.summary.id, first.summary.id);
    assert_eq!(stage.committed().len(), 1);
    assert_eq!(stage.stored().conversations.len(), 2);
    let of_another_request = fork(&stage, &carol(), under_key(2)).await;
    assert!(matches!(
        of_another_request,
        Err(ForkError::Idempotency(IdempotencyError::KeyReused))
    ));
}

#[tokio::test]
async fn the_first_copy_is_not_answered_again_to_who_may_not_see_it_any_more() {
    let stage = Stage::with(private()).saying(branched());
    stage.change(|stored| {
        stored.keys.push(IdempotencyRecord {
            user_id: carol().user_id(),
            key: key(1).key,
            fingerprint: key(1).fingerprint,
            outcome: IdempotentOutcome {
                conversation_id: CONVERSATION,
                answer_id: None,
            },
            created_at: now(),
        });
    });
    let outcome = fork(&stage, &carol(), under_key(1)).await;
    assert_eq!(why(outcome), Why::NotFound);
    assert_eq!(
        stage.trace(),
        "begin_on find_key roll_back read record_denial"
    );
}

#[tokio::test]
async fn who_was_stopped_is_not_known_any_more() {
    assert_stopped_is_unauthenticated(on_stage, &carol(), async |stage| {
        fork(stage, &carol(), whole(CONVERSATION)).await
    })
    .await;
}

#[tokio::test]
async fn every_failure_is_passed_on_and_nothing_is_stored() {
    for caller in [carol(), erin(), mallory()] {
        for request in [whole(CONVERSATION), under_key(1)] {
            assert_every_failure_is_passed_on(on_stage, async |stage| {
                fork(stage, &caller, request.clone()).await
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
    stage: &Stage,
    happens: impl Fn(&mut Tables) + Send + Sync + 'static,
) -> Result<ConversationView, ForkError> {
    let gate = stage.gate();
    let changed = stage.clone();
    let gate = AccessGate {
        reader: stage.reader(),
        units: Arc::new(Meanwhile {
            units: Arc::clone(&gate.units),
            happens: Box::new(move || changed.change(&happens)),
        }),
        recorder: Arc::clone(&gate.recorder),
        clock: clock(),
        ids: Arc::clone(&gate.ids),
    };
    ForkConversation::new(Arc::new(gate), stage.messages(), ForkConversation::queue())
        .execute(&carol(), whole(CONVERSATION))
        .await
}

#[tokio::test]
async fn who_lost_access_while_it_was_copied_gets_no_copy() {
    let stage = on_stage();
    let outcome = fork_while(&stage, |stored| {
        stored.conversations.insert(CONVERSATION, private());
    })
    .await;
    assert_eq!(why(outcome), Why::NotFound);
    assert_eq!(stage.stored().conversations.len(), 1);
    assert_eq!(stage.stored().messages, branched());
    assert_eq!(stage.committed_entries(), []);
    assert_eq!(stage.recorded_entries().len(), 1, "the refusal is audited");
}

#[tokio::test]
async fn who_may_not_fork_any_more_is_refused_and_that_is_audited() {
    let stage = on_stage();
    let outcome = fork_while(&stage, |stored| {
        let without = without_run_ai(vera());
        let carol = carol().user_id();
        let member = stored.members.get_mut(&carol).unwrap();
        member.principal.permissions = without.member.principal.permissions;
    })
    .await;
    assert!(matches!(why(outcome), Why::Forbidden(_)));
    assert_eq!(stage.stored().conversations.len(), 1);
    assert_eq!(stage.committed_entries(), []);
    assert_eq!(stage.recorded_entries().len(), 1);
}

#[tokio::test]
async fn a_conversation_that_is_deleted_while_it_is_copied_is_not_found() {
    let stage = on_stage();
    let outcome = fork_while(&stage, |stored| {
        stored.conversations.clear();
        stored.messages.clear();
    })
    .await;
    assert_eq!(why(outcome), Why::NotFound);
    assert!(stage.stored().conversations.is_empty());
    assert_eq!(stage.committed_entries(), []);
}

#[tokio::test]
async fn what_is_written_while_it_is_copied_is_not_in_the_copy() {
    let stage = on_stage();
    let view = fork_while(&stage, |stored| {
        let parent = stored.messages[1].clone();
        stored.messages.push(prompt(4, Some(&parent)));
    })
    .await
    .unwrap();
    assert_eq!(messages_of(&stage, view.summary.id).len(), 3);
    assert_eq!(messages_of(&stage, CONVERSATION).len(), 4);
}

#[test]
fn no_part_is_long_and_none_is_missing() {
    for (count, bytes, expected) in [
        (0, 0, vec![]),
        (32, 10, vec![32]),
        (66, 10, vec![32, 32, 2]),
        (5, 100_000, vec![2, 2, 1]),
        (3, 1_000_000, vec![1, 1, 1]),
    ] {
        let outline: Vec<_> = (1..=count)
            .map(|number| MessageOutline {
                id: message_id(number),
                parent_id: None,
                position: number,
                bytes,
            })
            .collect();
        let mut number = 1_000;
        let copies = plan_copies(&originals(&outline), None, || {
            number += 1;
            message_id(number)
        });
        let copies = copies.unwrap();
        let parts: Vec<_> = parts(&outline, &copies).collect();
        let lengths: Vec<_> = parts.iter().map(|part| part.len()).collect();
        assert_eq!(lengths, expected);
        assert_eq!(parts.concat(), copies);
    }
}
