//! The connections to the database.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use parlor_application::{changes::ChangeBoard, ports::StoreError};
use sqlx::{
    ConnectOptions as _, Sqlite, SqlitePool, Transaction,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use crate::error::store_error;

/// Where the database is and how it is used.
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    /// The database's file; it is created if it is not there, its folder is not.
    pub path: PathBuf,
    /// How many statements may read at the same time.
    pub max_readers: u32,
    /// How long a statement or a transaction may wait for its turn before the store counts as unavailable.
    pub patience: Duration,
}

impl SqliteOptions {
    /// The options for the database in this file, with what suits one machine.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            max_readers: 8,
            patience: Duration::from_secs(5),
        }
    }
}

/// The embedded store. A clone shares its connections.
#[derive(Clone)]
pub struct SqliteStore {
    options: SqliteConnectOptions,
    writer: SqlitePool,
    readers: SqlitePool,
    /// Fewer than there are readers, so that searches leave some to what is quick.
    searches: Arc<Semaphore>,
    patience: Duration,
    board: Arc<ChangeBoard>,
}

impl SqliteStore {
    /// Opens the database and creates its file if it is not there, readable by its owner alone. The schema is not touched: see
    /// [`StoreAdmin::migrate`](parlor_application::ports::StoreAdmin::migrate).
    pub async fn open(options: SqliteOptions) -> Result<Self, StoreError> {
        create(&options.path).map_err(|error| StoreError::Unavailable(Some(error.into())))?;
        let pool = SqlitePoolOptions::new()
            .acquire_timeout(options.patience)
            .idle_timeout(None)
            .max_lifetime(None)
            // There is no wire to break, and to ask is a way to another thread and back.
            .test_before_acquire(false);
        let connect = connect_options(&options);
        // The one writer: whoever wants to write waits in the pool's queue, first come, first served, and never for a lock
        // that it would have to poll.
        let writer = pool
            .clone()
            .max_connections(1)
            .connect_with(connect.clone())
            .await
            .map_err(store_error)?;
        let readers = pool
            .max_connections(options.max_readers.max(1))
            .connect_lazy_with(connect.clone().pragma("query_only", "on"));
        let searches = (options.max_readers / 2).max(1);
        Ok(Self {
            options: connect,
            writer,
            readers,
            searches: Arc::new(Semaphore::new(searches as usize)),
            patience: options.patience,
            board: ChangeBoard::new(),
        })
    }

    /// The connections that read. What was committed before a statement begins, the statement sees.
    pub(crate) const fn readers(&self) -> &SqlitePool {
        &self.readers
    }

    /// Waits until a part of a search may read.
    pub(crate) async fn turn_to_search(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        let turn = timeout(self.patience, self.searches.clone().acquire_owned()).await;
        turn.map_err(|elapsed| StoreError::Unavailable(Some(elapsed.into())))?
            .map_err(|closed| StoreError::Unavailable(Some(closed.into())))
    }

    /// The connection that writes.
    pub(crate) const fn writer(&self) -> &SqlitePool {
        &self.writer
    }

    /// Where those who follow something are told of changes.
    pub(crate) const fn board(&self) -> &Arc<ChangeBoard> {
        &self.board
    }

    /// How to connect.
    pub(crate) const fn options(&self) -> &SqliteConnectOptions {
        &self.options
    }

    /// Begins a transaction that may write. It takes SQLite's lock for writing at once: one that took it at its first change
    /// could find that what it has read is outdated, and fail.
    pub(crate) async fn begin_writing(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.writer
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(store_error)
    }
}

fn connect_options(options: &SqliteOptions) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(&options.path)
        .journal_mode(SqliteJournalMode::Wal)
        // Durable before a commit is answered, power cuts included.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        // For other processes on the same file: within this one, writers queue for the connection.
        .busy_timeout(options.patience)
        // ANALYZE is never run: the plans that the tests hold are those without statistics, and they do not change with the data.
        .disable_statement_logging()
}

/// Creates the file where it is missing. SQLite gives the rights of this file to those that it puts beside it.
fn create(path: &Path) -> io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}
