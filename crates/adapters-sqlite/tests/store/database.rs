//! A database in a temporary folder, and ways to it that go round the store.

use std::{path::PathBuf, sync::Arc};

use async_trait::async_trait;
use chrono::TimeDelta;
use parlor_adapters_sqlite::{SqliteOptions, SqliteStore};
use parlor_application::ports::StoreAdmin as _;
use parlor_store_conformance::{PassTime, Stores, kit::prelude::Filled};
use sqlx::{AssertSqlSafe, ConnectOptions as _, SqliteConnection, sqlite::SqliteConnectOptions};
use tempfile::TempDir;

#[derive(Clone)]
pub struct Database {
    folder: Arc<TempDir>,
}

impl Database {
    /// An empty folder for one.
    pub fn new() -> Self {
        Self {
            folder: Arc::new(tempfile::tempdir().unwrap()),
        }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("parlor.db")
    }

    pub fn options(&self) -> SqliteOptions {
        SqliteOptions::new(self.path())
    }

    /// The store, migrated.
    pub async fn open(&self) -> SqliteStore {
        let store = SqliteStore::open(self.options()).await.unwrap();
        store.migrate().await.unwrap();
        store
    }

    /// The ports of a store in this database.
    pub fn ports(&self, store: SqliteStore) -> Stores {
        let store = Arc::new(store);
        Stores {
            access_reader: store.clone(),
            conversation_reader: store.clone(),
            message_reader: store.clone(),
            directory: store.clone(),
            sessions: store.clone(),
            units: store.clone(),
            journal: store.clone(),
            events: store.clone(),
            changes: store.clone(),
            recorder: store.clone(),
            audit_log: store.clone(),
            outbox: store.clone(),
            allowance: store.clone(),
            positions: store.clone(),
            indexer: store.clone(),
            pass_time: Arc::new(self.clone()),
            admin: store,
            keep: self.folder.clone(),
        }
    }

    /// The store with two organizations in it.
    pub async fn filled(&self) -> Filled {
        Filled::with_two_organizations(self.ports(self.open().await)).await
    }

    /// The same tests' store in another process: `store` here, and no entry of it twice.
    pub fn again(&self, filled: &Filled, store: SqliteStore) -> Filled {
        let mut again = filled.clone();
        again.stores = self.ports(store);
        again
    }

    /// A connection of another program.
    pub async fn connect(&self) -> SqliteConnection {
        SqliteConnectOptions::new()
            .filename(self.path())
            .create_if_missing(true)
            .connect()
            .await
            .unwrap()
    }

    /// Carries out statements as another program would.
    pub async fn execute(&self, statements: &str) {
        sqlx::raw_sql(AssertSqlSafe(statements.to_owned()))
            .execute(&mut self.connect().await)
            .await
            .unwrap();
    }

    /// The one number that a statement answers.
    pub async fn number(&self, statement: &str) -> i64 {
        sqlx::query_scalar(AssertSqlSafe(statement.to_owned()))
            .fetch_one(&mut self.connect().await)
            .await
            .unwrap()
    }
}

#[async_trait]
impl PassTime for Database {
    async fn pass_time(&self, time: TimeDelta) {
        let time = time.num_microseconds().unwrap();
        let statement = format!("UPDATE audit_entries SET recorded_at = recorded_at - {time}");
        self.execute(&statement).await;
        let statement = format!("UPDATE denied_repeats SET began_at = began_at - {time}");
        self.execute(&statement).await;
    }
}
