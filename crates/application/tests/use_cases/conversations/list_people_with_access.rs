//! Listing the people who can see a conversation.

use parlor_application::{
    access_gate::AccessError,
    caller::Caller,
    conversations::{ListPeopleWithAccess, PersonWithAccess},
    paging::{Page, PageSize},
    ports::UserRef,
    testing::*,
};
use parlor_domain::{
    access::{AccessLevel, Action, Reason},
    grants::Level::{Collaborate, View},
    ids::ConversationId,
};
use serde_json::json;

use crate::support::*;

async fn list(
    store: &TestStore,
    caller: &Caller,
    id: ConversationId,
    after: Option<UserRef>,
    size: u32,
) -> Result<Page<PersonWithAccess, UserRef>, AccessError> {
    ListPeopleWithAccess::new(store.gate(), store.port())
        .execute(caller, id, after, PageSize::new(size).unwrap())
        .await
}

#[tokio::test]
async fn the_owner_learns_who_can_see_it_and_why() {
    let store = TestStore::with(shared_with(THREAT_HUNTING, Collaborate));
    let page = list(&store, &alice(), CONVERSATION, None, 50).await;
    let page = page.unwrap();
    let told: Vec<_> = page
        .items
        .iter()
        .map(|person| {
            let access = &person.access;
            (&*person.user.name, access.level(), access.reasons())
        })
        .collect();
    let expected: [(&str, AccessLevel, &[Reason]); 4] = [
        (
            "alice",
            AccessLevel::Manage,
            &[Reason::Owner, Reason::GroupCollaborate],
        ),
        ("bob", AccessLevel::Collaborate, &[Reason::GroupCollaborate]),
        (
            "max",
            AccessLevel::Manage,
            &[Reason::ManageResponses, Reason::ViewPrivateResponses],
        ),
        ("vera", AccessLevel::View, &[Reason::ViewPrivateResponses]),
    ];
    assert_eq!(told, expected);
    assert_eq!(page.next, None);
    assert_eq!(store.trace(), "read read_people");
    store.assert_untouched();
}

#[tokio::test]
async fn the_people_come_page_by_page() {
    let store = TestStore::with(private());
    let first = list(&store, &alice(), CONVERSATION, None, 2).await.unwrap();
    assert_eq!(first.next, Some(user_ref(&max())));
    let second = list(&store, &alice(), CONVERSATION, first.next, 2).await;
    let second = second.unwrap();
    let names: Vec<_> = second.items.iter().map(|person| &person.user).collect();
    assert_eq!(names, [&user_ref(&vera())]);
    assert_eq!(second.next, None);
}

#[tokio::test]
async fn a_manager_is_recorded_before_it_learns_who() {
    let store = TestStore::with(private());
    list(&store, &max(), CONVERSATION, None, 50).await.unwrap();
    let action = "AI_INFERENCE_STREAM_GET";
    let input = json!({"part": "access"});
    assert_eq!(
        store.recorded(),
        [done(&max(), action, &AS_MANAGER, 4, input)]
    );
    assert_eq!(store.trace(), "read record read_people");
}

#[tokio::test]
async fn who_may_read_or_prompt_learns_of_nobody() {
    for (caller, level) in [(carol(), View), (bob(), Collaborate), (vera(), View)] {
        let store = TestStore::with(shared(level));
        let refused = list(&store, &caller, CONVERSATION, None, 50).await;
        assert_refused(&store, &caller, Action::ExplainAccess, refused);
        assert_eq!(store.trace(), "read record", "nobody was looked up");
    }
}

#[tokio::test]
async fn who_cannot_see_it_gets_what_who_asks_for_nothing_gets() {
    let store = || TestStore::with(private());
    for caller in [carol(), mallory()] {
        assert_invisible_like_absent(store, &caller, async |store, id| {
            list(store, &caller, id, None, 50).await
        })
        .await;
    }
}

#[tokio::test]
async fn every_failure_is_passed_on() {
    for caller in [alice(), max(), vera(), mallory()] {
        let store = || TestStore::with(private());
        assert_every_failure_is_passed_on(store, async |store| {
            list(store, &caller, CONVERSATION, None, 50).await
        })
        .await;
    }
}
