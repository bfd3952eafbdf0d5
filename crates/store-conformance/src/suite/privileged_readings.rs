//! Who read a conversation by privilege. (Which openings are one line: `visits`.)

use parlor_application::ports::{PrivilegedReadingRecord, UserRef};
use parlor_domain::{
    access::{AccessLevel, Reason},
    audit::{
        ActionName, ActionResult, Actor, AuditEntries, AuditEntry, PrivilegedReading,
        RecordedAccess,
    },
    ids::UserId,
};

use crate::{Stores, kit::prelude::*};

/// An entry of a reading of the first conversation.
fn reading(store: &Filled, action: ActionName, reader: UserId, privileged: bool) -> AuditEntry {
    let reasons = vec![Reason::ViewPrivateResponses];
    AuditEntry {
        action,
        access: Some(RecordedAccess {
            level: AccessLevel::View,
            reasons,
            privileged,
        }),
        actor: Actor::User {
            id: reader,
            name: "As it was called then".to_owned(),
            email: String::new(),
            role_names: vec![],
        },
        ..store.entry(ACME, Some(conversation_id(1)))
    }
}

async fn readings(store: &Filled) -> Vec<PrivilegedReadingRecord> {
    store
        .stores
        .audit_log
        .privileged_readings(in_acme(1), None, 100)
        .await
        .unwrap()
}

pub async fn openings_exports_and_forks_by_privilege_are_told_under_todays_names(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let opened = reading(&store, ActionName::ConversationGet, VERA, true);
    let exported = reading(&store, ActionName::ConversationExport, MAX, true);
    let forked = reading(&store, ActionName::ConversationFork, SAM, true);
    store.stores.recorder.record(&opened).await.unwrap();
    store.stores.recorder.record(&exported).await.unwrap();
    let mut unit = store.begin(ACME).await;
    unit.conversations().insert(&private(2, SAM)).await.unwrap();
    unit.commit(AuditEntries::from(forked.clone()))
        .await
        .unwrap();
    let expected = [
        (forked, PrivilegedReading::Fork, SAM, "Sam of Acme"),
        (exported, PrivilegedReading::Export, MAX, "Max of Acme"),
        (opened, PrivilegedReading::Open, VERA, "Vera of Acme"),
    ]
    .map(|(entry, reading, id, name)| PrivilegedReadingRecord {
        id: entry.id,
        reader: UserRef {
            id,
            name: name.to_owned(),
        },
        reading,
        read_at: entry.occurred_at,
        last_read_at: entry.occurred_at,
    });
    assert_eq!(readings(&store).await, expected);
}

pub async fn what_is_no_reading_by_privilege_is_not_told(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    let opened = || reading(&store, ActionName::ConversationGet, VERA, true);
    let others = [
        reading(&store, ActionName::ConversationGet, VERA, false),
        reading(&store, ActionName::ConversationExport, VERA, false),
        AuditEntry {
            access: None,
            ..opened()
        },
        AuditEntry {
            result: ActionResult::Failed,
            ..opened()
        },
        AuditEntry {
            result: ActionResult::PartiallyFailed,
            ..opened()
        },
        AuditEntry {
            conversation_id: Some(conversation_id(2)),
            ..opened()
        },
        AuditEntry {
            conversation_id: None,
            ..opened()
        },
        reading(&store, ActionName::ConversationEdit, MAX, true),
        reading(&store, ActionName::ConversationDelete, MAX, true),
        reading(&store, ActionName::ConversationPrompt, MAX, true),
        AuditEntry {
            conversation_id: None,
            ..reading(&store, ActionName::ConversationList, VERA, true)
        },
        reading(&store, ActionName::ConversationAccessDenied, VERA, true),
    ];
    for entry in others {
        assert!(
            entry.conversation_id != Some(conversation_id(1))
                || entry.privileged_reading().is_none()
        );
        store.stores.recorder.record(&entry).await.unwrap();
    }
    assert_eq!(readings(&store).await, []);
}

pub async fn readings_are_paged_from_the_newest_to_the_oldest(stores: Stores) {
    let store = Filled::with_two_organizations(stores).await;
    for number in [3, 1, 4, 7, 5, 9, 2, 6] {
        let reader = if number % 2 == 0 { VERA } else { MAX };
        let entry = reading(&store, ActionName::ConversationExport, reader, true);
        store
            .stores
            .recorder
            .record(&AuditEntry {
                id: entry_id(900 + number),
                ..entry
            })
            .await
            .unwrap();
        let noise = reading(&store, ActionName::ConversationGet, reader, false);
        store.stores.recorder.record(&noise).await.unwrap();
    }
    let whole = readings(&store).await;
    let ids: Vec<_> = whole.iter().map(|reading| reading.id).collect();
    assert_eq!(
        ids,
        [6, 2, 9, 5, 7, 4, 1, 3].map(|number| entry_id(900 + number))
    );
    for limit in [1, 3, 8] {
        let log = &store.stores.audit_log;
        let paged = all_pages(limit, async |last: Option<&PrivilegedReadingRecord>| {
            let before = last.map(|reading| reading.id);
            log.privileged_readings(in_acme(1), before, limit)
                .await
                .unwrap()
        })
        .await;
        assert_eq!(paged, whole, "pages of {limit}");
    }
}
