//! The suite that every store passes.

use std::sync::Arc;

use parlor_adapters_sqlite::{SqliteOptions, SqliteStore};
use parlor_application::ports::StoreAdmin as _;
use parlor_store_conformance::{Stores, conformance_suite};

async fn fresh() -> Stores {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(SqliteOptions::new(folder.path().join("parlor.db")))
        .await
        .unwrap();
    store.migrate().await.unwrap();
    let store = Arc::new(store);
    Stores {
        conversation_reader: store.clone(),
        message_reader: store.clone(),
        directory: store.clone(),
        units: store.clone(),
        journal: store.clone(),
        recorder: store.clone(),
        audit_log: store.clone(),
        outbox: store.clone(),
        admin: store,
        keep: Arc::new(folder),
    }
}

conformance_suite!(fresh);
