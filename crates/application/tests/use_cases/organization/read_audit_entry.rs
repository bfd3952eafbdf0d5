//! Reading one entry of the audit log.

use parlor_application::{
    access_gate::AccessError, audit_document, caller::Caller, organization::ReadAuditEntry,
    ports::AuditRecord, testing::*,
};
use parlor_domain::{ids::AuditEntryId, principal::Permission};

use crate::support::*;

/// A store whose log has one entry, of Acme.
fn store() -> TestStore {
    let store = TestStore::empty();
    store.log(&about_the_sample(&store, &alice()));
    store
}

/// The entry's id.
fn id() -> AuditEntryId {
    AuditEntryId::from_uuid(new_id(1))
}

async fn read(
    store: &TestStore,
    caller: &Caller,
    id: AuditEntryId,
) -> Result<AuditRecord, AccessError> {
    ReadAuditEntry::new(store.gate(), store.port())
        .execute(caller, id)
        .await
}

#[tokio::test]
async fn who_may_read_the_log_reads_an_entry_of_its_own_organization() {
    for caller in [vera(), admin()] {
        let store = store();
        let expected = audit_document::record(&about_the_sample(&TestStore::empty(), &alice()));
        assert_eq!(read(&store, &caller, id()).await.unwrap(), expected);
        store.assert_untouched();
    }
}

#[tokio::test]
async fn an_entry_of_another_organization_is_not_found_like_one_that_is_not_there() {
    let absent = AuditEntryId::from_uuid(new_id(2));
    for (caller, id) in [(vera(), absent), (mallory(), id())] {
        let store = store();
        assert_eq!(why(read(&store, &caller, id).await), Why::NotFound);
        store.assert_untouched();
    }
}

#[tokio::test]
async fn nobody_else_reads_it_whatever_else_it_may() {
    for caller in [alice(), max(), erin()] {
        let store = store();
        let refused = read(&store, &caller, id()).await;
        let needed = &[Permission::ReadAuditLog];
        assert_lacks(&store, &caller, needed, "LIST_AUDIT_LOGS", refused);
        assert_eq!(store.trace(), "record");
    }
}

#[tokio::test]
async fn every_failure_is_passed_on() {
    for caller in [vera(), alice()] {
        assert_every_failure_is_passed_on(store, async |store| read(store, &caller, id()).await)
            .await;
    }
}
