//! Listing who read a conversation with privileged access.

use chrono::TimeDelta;
use parlor_application::{
    access_gate::AccessError,
    caller::Caller,
    conversations::{GetConversation, ListPrivilegedReadings},
    paging::{Page, PageSize},
    ports::PrivilegedReadingRecord,
    testing::*,
};
use parlor_domain::{
    access::Action,
    audit::PrivilegedReading,
    grants::Level::{Collaborate, View},
    ids::{AuditEntryId, ConversationId},
};
use serde_json::json;

use crate::support::*;

/// Alice's private conversation, which Vera opened, and half an hour later again.
async fn read_twice() -> TestStore {
    let store = TestStore::with(private());
    for _ in 0..2 {
        open(&store).await;
        store.pass_time(TimeDelta::minutes(30)).await;
    }
    store.forget_calls();
    store
}

async fn open(store: &TestStore) {
    let get = GetConversation::new(store.gate());
    get.execute(&vera(), CONVERSATION).await.unwrap();
}

/// The reading whose entry was given this id.
fn reading(place: u128) -> PrivilegedReadingRecord {
    PrivilegedReadingRecord {
        id: AuditEntryId::from_uuid(new_id(place)),
        reader: user_ref(&vera()),
        reading: PrivilegedReading::Open,
        read_at: now(),
        last_read_at: now(),
    }
}

async fn list(
    store: &TestStore,
    caller: &Caller,
    id: ConversationId,
    before: Option<AuditEntryId>,
) -> Result<Page<PrivilegedReadingRecord, AuditEntryId>, AccessError> {
    ListPrivilegedReadings::new(store.gate(), store.port())
        .execute(caller, id, before, PageSize::new(1).unwrap())
        .await
}

#[tokio::test]
async fn the_owner_sees_who_read_it_by_privilege_the_newest_first() {
    let store = read_twice().await;
    let first = list(&store, &alice(), CONVERSATION, None).await.unwrap();
    assert_eq!(first.items, [reading(2)]);
    assert_eq!(first.next, Some(reading(2).id));
    let second = list(&store, &alice(), CONVERSATION, first.next).await;
    let second = second.unwrap();
    assert_eq!(second.items, [reading(1)]);
    assert_eq!(second.next, None);
    store.assert_untouched();
}

#[tokio::test]
async fn a_manager_is_recorded_before_it_looks_and_so_finds_itself() {
    let store = read_twice().await;
    let found = list(&store, &max(), CONVERSATION, None).await.unwrap();
    assert_eq!(found.items[0].reader, user_ref(&max()));
    let action = "AI_INFERENCE_STREAM_GET";
    let input = json!({"part": "privileged_readings"});
    assert_eq!(
        store.recorded(),
        [done(&max(), action, &AS_MANAGER, 4, input)]
    );
    assert_eq!(store.trace(), "read record privileged_readings");
}

#[tokio::test]
async fn who_may_read_or_prompt_does_not_learn_who_reads_by_privilege() {
    for (caller, level) in [(carol(), View), (bob(), Collaborate), (vera(), View)] {
        let store = TestStore::with(shared(level));
        let refused = list(&store, &caller, CONVERSATION, None).await;
        assert_refused(&store, &caller, Action::ReadPrivilegedReadings, refused);
        assert_eq!(store.trace(), "read record");
    }
}

#[tokio::test]
async fn who_cannot_see_it_gets_what_who_asks_for_nothing_gets() {
    let store = || TestStore::with(private());
    for caller in [carol(), mallory()] {
        assert_invisible_like_absent(store, &caller, async |store, id| {
            list(store, &caller, id, None).await
        })
        .await;
    }
}

#[tokio::test]
async fn every_failure_is_passed_on() {
    for caller in [alice(), max(), vera(), mallory()] {
        let store = || TestStore::with(private());
        assert_every_failure_is_passed_on(store, async |store| {
            list(store, &caller, CONVERSATION, None).await
        })
        .await;
    }
}
