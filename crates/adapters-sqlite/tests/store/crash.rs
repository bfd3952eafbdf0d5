//! What is left when the process or the machine dies: the files as they are at that moment, without anybody closing them.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    time::Duration,
};

use parlor_adapters_sqlite::SqliteStore;
use parlor_application::ports::{AuditQuery, JournalOutcome, StoreAdmin as _};
use parlor_domain::{
    audit::{ActionName, AuditEntry},
    denial::REPEAT_WINDOW,
    message::{AnswerFailure, AnswerStatus},
};
use parlor_store_conformance::kit::prelude::*;

use crate::database::Database;

/// A copy of the database's files as a crash would leave them. What is in memory, the shared index of the log too, is gone.
fn crashed(database: &Database) -> Database {
    let copy = Database::new();
    for suffix in ["", "-wal"] {
        let file = |database: &Database| {
            let mut name = database.path().into_os_string();
            name.push(suffix);
            name
        };
        fs::copy(file(database), file(&copy)).unwrap();
    }
    copy
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_committed_survives_a_crash_and_what_was_not_does_not() {
    let database = Database::new();
    let store = database.filled().await;
    let (before, during) = (private(1, ALICE), private(2, ALICE));
    store.create(&before).await;
    let mut unit = store.begin(ACME).await;
    unit.conversations().insert(&during).await.unwrap();
    let left = crashed(&database);
    drop(unit);

    let restarted = left.again(&store, left.open().await);
    assert_eq!(restarted.stored(key_of(&before)).await, Some(before));
    assert_eq!(restarted.stored(key_of(&during)).await, None);
    assert_eq!(restarted.logged(ACME).await, store.logged(ACME).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_torn_end_of_the_log_is_passed_over() {
    let database = Database::new();
    let store = database.filled().await;
    store.create(&private(1, ALICE)).await;
    let left = crashed(&database);
    let log = left.path().with_extension("db-wal");
    OpenOptions::new()
        .append(true)
        .open(log)
        .unwrap()
        .write_all(&[0x5a; 5_000])
        .unwrap();

    let restarted = left.again(&store, left.open().await);
    assert_eq!(restarted.stored(in_acme(1)).await, Some(private(1, ALICE)));
    restarted.create(&private(2, ALICE)).await;
    assert_eq!(
        left.number("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'")
            .await,
        0
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_a_crash_interrupts_keeps_what_had_come() {
    let database = Database::new();
    let store = database.filled().await;
    let messages = writing(conversation_id(1), ALICE);
    store.create_with(&private(1, ALICE), &messages).await;
    let come = content("two beacons");
    let grown = store
        .stores
        .journal
        .grow(in_acme(1), messages[1].id, &come.clone().into())
        .await;
    assert_eq!(grown.unwrap(), JournalOutcome::Written);
    let left = crashed(&database);

    let restarted: SqliteStore = left.open().await;
    assert_eq!(
        restarted.identity_mode().await.unwrap(),
        store.stores.admin.identity_mode().await.unwrap()
    );
    let restarted = left.again(&store, restarted);
    assert_eq!(
        restarted
            .stores
            .journal
            .interrupt_abandoned(Duration::ZERO)
            .await
            .unwrap(),
        1
    );
    let answer = restarted.message(in_acme(1), &messages[1]).await;
    assert_eq!(answer.content, content("two beacons"));
    assert_eq!(
        answer.status(),
        AnswerStatus::Failed(AnswerFailure::Interrupted)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_counted_of_repeated_denials_survives_a_crash() {
    let database = Database::new();
    let store = database.filled().await;
    for _ in 0..3 {
        let entry = AuditEntry {
            action: ActionName::ConversationAccessDenied,
            ..store.entry(ACME, Some(conversation_id(1)))
        };
        store.stores.recorder.record_denial(&entry).await.unwrap();
    }
    let left = crashed(&database);
    let opened = left.open().await;
    let store = left.again(&store, opened);
    let recorder = &store.stores.recorder;
    assert_eq!(recorder.end_denials().await.unwrap(), 0);
    store.stores.pass_time.pass_time(REPEAT_WINDOW).await;
    assert_eq!(recorder.end_denials().await.unwrap(), 1);
    let query = AuditQuery {
        conversation_id: Some(conversation_id(1)),
        limit: 10,
        ..AuditQuery::default()
    };
    let log = store.log(ACME, &query).await;
    assert_eq!(log.len(), 2);
    assert!(log[0].document.contains("\"count\":2"), "{log:?}");
}
