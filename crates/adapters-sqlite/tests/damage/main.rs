//! What SQLite reports about a damaged database. In a process of its own: the report counts for every store of the process.

use std::fs;

use chrono::DateTime;
use parlor_adapters_sqlite::{SqliteOptions, SqliteStore};
use parlor_application::ports::{NotReady, StoreAdmin as _, StoreError};
use sqlx::{ConnectOptions as _, Connection as _, query_as, sqlite::SqliteConnectOptions};

#[tokio::test]
async fn after_sqlite_reported_damage_nothing_is_written_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("parlor.db");
    let open = async || SqliteStore::open(SqliteOptions::new(&path)).await.unwrap();
    let store = open().await;
    store.migrate().await.unwrap();
    store.close().await;
    let options = SqliteConnectOptions::new().filename(&path);
    let mut other = options.connect().await.unwrap();
    // The table and its indexes.
    let pages: Vec<(i64, i64)> = query_as(
        "SELECT rootpage, page_size FROM sqlite_schema, pragma_page_size WHERE tbl_name = 'sessions' AND rootpage > 0",
    )
    .fetch_all(&mut other)
    .await
    .unwrap();
    other.close().await.unwrap();
    let mut bytes = fs::read(&path).unwrap();
    for (page, size) in pages {
        let [start, length] =
            [(page - 1) * size, size].map(|number| usize::try_from(number).unwrap());
        let page = bytes.get_mut(start..start + length);
        page.unwrap().fill(0xff);
    }
    fs::write(&path, bytes).unwrap();

    let store = open().await;
    store.readiness().await.unwrap();
    let failed = store.expire_sessions(DateTime::UNIX_EPOCH).await;
    assert!(failed.is_err(), "{failed:?}");
    // This table is whole.
    let refused = store.expire_idempotency_keys(DateTime::UNIX_EPOCH).await;
    assert!(
        matches!(refused, Err(StoreError::Unavailable(_))),
        "{refused:?}"
    );
    let unready = store.readiness().await;
    assert!(
        matches!(unready, Err(NotReady::NotWritable(_))),
        "{unready:?}"
    );
    // What can be read still is.
    assert_eq!(store.identity_mode().await.unwrap(), None);
}
