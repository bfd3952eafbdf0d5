//! Listing the organization's groups.

use parlor_application::{
    access_gate::AccessError,
    caller::Caller,
    organization::ListGroups,
    paging::{Page, PageSize},
    ports::{GroupRef, NameSearch},
    testing::*,
};
use parlor_domain::{ids::GroupId, principal::Permission};

use crate::support::*;

fn group(id: GroupId) -> GroupRef {
    GroupRef {
        id,
        name: group_name(id).to_owned(),
    }
}

async fn list(
    store: &TestStore,
    caller: &Caller,
    after: Option<GroupRef>,
) -> Result<Page<GroupRef, GroupRef>, AccessError> {
    ListGroups::new(store.gate(), store.port())
        .execute(caller, None, after, PageSize::new(1).unwrap())
        .await
}

#[tokio::test]
async fn who_may_share_gets_the_groups_of_its_own_organization_page_by_page() {
    for caller in [alice(), without_run_ai(max())] {
        let store = TestStore::empty();
        let first = list(&store, &caller, None).await.unwrap();
        assert_eq!(first.items, [group(INCIDENT_RESPONSE)]);
        assert_eq!(first.next, Some(group(INCIDENT_RESPONSE)));
        let second = list(&store, &caller, first.next).await.unwrap();
        assert_eq!(second.items, [group(THREAT_HUNTING)]);
        assert_eq!(second.next, None);
        store.assert_untouched();
    }
}

#[tokio::test]
async fn a_search_lists_those_whose_name_contains_it() {
    let store = TestStore::empty();
    for (text, found) in [("HUNT", vec![group(THREAT_HUNTING)]), ("nobody", vec![])] {
        let page = ListGroups::new(store.gate(), store.port())
            .execute(
                &alice(),
                NameSearch::parse(text),
                None,
                PageSize::new(1).unwrap(),
            )
            .await;
        assert_eq!(page.unwrap().items, found, "{text}");
    }
}

#[tokio::test]
async fn nobody_else_gets_them() {
    for caller in [erin(), admin(), without_run_ai(vera())] {
        let store = TestStore::empty();
        let refused = list(&store, &caller, None).await;
        let needed = &[Permission::RunAi, Permission::ManageResponses];
        assert_lacks(&store, &caller, needed, "LIST_GROUPS", refused);
        assert_eq!(store.trace(), "record");
    }
}

#[tokio::test]
async fn every_failure_is_passed_on() {
    for caller in [alice(), erin()] {
        assert_every_failure_is_passed_on(TestStore::empty, async |store| {
            list(store, &caller, None).await
        })
        .await;
    }
}
