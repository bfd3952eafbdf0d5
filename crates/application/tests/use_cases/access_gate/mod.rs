//! What the gate decides for everybody; what it does with each use case stands in that one's tests.

use parlor_application::{
    access_gate::{AccessError, ConversationView, OpenConversation, Part},
    caller::Caller,
    testing::*,
};
use parlor_domain::{
    access::Action,
    audit::ActionName,
    conversation::Conversation,
    grants::Level::{Collaborate, View},
    ids::ConversationId,
    principal::Permission,
};
use serde_json::{Value, json};

use crate::support::*;

mod failed_steps;
mod viewpoint;

const ALL_PARTS: [Part; 6] = [
    Part::Conversation,
    Part::Messages,
    Part::Tree,
    Part::Sharing,
    Part::Access,
    Part::PrivilegedReadings,
];

async fn read(
    store: &TestStore,
    caller: &Caller,
    id: ConversationId,
) -> Result<ConversationView, AccessError> {
    store
        .gate()
        .read(caller, id, Action::Read, Part::Messages)
        .await
}

/// What a step is given.
async fn open(
    store: &TestStore,
    caller: &Caller,
    id: ConversationId,
    action: Action,
) -> Result<OpenConversation, AccessError> {
    let give_it = |open| async move { Ok(open) };
    store.gate().step(caller, id, action, give_it).await
}

/// The names of those who can read it.
async fn readers(conversation: Conversation) -> Vec<String> {
    let mut readers = Vec::new();
    for caller in everybody() {
        let store = TestStore::with(conversation.clone());
        if read(&store, &caller, CONVERSATION).await.is_ok() {
            readers.push(caller.member.name);
        }
    }
    readers
}

#[tokio::test]
async fn a_private_conversation_is_read_by_its_owner_and_by_privilege_alone() {
    assert_eq!(readers(private()).await, ["alice", "vera", "max"]);
}

#[tokio::test]
async fn a_group_s_conversation_is_read_by_its_members_that_may_use_the_ai() {
    let conversation = shared_with(THREAT_HUNTING, View);
    assert_eq!(readers(conversation).await, ["alice", "bob", "vera", "max"]);
}

#[tokio::test]
async fn an_organization_s_conversation_is_read_by_all_of_it_that_may_use_the_ai() {
    let everybody_with_run_ai = ["alice", "bob", "carol", "vera", "max"];
    assert_eq!(readers(shared(Collaborate)).await, everybody_with_run_ai);
}

#[tokio::test]
async fn a_grant_makes_a_privileged_reader_an_ordinary_one_and_its_reading_is_not_recorded() {
    for caller in [vera(), max()] {
        let store = TestStore::with(shared(View));
        read(&store, &caller, CONVERSATION).await.unwrap();
        store.assert_untouched();
    }
}

#[tokio::test]
async fn a_privileged_reading_is_recorded_with_the_part_that_was_read() {
    for part in ALL_PARTS {
        let store = TestStore::with(private());
        let gate = store.gate();
        gate.read(&vera(), CONVERSATION, Action::Read, part)
            .await
            .unwrap();
        let action = "AI_INFERENCE_STREAM_GET";
        let input = json!({"part": part.as_str()});
        let expected = done(&vera(), action, &AS_PRIVILEGED_READER, 4, input);
        assert_eq!(store.recorded(), [expected]);
        assert_eq!(store.trace(), "read record");
    }
}

#[tokio::test]
async fn the_grants_of_what_a_stranger_cannot_see_are_never_read() {
    let store = TestStore::with(private());
    let denied = read(&store, &carol(), CONVERSATION).await;
    assert_eq!(why(denied), Why::NotFound);
    assert_eq!(store.trace(), "read record_denial");
}

#[tokio::test]
async fn what_is_invisible_answers_like_what_is_absent() {
    for caller in [bob(), carol(), erin(), admin(), mallory()] {
        let store = || TestStore::with(private());
        assert_invisible_like_absent(store, &caller, async |store, id| {
            read(store, &caller, id).await
        })
        .await;
    }
}

#[tokio::test]
async fn every_permission_of_another_organization_opens_nothing() {
    let shared_with_all = || TestStore::with(shared(Collaborate));
    assert_invisible_like_absent(shared_with_all, &mallory(), async |store, id| {
        read(store, &mallory(), id).await
    })
    .await;
    assert_invisible_like_absent(shared_with_all, &mallory(), async |store, id| {
        open(store, &mallory(), id, Action::Read).await
    })
    .await;
}

#[tokio::test]
async fn an_entry_tells_who_asked_from_where_and_when() {
    let store = TestStore::with(private());
    read(&store, &vera(), CONVERSATION).await.unwrap();
    let entries = store.recorded_entries();
    assert_eq!(entries[0].id.as_uuid(), new_id(1));
    assert_eq!(entries[0].organization_id, ACME);
    assert_eq!(entries[0].occurred_at, now());
    assert_eq!(entries[0].origin, vera().origin);
    assert_eq!(entries[0].actor.id(), vera().user_id());
}

#[tokio::test]
async fn a_change_is_decided_with_the_rights_inside_the_transaction_not_with_those_of_the_token() {
    let store = TestStore::with(private());
    store.permit(&max(), &[Permission::RunAi]);
    let refused = open(&store, &max(), CONVERSATION, Action::Rename).await;
    assert_eq!(why(refused), Why::NotFound);
    assert_eq!(store.trace(), "begin_on open roll_back record_denial");
}

#[tokio::test]
async fn what_is_open_is_locked_in_the_transaction_and_nothing_is_stored_yet() {
    let store = TestStore::with(private());
    let open = open(&store, &alice(), CONVERSATION, Action::Rename).await;
    let open = open.ok().unwrap();
    assert_eq!(open.conversation, private());
    assert!(open.access.allows(Action::Rename));
    assert_eq!(store.trace(), "begin_on open");
    store.assert_untouched();
}

#[tokio::test]
async fn a_refusal_or_a_denial_that_cannot_be_recorded_is_a_failure_of_the_store() {
    for caller in [carol(), erin()] {
        let store = || TestStore::with(shared(View));
        assert_every_failure_is_passed_on(store, async |store| {
            open(store, &caller, CONVERSATION, Action::Rename).await
        })
        .await;
        assert_every_failure_is_passed_on(store, async |store| {
            store
                .gate()
                .read(&caller, CONVERSATION, Action::Rename, Part::Sharing)
                .await
        })
        .await;
    }
}

#[tokio::test]
async fn a_privileged_reading_that_cannot_be_recorded_is_not_answered() {
    let store = || TestStore::with(private());
    assert_every_failure_is_passed_on(store, async |store| {
        read(store, &vera(), CONVERSATION).await
    })
    .await;
}

#[tokio::test]
async fn one_of_the_needed_permissions_is_enough() {
    const NEEDED: &[Permission] = &[Permission::RunAi, Permission::ManageResponses];
    let store = TestStore::empty();
    let require = async |caller: &Caller| {
        let gate = store.gate();
        let principal = caller.principal();
        let action = ActionName::ListGroups;
        gate.require(caller, principal, NEEDED, action).await
    };
    require(&alice()).await.unwrap();
    require(&without_run_ai(max())).await.unwrap();
    assert_eq!(store.recorded(), [] as [Value; 0]);
    let refused = require(&erin()).await;
    assert_lacks(&store, &erin(), NEEDED, "LIST_GROUPS", refused);
}
