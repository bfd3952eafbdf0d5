use std::{
    fs,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use parlor_application::{
    audit_document,
    ports::{AuditRecord, MockAuditOutbox, OutboxEntry, OutboxPosition},
};
use parlor_domain::{
    audit::{ActionName, Actor, AuditEntry, Origin},
    ids::{ConversationId, OrganizationId},
};
use tempfile::TempDir;
use uuid::Uuid;

use super::*;
use crate::compose::{clock, ids};

/// A store with entries, and a file that may differ.
struct Service {
    folder: TempDir,
    entries: Arc<Mutex<Vec<OutboxEntry>>>,
}

impl Service {
    /// The entries 0 to `count` are delivered; those of even numbers are of one conversation.
    fn with_entries(count: u64) -> Self {
        let service = Self {
            folder: tempfile::tempdir().unwrap(),
            entries: Arc::new(Mutex::default()),
        };
        for position in 1..=count {
            service.add(position, true);
        }
        service
    }

    fn add(&self, position: u64, delivered: bool) {
        self.add_of(1, position, delivered);
    }

    fn add_of(&self, organization: u128, position: u64, delivered: bool) {
        let organization_id = OrganizationId::from_uuid(Uuid::from_u128(organization));
        let mut entry = AuditEntry::new(
            ids().audit_entry(),
            organization_id,
            ActionName::ConversationEdit,
            Actor::System,
            Origin::default(),
            clock().now(),
        );
        if position.is_multiple_of(2) {
            entry = entry.about(ConversationId::from_uuid(Uuid::from_u128(2)));
        }
        self.entries.lock().unwrap().push(OutboxEntry {
            position: OutboxPosition {
                organization_id,
                position,
            },
            record: audit_document::record(&entry),
            delivered,
        });
    }

    fn record(&self, index: usize) -> AuditRecord {
        self.entries.lock().unwrap()[index].record.clone()
    }

    fn lines(&self, indexes: &[usize]) -> String {
        let lines = indexes
            .iter()
            .map(|&index| self.record(index).document + "\n");
        lines.collect()
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("audit.jsonl")
    }

    fn write(&self, text: &str) {
        fs::write(self.path(), text).unwrap();
    }

    /// An outbox that answers pages of three, and calls this when it has answered all.
    fn outbox(&self, mut at_end: impl FnMut() + Send + 'static) -> MockAuditOutbox {
        let mut outbox = MockAuditOutbox::new();
        let entries = Arc::clone(&self.entries);
        outbox.expect_delivered_or_not().returning(move |after, _| {
            let entries = entries.lock().unwrap().clone();
            let rest = entries
                .into_iter()
                .filter(|entry| Some(entry.position) > after);
            let page: Vec<_> = rest.take(3).collect();
            if page.is_empty() {
                at_end();
            }
            Ok(page)
        });
        outbox
    }

    async fn report(&self) -> Report {
        verify(&self.outbox(|| {}), &[self.path()], Report::TOLD)
            .await
            .unwrap()
    }

    async fn told(&self) -> String {
        let report = self.report().await;
        assert!(!report.is_good());
        report.to_string()
    }
}

#[tokio::test]
async fn a_file_with_all_entries_is_good() {
    let service = Service::with_entries(7);
    service.write(&service.lines(&[0, 1, 2, 3, 4, 5, 6]));
    let report = service.report().await;
    assert!(report.is_good(), "{report}");
    assert!(
        report
            .to_string()
            .starts_with("Entries in one file: 7\nEntries in the store: 7, of which 0 ")
    );
}

#[tokio::test]
async fn each_organization_has_its_own_order_even_where_both_name_one_conversation() {
    // Who asks for another organization's conversation leaves an entry about its id, in the log of the one that asked.
    let service = Service::with_entries(0);
    service.add_of(2, 2, true);
    service.add_of(1, 4, true);
    service.write(&service.lines(&[0, 1]));
    let report = service.report().await;
    assert!(report.is_good(), "{report}");
}

#[tokio::test]
async fn rotated_files_are_read_too() {
    let service = Service::with_entries(4);
    fs::write(
        service.folder.path().join("audit.jsonl.000001"),
        service.lines(&[0, 1]),
    )
    .unwrap();
    service.write(&service.lines(&[2, 3]));
    assert!(service.report().await.is_good());
}

#[tokio::test]
async fn an_entry_that_was_delivered_and_is_not_there_is_a_problem() {
    let service = Service::with_entries(3);
    service.write(&service.lines(&[0, 2]));
    let id = service.record(1).id;
    assert!(
        service
            .told()
            .await
            .contains(&format!("the entry {id} was delivered"))
    );
}

#[tokio::test]
async fn an_entry_that_is_not_delivered_yet_may_be_there_or_not() {
    let service = Service::with_entries(2);
    service.add(3, false);
    service.add(4, false);
    service.write(&service.lines(&[0, 1, 2]));
    let report = service.report().await;
    assert!(report.is_good(), "{report}");
    assert!(
        report
            .to_string()
            .contains("Entries in the store: 4, of which 1 are not delivered yet")
    );
}

#[tokio::test]
async fn entries_of_before_the_oldest_file_are_counted_once_old_files_were_deleted() {
    let service = Service::with_entries(4);
    fs::write(
        service.folder.path().join("audit.jsonl.000002"),
        service.lines(&[1, 2]),
    )
    .unwrap();
    service.write(&service.lines(&[3]));
    let report = service.report().await;
    assert!(report.is_good(), "{report}");
    assert!(report.to_string().contains("not here any more: 1"));
    service.write("");
    assert!(
        !service.report().await.is_good(),
        "the last entry is missing"
    );
}

#[tokio::test]
async fn repetitions_of_the_same_bytes_are_allowed() {
    let service = Service::with_entries(4);
    service.write(&service.lines(&[0, 1, 2, 3, 0, 1, 2, 3]));
    let report = service.report().await;
    assert!(report.is_good(), "{report}");
    assert!(report.to_string().contains("allows: 4"));
}

#[tokio::test]
async fn an_entry_with_other_bytes_is_a_problem() {
    let service = Service::with_entries(2);
    let changed = service.lines(&[0, 1]).replacen("System", "Nobody", 1);
    service.write(&changed);
    assert!(
        service
            .told()
            .await
            .contains("audit.jsonl:1 differs from the store's entry")
    );
}

#[tokio::test]
async fn an_entry_that_the_store_does_not_have_is_a_problem() {
    let service = Service::with_entries(2);
    let foreign = Service::with_entries(1);
    service.write(&(service.lines(&[0, 1]) + &foreign.lines(&[0])));
    assert!(service.told().await.contains("audit.jsonl:3 has the entry"));
}

#[tokio::test]
async fn a_line_that_is_no_entry_is_a_problem() {
    let service = Service::with_entries(1);
    for line in ["", "{}", "[1]", "\u{0}\u{0}"] {
        service.write(&format!("{}{line}\n", service.lines(&[0])));
        assert!(
            service
                .told()
                .await
                .contains("audit.jsonl:2 is not an audit entry")
        );
    }
}

#[tokio::test]
async fn a_field_that_no_entry_has_is_a_problem() {
    let service = Service::with_entries(1);
    service.write(&service.lines(&[0]).replacen('{', "{\"title\":\"x\",", 1));
    assert!(
        service
            .told()
            .await
            .contains("audit.jsonl:1 is not an audit entry")
    );
}

#[tokio::test]
async fn entries_of_one_conversation_in_another_order_are_a_problem() {
    let service = Service::with_entries(4);
    service.write(&service.lines(&[0, 3, 2, 1]));
    assert!(
        service
            .told()
            .await
            .contains("audit.jsonl:4 comes after a later entry")
    );
    service.write(&service.lines(&[2, 1, 0, 3]));
    assert!(
        service.report().await.is_good(),
        "no conversation, no order"
    );
}

#[tokio::test]
async fn a_torn_line_is_a_problem_unless_its_entry_is_on_its_way() {
    let service = Service::with_entries(2);
    let whole = service.lines(&[0, 1]);
    service.write(whole.split_at(whole.len() - 5).0);
    assert!(service.told().await.contains("audit.jsonl:2 is torn"));

    service.add(3, false);
    let pending = service.lines(&[2]);
    service.write(&(whole + pending.split_at(20).0));
    let report = service.report().await;
    assert!(report.is_good(), "{report}");
    assert!(report.to_string().contains("being delivered"));
}

#[tokio::test]
async fn what_is_committed_and_delivered_meanwhile_is_no_problem() {
    let service = Service::with_entries(2);
    service.write(&service.lines(&[0, 1]));
    // As soon as the store was read, one entry comes and is written, and one comes and is not.
    let other = Service {
        folder: tempfile::tempdir().unwrap(),
        entries: Arc::clone(&service.entries),
    };
    let path = service.path();
    let mut came = false;
    let outbox = service.outbox(move || {
        if !came {
            came = true;
            other.add(3, true);
            other.add(4, true);
            fs::write(&path, other.lines(&[0, 1, 2])).unwrap();
        }
    });
    let report = verify(&outbox, &[service.path()], Report::TOLD)
        .await
        .unwrap();
    assert!(report.is_good(), "{report}");
}

#[tokio::test]
async fn only_the_first_problems_are_told_one_by_one() {
    let service = Service::with_entries(30);
    service.write("");
    let told = service.told().await;
    assert!(
        told.contains("and 10 more") && told.ends_with("Problems: 30\n"),
        "{told}"
    );
    let outbox = service.outbox(|| {});
    let all = verify(&outbox, &[service.path()], usize::MAX)
        .await
        .unwrap();
    let all = all.to_string();
    assert_eq!(all.matches("is not in the file").count(), 30, "{all}");
    assert!(!all.contains("more"), "{all}");
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_named() {
    let service = Service::with_entries(0);
    let error = verify(&service.outbox(|| {}), &[service.path()], Report::TOLD)
        .await
        .err()
        .unwrap();
    assert!(error.to_string().contains("audit.jsonl cannot be read"));
}

#[tokio::test]
async fn files_of_every_rotation_are_read_in_their_order_however_they_are_asked_for() {
    for names in [
        ["audit.jsonl.000001", "audit.jsonl.000002", "audit.jsonl"],
        ["audit.jsonl.2", "audit.jsonl.1", "audit.jsonl"],
        [
            "audit.jsonl-20261129",
            "audit.jsonl-20261130",
            "audit.jsonl",
        ],
    ] {
        let service = Service::with_entries(7);
        let parts = [&[0, 1, 2][..], &[3, 4], &[5, 6]];
        let files = names.map(|name| service.folder.path().join(name));
        for (file, part) in files.iter().zip(parts) {
            fs::write(file, service.lines(part)).unwrap();
        }
        let [oldest, older, active] = files;
        for asked in [
            vec![active.clone()],
            vec![active.clone(), oldest.clone(), older.clone()],
            vec![older.clone(), active.clone(), oldest.clone()],
        ] {
            let report = verify(&service.outbox(|| {}), &asked, Report::TOLD)
                .await
                .unwrap();
            assert!(report.is_good(), "{asked:?}: {report}");
            let told = report.to_string();
            assert!(told.starts_with("Entries in 3 files: 7\n"), "{told}");
        }
        // Without one of them, entries are missing, and no order is wrong.
        fs::remove_file(&older).unwrap();
        let told = service.told().await;
        assert!(told.contains("Problems: 2"), "{told}");
    }
}
