//! Reading the audit log.

use parlor_application::{
    access_gate::AccessError,
    caller::Caller,
    organization::ListAuditEntries,
    paging::{Page, PageSize},
    ports::{AuditQuery, AuditRecord},
    testing::*,
};
use parlor_domain::{audit::ActionName, ids::AuditEntryId, principal::Permission};

use crate::support::*;

/// A store whose log has two entries of Alice's, and between them one of Bob's.
fn store() -> TestStore {
    let store = TestStore::empty();
    for caller in [alice(), bob(), alice()] {
        store.log(&about_the_sample(&store, &caller));
    }
    store
}

fn id(place: u128) -> AuditEntryId {
    AuditEntryId::from_uuid(new_id(place))
}

/// What the caller asks for; the limit is not its to set.
fn query(before: Option<AuditEntryId>) -> AuditQuery {
    AuditQuery {
        action: Some(ActionName::ConversationEdit),
        actor_id: Some(alice().user_id()),
        conversation_id: Some(CONVERSATION),
        before,
        limit: 1_000_000,
        ..AuditQuery::default()
    }
}

async fn list(
    store: &TestStore,
    caller: &Caller,
    before: Option<AuditEntryId>,
) -> Result<Page<AuditRecord, AuditEntryId>, AccessError> {
    ListAuditEntries::new(store.gate(), store.port())
        .execute(caller, query(before), PageSize::new(1).unwrap())
        .await
}

fn ids(page: &Page<AuditRecord, AuditEntryId>) -> Vec<AuditEntryId> {
    page.items.iter().map(|entry| entry.id).collect()
}

#[tokio::test]
async fn who_may_read_the_log_gets_the_pages_of_its_own_organization() {
    for caller in [vera(), admin()] {
        let store = store();
        let first = list(&store, &caller, None).await.unwrap();
        assert_eq!((ids(&first), first.next), (vec![id(3)], Some(id(3))));
        let second = list(&store, &caller, first.next).await.unwrap();
        assert_eq!((ids(&second), second.next), (vec![id(1)], None));
        assert_eq!(store.trace(), "list_entries list_entries");
        assert_eq!(store.take_positions(), [READ_AT; 2]);
        store.assert_untouched();
    }
    let page = list(&store(), &mallory(), None).await.unwrap();
    assert_eq!((ids(&page), page.next), (Vec::new(), None));
}

#[tokio::test]
async fn nobody_else_reads_it_whatever_else_it_may() {
    for caller in [alice(), max(), erin()] {
        let store = store();
        let refused = list(&store, &caller, None).await;
        let needed = &[Permission::ReadAuditLog];
        assert_lacks(&store, &caller, needed, "LIST_AUDIT_LOGS", refused);
        assert_eq!(store.trace(), "record");
    }
}

#[tokio::test]
async fn every_failure_is_passed_on() {
    for caller in [vera(), alice()] {
        assert_every_failure_is_passed_on(store, async |store| list(store, &caller, None).await)
            .await;
    }
}
