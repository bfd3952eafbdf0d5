//! The database's file, and what others may have done to it.

use std::{fs, time::Duration};

use parlor_adapters_sqlite::{SqliteOptions, SqliteStore};
use parlor_application::ports::{
    AuditQuery, Identity, NotReady, StoreAdmin as _, StoreError, StorePosition,
};
use parlor_store_conformance::kit::prelude::*;

use crate::database::Database;

#[cfg(unix)]
#[tokio::test]
async fn only_its_owner_may_read_the_files() {
    use std::os::unix::fs::PermissionsExt as _;

    let database = Database::new();
    let _store = database.filled().await;
    let folder = database.path().parent().unwrap().to_owned();
    let mut names = Vec::new();
    for file in fs::read_dir(folder).unwrap() {
        let file = file.unwrap();
        assert_eq!(
            file.metadata().unwrap().permissions().mode() & 0o777,
            0o600,
            "{file:?}"
        );
        names.push(file.file_name());
    }
    assert_eq!(names.len(), 3, "{names:?}");
}

#[tokio::test]
async fn a_missing_folder_makes_the_store_unavailable() {
    let path = Database::new().path().join("missing").join("parlor.db");
    let refused = SqliteStore::open(SqliteOptions::new(path))
        .await
        .err()
        .unwrap();
    assert!(
        matches!(refused, StoreError::Unavailable(Some(_))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_file_that_is_no_database_is_left_as_it_is() {
    let database = Database::new();
    let text = "dear diary, ".repeat(1_000);
    fs::write(database.path(), &text).unwrap();
    let refused = SqliteStore::open(database.options()).await.err().unwrap();
    let StoreError::Other(cause) = refused else {
        panic!("{refused:?}")
    };
    assert!(cause.to_string().contains("restore a backup"), "{cause}");
    assert_eq!(fs::read_to_string(database.path()).unwrap(), text);
}

#[tokio::test]
async fn the_writer_waits_for_the_disk_and_refuses_references_to_nothing() {
    let database = Database::new();
    let store = database.filled().await;
    let orphan = prompt(conversation_id(7), 1, None, ALICE, "nowhere");
    let mut unit = store.begin(ACME).await;
    assert!(unit.messages().insert(&[orphan]).await.is_err());
    drop(unit);
    assert_eq!(
        database
            .number("SELECT count(*) FROM pragma_journal_mode WHERE journal_mode = 'wal'")
            .await,
        1
    );
}

#[cfg(unix)]
#[tokio::test]
async fn nothing_is_written_while_a_file_of_the_database_is_not_at_its_path() {
    for ending in ["", "-wal", "-shm"] {
        let database = Database::new();
        let store = database.filled().await;
        store.create(&private(1, ALICE)).await;
        store.stores.admin.readiness().await.unwrap();
        let path = database.path();
        let path = path.with_file_name(format!("parlor.db{ending}"));
        let away = path.with_extension("away");
        fs::rename(&path, &away).unwrap();
        // Another file under its name is not the file.
        for replaced in [false, true] {
            if replaced {
                fs::copy(&away, &path).unwrap();
            }
            let refused = store.stores.units.begin(ACME).await.err().unwrap();
            assert!(matches!(refused, StoreError::Unavailable(_)), "{refused:?}");
            let outbox = &store.stores.outbox;
            let refused = outbox
                .mark_delivered(&[], chrono::DateTime::UNIX_EPOCH)
                .await
                .unwrap_err();
            assert!(matches!(refused, StoreError::Unavailable(_)), "{refused:?}");
            let unready = store.stores.admin.readiness().await.unwrap_err();
            assert!(matches!(unready, NotReady::NotWritable(_)), "{unready:?}");
        }
        // Nor is anything read from the other file, by however many at once, and nothing is done to what lies beside it.
        let alice = Identity {
            organization_id: ACME,
            user_id: ALICE,
        };
        let reads = (0..8).map(|_| store.stores.directory.find_member(alice));
        for read in futures::future::join_all(reads).await {
            match read {
                Ok(found) => panic!("{ending}: {found:?}"),
                Err(error) => assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}"),
            }
        }
        fs::rename(&away, &path).unwrap();
        store.create(&private(2, ALICE)).await;
        store.stores.admin.readiness().await.unwrap();
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_change_whose_file_is_removed_before_its_commit_is_not_answered_as_stored() {
    let database = Database::new();
    let store = database.filled().await;
    let conversation = private(1, ALICE);
    let mut unit = store.begin(ACME).await;
    unit.conversations().insert(&conversation).await.unwrap();
    fs::remove_file(database.path()).unwrap();
    let entry = store.entry(ACME, Some(conversation.id));
    let refused = unit.commit(entry.into()).await.unwrap_err();
    assert!(matches!(refused, StoreError::Unavailable(_)), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_another_program_holds_can_be_read_and_is_not_ready() {
    let database = Database::new();
    database.filled().await.stores.admin.close().await;
    let options = SqliteOptions {
        patience: Duration::from_millis(100),
        ..database.options()
    };
    let store = SqliteStore::open(options).await.unwrap();
    store.readiness().await.unwrap();
    let mut other = database.connect().await;
    sqlx::raw_sql("BEGIN IMMEDIATE")
        .execute(&mut other)
        .await
        .unwrap();
    let unready = store.readiness().await.unwrap_err();
    assert!(matches!(unready, NotReady::NotWritable(_)), "{unready:?}");
    assert!(store.identity_mode().await.unwrap().is_some());
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    store.readiness().await.unwrap();
}

/// Breaks one value, and expects an error that names it and its row, and not the value.
async fn names_what_is_corrupt(
    statement: &str,
    expected: (&str, &str),
    read: impl AsyncFnOnce(&Filled) -> Result<(), StoreError>,
) {
    let database = Database::new();
    let store = database.filled().await;
    let id = conversation_id(1);
    let (first, second) = (
        prompt(id, 1, None, ALICE, "who?"),
        prompt(id, 2, None, ALICE, "and why?"),
    );
    store
        .create_with(&private(1, ALICE), &[first, second])
        .await;
    // Constraints would not let it happen: this is a damaged file, or another program's doing.
    database
        .execute(&format!(
            "PRAGMA ignore_check_constraints = on; PRAGMA foreign_keys = off; {statement}"
        ))
        .await;
    match read(&store).await {
        Err(StoreError::Corrupt { table, column, row }) => {
            assert_eq!((table, column), expected);
            assert!(row.len() == 36, "the row is named by an id: {row}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_is_corrupt_is_named_by_table_column_and_row() {
    let found = async |store: &Filled| {
        let alice = store.principal(ACME, ALICE).await;
        store
            .stores
            .conversation_reader
            .find(&alice, conversation_id(1))
            .await
            .map(drop)
    };
    let sharing = async |store: &Filled| {
        store
            .stores
            .conversation_reader
            .sharing(ACME, conversation_id(1))
            .await
            .map(drop)
    };
    let loaded = async |store: &Filled| {
        store
            .begin(ACME)
            .await
            .conversations()
            .find_for_update(conversation_id(1))
            .await
            .map(drop)
    };
    let messages = async |store: &Filled| {
        let (reader, now) = (&store.stores.message_reader, StorePosition::default());
        reader.outline(in_acme(1), now).await?;
        reader.span(in_acme(1), 1, u32::MAX, now).await.map(drop)
    };

    let title = "UPDATE conversations SET title = 'two' || char(10) || 'lines'";
    names_what_is_corrupt(title, ("conversations", "title"), found).await;
    names_what_is_corrupt(title, ("conversations", "title"), loaded).await;
    let privacy = "UPDATE conversations SET privacy = 'shared'";
    names_what_is_corrupt(privacy, ("conversations", "privacy"), sharing).await;
    names_what_is_corrupt(privacy, ("conversations", "privacy"), loaded).await;
    let level = "UPDATE conversations SET organization_level = 'everything'";
    names_what_is_corrupt(level, ("conversations", "organization_level"), found).await;
    let version = "UPDATE conversations SET version = -1";
    names_what_is_corrupt(version, ("conversations", "version"), found).await;
    let time = "UPDATE conversations SET created_at = 9223372036854775807";
    names_what_is_corrupt(time, ("conversations", "created_at"), found).await;
    let role = "UPDATE messages SET role = 'system'";
    names_what_is_corrupt(role, ("messages", "role"), messages).await;
    let position = "UPDATE messages SET position = position + 4294967296";
    names_what_is_corrupt(position, ("messages", "position"), messages).await;
    let author = "UPDATE messages SET author_id = NULL";
    names_what_is_corrupt(author, ("messages", "author_id"), messages).await;
}

#[tokio::test]
async fn a_damaged_permission_lets_nobody_in() {
    let database = Database::new();
    let store = database.filled().await;
    database
        .execute("PRAGMA ignore_check_constraints = on; UPDATE role_permissions SET permission = 'RUN_AI' WHERE permission = 'run_ai'")
        .await;
    let identity = Identity {
        organization_id: ACME,
        user_id: ALICE,
    };
    let refused = store.stores.directory.find_member(identity).await;
    assert!(
        matches!(
            refused,
            Err(StoreError::Corrupt {
                table: "members",
                column: "permissions",
                ..
            })
        ),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_order_of_the_log_and_what_waits_in_it_survive_a_vacuum() {
    let database = Database::new();
    let store = database.filled().await;
    for number in 1..=5 {
        store.create(&private(number, ALICE)).await;
    }
    let told = async || {
        store
            .stores
            .outbox
            .delivered_or_not(None, 100)
            .await
            .unwrap()
    };
    let before = told().await;
    database.execute("VACUUM").await;
    assert_eq!(told().await, before);
    store.create(&private(6, ALICE)).await;
    let query = AuditQuery {
        limit: 1,
        ..AuditQuery::default()
    };
    let newest = store.stores.audit_log.list(ACME, &query).await.unwrap();
    assert_eq!(
        told().await.last().map(|entry| entry.record.id),
        newest.first().map(|record| record.id)
    );
    store.stores.admin.close().await;
}
