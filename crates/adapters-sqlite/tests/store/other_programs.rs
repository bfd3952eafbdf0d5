//! Other programs that write into the database's files.

use std::fs;
#[cfg(unix)]
use std::path::Path;

use parlor_application::ports::{NotReady, StoreError};
use parlor_store_conformance::kit::prelude::*;

use crate::database::Database;

#[cfg(unix)]
/// Whether changes, readings and readiness are all refused.
async fn expect_refused(store: &Filled, case: &str) {
    let refused = store.stores.units.begin(ACME).await.err();
    assert!(
        matches!(refused, Some(StoreError::Unavailable(_))),
        "{case}: {refused:?}"
    );
    let unready = store.stores.admin.readiness().await;
    assert!(
        matches!(unready, Err(NotReady::NotWritable(_))),
        "{case}: {unready:?}"
    );
    let read = store.stores.admin.identity_mode().await;
    assert!(
        matches!(read, Err(StoreError::Unavailable(_))),
        "{case}: {read:?}"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn nothing_is_written_after_another_program_wrote_over_a_file_of_the_database() {
    use std::os::unix::fs::FileExt as _;

    type Harm = fn(&Path);
    let log = |path: &Path| path.with_file_name("parlor.db-wal");
    let cases: [(&str, Harm); 6] = [
        ("an older backup is copied over the database", |path| {
            fs::copy(path.with_file_name("backup"), path).unwrap();
        }),
        ("the database is emptied", |path| {
            fs::File::create(path).unwrap();
        }),
        ("the database is cut off", |path| {
            let file = fs::File::options().write(true).open(path).unwrap();
            file.set_len(8_192).unwrap();
        }),
        ("the database is written to in place", |path| {
            let file = fs::File::options().write(true).open(path).unwrap();
            file.write_all_at(&[7; 100], 4_096).unwrap();
        }),
        ("the log is emptied", |path| {
            fs::File::create(path.with_file_name("parlor.db-wal")).unwrap();
        }),
        ("another log is copied over the log", |path| {
            let log = path.with_file_name("parlor.db-wal");
            let mut other = fs::read(&log).unwrap();
            for byte in &mut other[16..] {
                *byte ^= 0x5a;
            }
            fs::write(log, other).unwrap();
        }),
    ];
    for (case, harm) in cases {
        let database = Database::new();
        let store = database.filled().await;
        let backup = database.path().with_file_name("backup");
        database
            .execute(&format!("VACUUM INTO '{}'", backup.display()))
            .await;
        store.create(&private(1, ALICE)).await;
        store.stores.admin.readiness().await.unwrap();
        assert!(fs::metadata(log(&database.path())).unwrap().len() > 0);
        harm(&database.path());
        expect_refused(&store, case).await;
        // Nobody knows what was there, also where the file looks like before.
        expect_refused(&store, case).await;
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_database_that_a_crash_left_is_watched_from_its_opening() {
    let crashed = Database::new();
    let store = crashed.filled().await;
    store.create(&private(1, ALICE)).await;
    let database = Database::new();
    for ending in ["", "-wal"] {
        let name = format!("parlor.db{ending}");
        let from = crashed.path().with_file_name(&name);
        fs::copy(from, database.path().with_file_name(&name)).unwrap();
    }
    let again = database.again(&store, database.open().await);
    again.stores.admin.readiness().await.unwrap();
    fs::copy(crashed.path(), database.path()).unwrap();
    expect_refused(&again, "after a crash").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_sqlite_writes_itself_is_no_change_by_another_program() {
    let database = Database::new();
    let store = database.filled().await;
    let is_done = std::sync::atomic::AtomicBool::new(false);
    let seen = std::sync::atomic::Ordering::SeqCst;
    let looking = async {
        let mut looks = 0_u32;
        while !is_done.load(seen) {
            store.stores.admin.identity_mode().await.unwrap();
            looks += 1;
        }
        looks
    };
    // Each of them is written to the log, and copied from there to the database, by this store and by other programs.
    let writing = async {
        for number in 1..=60 {
            store.create(&private(number, ALICE)).await;
            let checkpoint = ["PASSIVE", "FULL", "RESTART", "TRUNCATE"];
            let checkpoint = checkpoint[usize::try_from(number % 4).unwrap()];
            let mut other = database.connect().await;
            let statement = format!("PRAGMA wal_checkpoint({checkpoint})");
            sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
                .execute(&mut other)
                .await
                .unwrap();
            if number % 20 == 0 {
                database.execute("VACUUM").await;
            }
            store.stores.admin.readiness().await.unwrap();
        }
        // Enough for checkpoints of the store's own.
        let text = "x".repeat(50_000);
        for position in 1..=100 {
            let id = conversation_id(1);
            let mut unit = store.begin(ACME).await;
            let message = prompt(id, position, None, ALICE, &text);
            unit.messages().insert(&[message]).await.unwrap();
            unit.commit(store.entry(ACME, Some(id)).into())
                .await
                .unwrap();
        }
        is_done.store(true, seen);
    };
    let (looks, ()) = futures::join!(looking, writing);
    assert!(looks > 0);
    store.stores.admin.readiness().await.unwrap();
    store.stores.admin.close().await;
}
