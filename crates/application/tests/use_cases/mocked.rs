//! Every change on mocks: what must not happen when a unit of work cannot begin, or when the caller is refused.

use std::sync::Arc;

use parlor_application::{
    access_gate::AccessGate,
    conversations::{
        CreateConversation, DeleteConversation, NewConversationRequest, RenameConversation,
        SaveSharing, TogglePrivacy, TransferConversation, WantedGrants,
    },
    messages::{
        PromptConversation, PromptLimit, PromptRequest, RegenerateAnswer, RegenerateRequest,
        StartConversation, StartRequest, StopAnswer,
    },
    organization::ChangeSettings,
    ports::{
        Allowance, FoundConversation, IdGenerator, MockAuditRecorder, MockConversationReader,
        MockIdGenerator, MockMessageReader, MockPromptAllowance, MockUnitOfWorkFactory, Opening,
        StoreError, UnitOfWork,
    },
    testing::*,
};
use parlor_domain::{
    grants::{Level::View, PrivacyKind},
    ids::UserId,
    message_tree::Place,
};

use crate::support::*;

/// How many changes [`change_everything`] tries.
const CHANGES: usize = 11;

/// A gate whose reader must not be called.
fn gate(units: MockUnitOfWorkFactory, recorder: MockAuditRecorder) -> Arc<AccessGate> {
    let mut ids = MockIdGenerator::new();
    ids.expect_next().returning(|| new_id(1));
    let ids: Arc<dyn IdGenerator> = Arc::new(ids);
    Arc::new(AccessGate {
        reader: Arc::new(MockConversationReader::new()),
        units: Arc::new(units),
        recorder: Arc::new(recorder),
        clock: clock(),
        ids,
    })
}

/// A limit that nobody has reached.
fn allowed() -> PromptLimit {
    let mut allowance = MockPromptAllowance::new();
    allowance
        .expect_take()
        .returning(|_, _| Ok(Allowance::Taken));
    PromptLimit {
        allowance: Arc::new(allowance),
        per_minute: PER_MINUTE,
    }
}

/// Lets people try each change who may not make it; answers why they did not.
async fn change_everything(gate: &Arc<AccessGate>) -> [Why; CHANGES] {
    let (carol, seen) = (carol(), as_seen());
    let rename = RenameConversation::new(gate.clone());
    let toggle = TogglePrivacy::new(gate.clone());
    let delete = DeleteConversation::new(gate.clone());
    let transfer = TransferConversation::new(gate.clone());
    let save = SaveSharing::new(gate.clone());
    let create = CreateConversation::new(gate.clone());
    let settings = ChangeSettings::new(gate.clone());
    let (store, limit) = (TestStore::empty(), allowed());
    let desk = store.silent_desk();
    let start = StartConversation::new(gate.clone(), catalog(), desk.clone(), limit.clone());
    let prompt = PromptConversation::new(gate.clone(), catalog(), desk.clone(), limit.clone());
    let regenerate = RegenerateAnswer::new(gate.clone(), catalog(), desk.clone(), limit);
    let stop = StopAnswer::new(gate.clone(), Arc::new(MockMessageReader::new()), desk);
    let (start, prompt, regenerate) = (Arc::new(start), Arc::new(prompt), Arc::new(regenerate));
    let first = StartRequest {
        content: content("x"),
        must_be_private: false,
        idempotency_key: None,
    };
    let next = PromptRequest {
        conversation_id: CONVERSATION,
        content: content("x"),
        place: Place::NewestLeaf,
        model: None,
        idempotency_key: None,
    };
    let again = RegenerateRequest {
        conversation_id: CONVERSATION,
        message_id: message_id(2),
        model: None,
        idempotency_key: None,
    };
    let (to, wanted) = (PrivacyKind::Private, WantedGrants::default());
    let heir = bob().user_id();
    let new = NewConversationRequest::default();
    [
        why(rename
            .execute(&carol, CONVERSATION, &seen, title("x"))
            .await),
        why(toggle.execute(&carol, CONVERSATION, &seen, to).await),
        why(delete.execute(&carol, CONVERSATION, &seen).await),
        why(transfer.execute(&carol, CONVERSATION, &seen, heir).await),
        why(save.execute(&carol, CONVERSATION, &seen, wanted).await),
        why(create.execute(&erin(), new).await),
        why(settings.execute(&alice(), PRIVATE_DISABLED).await),
        why(start.execute(erin(), first).await),
        why(prompt.execute(carol.clone(), next).await),
        why(regenerate.execute(carol.clone(), again).await),
        why(stop.execute(&carol, CONVERSATION, message_id(2)).await),
    ]
}

#[tokio::test]
async fn where_no_unit_of_work_begins_every_change_fails_and_nothing_else_is_called() {
    let mut units = MockUnitOfWorkFactory::new();
    units
        .expect_begin()
        .times(3)
        .returning(|_| Err(StoreError::Unavailable(None)));
    units
        .expect_begin_on()
        .times(7)
        .returning(|_, _| Err(StoreError::Unavailable(None)));
    units
        .expect_begin_deletion()
        .once()
        .returning(|_, _| Err(StoreError::Unavailable(None)));
    let mut recorder = MockAuditRecorder::new();
    recorder.expect_record().never();
    let failed = change_everything(&gate(units, recorder)).await;
    assert_eq!(failed, [Why::Unavailable; CHANGES]);
}

/// A unit of work that shows what a viewer sees, and must not be committed.
fn never_committed() -> Box<dyn UnitOfWork> {
    let member = |id: UserId| {
        let callers = everybody().into_iter();
        let mut members = callers.map(|caller| caller.member);
        members.find(|member| member.principal.user_id == id)
    };
    let mut unit = MockUnitOfWork::default();
    unit.directory
        .expect_find_member()
        .returning(move |id| Ok(member(id)));
    unit.opening = Some(Box::new(move |user_id, _| {
        Ok(member(user_id).map(|member| Opening {
            member,
            settings: PRIVATE_ENABLED,
            found: Some(FoundConversation {
                conversation: shared(View),
                owner: user_ref(&alice()),
                forked_from: None,
            }),
        }))
    }));
    unit.ending = Some(Box::new(|audit| {
        assert!(audit.is_none(), "it was committed");
        Ok(())
    }));
    Box::new(unit)
}

#[tokio::test]
async fn a_refused_change_writes_nothing_and_is_rolled_back_and_recorded_once() {
    let mut units = MockUnitOfWorkFactory::new();
    units.expect_begin().returning(|_| Ok(never_committed()));
    units
        .expect_begin_on()
        .returning(|_, _| Ok(never_committed()));
    units
        .expect_begin_deletion()
        .returning(|_, _| Ok(never_committed()));
    let mut recorder = MockAuditRecorder::new();
    recorder
        .expect_record()
        .times(CHANGES)
        .returning(|_| Ok(()));
    for why in change_everything(&gate(units, recorder)).await {
        assert!(matches!(why, Why::Forbidden(_)), "{why:?}");
    }
}
