//! A database in a temporary folder, and ways to it that go round the store.

use std::{path::PathBuf, sync::Arc};

use async_trait::async_trait;
use chrono::TimeDelta;
use parlor_adapters_sqlite::{MIGRATOR, SqliteOptions, SqliteStore};
use parlor_application::ports::StoreAdmin as _;
use parlor_store_conformance::{PassTime, Stores, kit::prelude::Filled};
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, SqliteConnection, migrate::Migrator, query_as,
    query_scalar, sqlite::SqliteConnectOptions,
};
use tempfile::TempDir;

/// Statements that replace the rows of every table by those of the same table in `today`: the columns that both have.
/// The tables of the index `search_words` are its own.
const COPIES: &str = "
    SELECT 'DELETE FROM main.' || t.name || '; INSERT INTO main.' || t.name || ' (' || c.names || ') SELECT ' || c.names
        || ' FROM today.' || t.name
    FROM main.sqlite_schema AS t,
        (
            SELECT o.name AS table_name, group_concat(i.name, ', ') AS names
            FROM main.sqlite_schema AS o
            JOIN pragma_table_info(o.name, 'main') AS i
            JOIN pragma_table_info(o.name, 'today') AS j ON j.name = i.name
            WHERE o.type = 'table'
            GROUP BY o.name
        ) AS c
    WHERE t.type = 'table'
        AND t.name = c.table_name
        AND t.name <> '_sqlx_migrations'
        AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
        AND t.name NOT LIKE 'search\\_words%' ESCAPE '\\'
    ORDER BY t.rowid";

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

    /// Another database as a program with the steps up to this one left it: made by the real steps, with the rows of this database
    /// as far as it has tables and columns for them.
    pub async fn as_of(&self, version: i64) -> Self {
        let old = Self::new();
        let migrator = Migrator {
            migrations: MIGRATOR
                .iter()
                .filter(|step| step.version <= version)
                .cloned()
                .collect(),
            ..Migrator::DEFAULT
        };
        // It makes the file as every program does.
        SqliteStore::open(old.options())
            .await
            .unwrap()
            .close()
            .await;
        let mut connection = old.connect().await;
        migrator.run(&mut connection).await.unwrap();
        drop(connection);
        let attach = format!("ATTACH '{}' AS today", self.path().display());
        let options = SqliteConnectOptions::new().filename(old.path());
        let mut connection = options.foreign_keys(false).connect().await.unwrap();
        execute(&mut connection, attach).await;
        let triggers: Vec<(String, String)> =
            query_as("SELECT name, sql FROM main.sqlite_schema WHERE type = 'trigger'")
                .fetch_all(&mut connection)
                .await
                .unwrap();
        let copies: Vec<String> = query_scalar(COPIES)
            .fetch_all(&mut connection)
            .await
            .unwrap();
        assert!(copies.len() > 10, "{copies:?}");
        // The rows are there with what the triggers made of them.
        let dropped = triggers
            .iter()
            .map(|(name, _)| format!("DROP TRIGGER {name}"));
        let dropped: Vec<String> = dropped.collect();
        let made = triggers.into_iter().map(|(_, sql)| sql);
        for statement in dropped.into_iter().chain(copies).chain(made) {
            execute(&mut connection, statement).await;
        }
        old
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
        execute(&mut self.connect().await, statements.to_owned()).await;
    }

    /// The one number that a statement answers.
    pub async fn number(&self, statement: &str) -> i64 {
        query_scalar(AssertSqlSafe(statement.to_owned()))
            .fetch_one(&mut self.connect().await)
            .await
            .unwrap()
    }
}

async fn execute(connection: &mut SqliteConnection, statements: String) {
    let executed = sqlx::raw_sql(AssertSqlSafe(statements)).execute(connection);
    executed.await.unwrap();
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
