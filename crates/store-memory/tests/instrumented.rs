//! What the store with noted calls says of them, and how it fails.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use parlor_application::ports::{
    AuditLog, AuditQuery, AuditRecorder, ConversationKey, ConversationReader, Directory, Identity,
    StoreError, StorePosition, UnitOfWork, UnitOfWorkFactory,
};
use parlor_domain::{
    audit::{ActionName, Actor, AuditEntry, Origin},
    conversation::{Conversation, NewConversation},
    ids::{AuditEntryId, ConversationId},
    settings::Settings,
};
use parlor_store_memory::{
    InstrumentedStore, MemoryStore,
    seeds::{ACME, ALICE, two_organizations},
};
use uuid::Uuid;

const ID: ConversationId = ConversationId::from_uuid(Uuid::from_u128(1));
const IDENTITY: Identity = Identity {
    organization_id: ACME,
    user_id: ALICE,
};

fn store() -> InstrumentedStore {
    InstrumentedStore::new(MemoryStore::with(&two_organizations()))
}

fn conversation() -> Conversation {
    let new = NewConversation {
        id: ID,
        organization_id: ACME,
        owner_id: ALICE,
        title: None,
        privacy: None,
        created_at: at(),
    };
    let settings = Settings {
        private_conversations: true,
    };
    Conversation::create(new, settings).unwrap()
}

fn at() -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

fn entry(number: u128) -> AuditEntry {
    let id = AuditEntryId::from_uuid(Uuid::from_u128(number));
    let actor = Actor::System;
    AuditEntry::new(
        id,
        ACME,
        ActionName::CreateGroup,
        actor,
        Origin::default(),
        at(),
    )
}

async fn unit_with_a_conversation(store: &InstrumentedStore) -> Box<dyn UnitOfWork> {
    let mut unit = store.begin(ACME).await.unwrap();
    unit.conversations().insert(&conversation()).await.unwrap();
    unit
}

fn is_unavailable<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Unavailable(None)))
}

#[tokio::test]
async fn calls_are_noted_in_their_order_with_how_a_unit_of_work_ended() {
    let store = store();
    let unit = unit_with_a_conversation(&store).await;
    unit.commit(entry(1).into()).await.unwrap();
    let key = ConversationKey {
        organization_id: ACME,
        conversation_id: ID,
    };
    let mut unit = store.begin_on(ALICE, key).await.unwrap();
    unit.open(ALICE, ID).await.unwrap();
    unit.open(ALICE, ConversationId::from_uuid(Uuid::nil()))
        .await
        .unwrap();
    drop(unit);
    drop(store.begin_copy(ID, &conversation()).await.unwrap());
    assert_eq!(
        store.calls.trace(),
        "begin insert commit begin_on open open_another roll_back begin_copy roll_back"
    );
}

#[tokio::test]
async fn how_new_a_reading_had_to_be_is_noted() {
    let store = store();
    let query = AuditQuery {
        at_least: StorePosition::from_number(7),
        ..AuditQuery::default()
    };
    AuditLog::list(&store, ACME, &query).await.unwrap();
    assert_eq!(
        store.calls.take_positions(),
        [StorePosition::from_number(7)]
    );
    assert_eq!(store.calls.take_positions(), []);
}

#[tokio::test]
async fn a_failing_commit_stores_neither_the_change_nor_its_entry() {
    let store = store();
    store.calls.fail_nth("commit", 1);
    let unit = unit_with_a_conversation(&store).await;
    assert!(is_unavailable(&unit.commit(entry(1).into()).await));
    assert!(store.memory.organization(ACME).conversations.is_empty());
    assert!(store.memory.entries(ACME).is_empty());
    assert_eq!(store.calls.trace(), "begin insert commit");
    // The next one is not kept waiting, and does not fail.
    let unit = unit_with_a_conversation(&store).await;
    unit.commit(entry(1).into()).await.unwrap();
    assert_eq!(store.memory.entries(ACME), [entry(1)]);
}

#[tokio::test]
async fn the_call_at_a_place_fails_and_so_does_the_nth_of_a_name() {
    let store = store();
    store.calls.fail_at(1);
    store.calls.fail_nth("find_member", 2);
    let find_member = async || Directory::find_member(&store, IDENTITY).await;
    assert!(find_member().await.unwrap().is_some());
    assert!(is_unavailable(&store.settings(ACME).await), "at place 1");
    assert!(store.settings(ACME).await.is_ok());
    assert!(
        is_unavailable(&find_member().await),
        "the second of its name"
    );
    assert!(find_member().await.unwrap().is_some());
}

#[tokio::test]
async fn every_call_of_a_name_fails_with_the_error_that_was_given_until_it_recovers() {
    let store = store();
    let read = async || store.find_with_member(IDENTITY, ID).await;
    store.calls.fail_every("read_with_member");
    store
        .calls
        .fail_every_with("read_with_member", || StoreError::Conflict);
    for _ in 0..2 {
        assert!(matches!(read().await, Err(StoreError::Conflict)));
    }
    store.calls.recover("read_with_member");
    assert!(read().await.is_ok());
}

#[tokio::test]
async fn an_entry_that_fails_is_not_recorded() {
    let store = store();
    store.calls.fail_every("record");
    assert!(is_unavailable(&store.record(&entry(1)).await));
    assert!(store.memory.entries(ACME).is_empty());
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "a unit of work is open for a minute")]
async fn a_task_that_waits_for_its_own_unit_of_work_is_told() {
    let store = store();
    let _open = store.begin(ACME).await.unwrap();
    drop(store.begin(ACME).await);
}

#[tokio::test]
async fn what_is_changed_from_outside_waits_for_the_open_unit_of_work() {
    let store = store();
    let unit = unit_with_a_conversation(&store).await;
    let memory = store.memory.clone();
    let change = memory.change(ACME, |organization| organization.conversations.len());
    let (found, committed) = tokio::join!(change, unit.commit(entry(1).into()));
    committed.unwrap();
    assert_eq!(found, 1, "it is not lost at the commit");
}
