//! The connections to the database.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use parlor_application::{
    changes::ChangeBoard,
    ports::{SearchScan, StoreError},
};
use sqlx::{
    ConnectOptions as _, Connection as _, Sqlite, SqliteConnection, SqlitePool, Transaction,
    pool::PoolConnection,
    raw_sql,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::{
    sync::{Mutex, OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep, timeout},
};

use crate::{
    error::{is_busy, opening_error, store_error},
    files::{DatabaseFiles, watch},
    probe::RecentWrites,
};

/// Where the database is and how it is used.
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    /// The database's file; it is created if it is not there, its folder is not.
    pub path: PathBuf,
    /// How many statements may read at the same time.
    pub max_readers: u32,
    /// How long a statement or a transaction may wait for its turn before the store counts as unavailable.
    pub patience: Duration,
    /// How long one step of a migration may take before it is given up.
    pub migration_limit: Duration,
}

impl SqliteOptions {
    /// The options for the database in this file, with what suits one machine.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            max_readers: 8,
            patience: Duration::from_secs(5),
            migration_limit: Duration::from_hours(1),
        }
    }
}

/// How much of the database each reading connection keeps in memory, in kibibytes. SQLite's default is 2,000; the system keeps the
/// file's pages for all connections together, and 16 readers would keep 32 MB beside that.
const READER_CACHE_KIB: u32 = 256;

/// The embedded store. A clone shares its connections.
#[derive(Clone)]
pub struct SqliteStore {
    options: SqliteConnectOptions,
    writer: SqlitePool,
    /// One connection that does not check foreign keys, for conversations that are copied or deleted in parts. It writes only
    /// while its user has the writer, too.
    unchecked_writer: SqlitePool,
    readers: SqlitePool,
    /// A connection that nobody uses. While it is open, SQLite keeps the write-ahead log where it is, also when every other
    /// connection is replaced.
    keeper: Arc<Mutex<Option<SqliteConnection>>>,
    files: Arc<DatabaseFiles>,
    writes: Arc<RecentWrites>,
    /// Fewer than there are readers, so that searches leave some to what is quick.
    searches: Arc<Semaphore>,
    patience: Duration,
    migration_limit: Duration,
    board: Arc<ChangeBoard>,
}

impl SqliteStore {
    /// Opens the database and creates its file if it is not there, readable by its owner alone. The schema is not touched: see
    /// [`StoreAdmin::migrate`](parlor_application::ports::StoreAdmin::migrate).
    pub async fn open(options: SqliteOptions) -> Result<Self, StoreError> {
        create(&options.path).map_err(|error| StoreError::Unavailable(Some(error.into())))?;
        let connect = connect_options(&options);
        let keeper = keeper(&connect, options.patience)
            .await
            .map_err(opening_error)?;
        let files = Arc::new(DatabaseFiles::open_at(&options.path));
        tokio::spawn(watch(Arc::downgrade(&files)));
        let opened = Arc::clone(&files);
        let pool = SqlitePoolOptions::new()
            .acquire_timeout(options.patience)
            .idle_timeout(None)
            .max_lifetime(None)
            // There is no wire to break, and to ask is a way to another thread and back.
            .test_before_acquire(false)
            // A new connection reads and writes what the others do, also where the files were moved at that very moment.
            .after_connect(move |_, _| {
                let opened = Arc::clone(&opened);
                Box::pin(
                    async move { opened.check().map_err(|gone| io::Error::other(gone).into()) },
                )
            });
        let recent = Arc::<RecentWrites>::default();
        let noted = Arc::clone(&recent);
        // The one writer: whoever wants to write waits in the pool's queue, first come, first served, and never for a lock
        // that it would have to poll.
        let one = pool
            .clone()
            .max_connections(1)
            // After an error SQLite may have ended the transaction by itself, so that the rollback fails and the driver still
            // counts one. Such a connection is closed, and a new one takes its place.
            .before_acquire(move |connection, _| {
                let is_clean = !connection.is_in_transaction();
                if !is_clean {
                    noted.note_failed();
                }
                Box::pin(async move { Ok(is_clean) })
            });
        let unchecked_writer = one
            .clone()
            .connect_lazy_with(connect.clone().foreign_keys(false));
        let writer = one
            .connect_with(connect.clone())
            .await
            .map_err(opening_error)?;
        let readers = pool
            .max_connections(options.max_readers.max(1))
            .connect_lazy_with(
                connect
                    .clone()
                    .pragma("query_only", "on")
                    // A negative number is in kibibytes.
                    .pragma("cache_size", format!("-{READER_CACHE_KIB}")),
            );
        let searches = SearchScan::slices_at_once(options.max_readers);
        Ok(Self {
            options: connect,
            writer,
            unchecked_writer,
            readers,
            keeper: Arc::new(Mutex::new(Some(keeper))),
            files,
            writes: recent,
            searches: Arc::new(Semaphore::new(searches)),
            patience: options.patience,
            migration_limit: options.migration_limit,
            board: ChangeBoard::new(),
        })
    }

    /// The connections that read. What was committed before a statement begins, the statement sees.
    ///
    /// # Errors
    /// When the database's files are not at their paths any more. A new connection would open what lies there now, and SQLite would
    /// remove the write-ahead log when it is closed.
    pub(crate) fn readers(&self) -> Result<&SqlitePool, StoreError> {
        self.files.check()?;
        Ok(&self.readers)
    }

    /// Waits until a part of a search may read.
    pub(crate) async fn turn_to_search(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        let turn = timeout(self.patience, self.searches.clone().acquire_owned()).await;
        turn.map_err(|elapsed| StoreError::Unavailable(Some(elapsed.into())))?
            .map_err(|closed| StoreError::Unavailable(Some(closed.into())))
    }

    /// The connection that writes.
    ///
    /// # Errors
    /// When the database's files are not at their paths any more: what is written then is lost at the next start. When another
    /// program changed them, or SQLite reported that they are damaged.
    pub(crate) fn writer(&self) -> Result<&SqlitePool, StoreError> {
        self.files.check_writable()?;
        Ok(&self.writer)
    }

    /// The database's files.
    pub(crate) const fn files(&self) -> &Arc<DatabaseFiles> {
        &self.files
    }

    /// How the last units of work ended.
    pub(crate) const fn writes(&self) -> &Arc<RecentWrites> {
        &self.writes
    }

    /// Where the database is.
    pub(crate) fn path(&self) -> &Path {
        self.options.get_filename()
    }

    /// Closes every connection, after what runs on it.
    pub(crate) async fn close_connections(&self) {
        self.files.close();
        // The writer last: the last connection folds the write-ahead log into the database's file, and must be able to write.
        self.readers.close().await;
        self.unchecked_writer.close().await;
        if let Some(keeper) = self.keeper.lock().await.take() {
            keeper.close().await.ok();
        }
        self.writer.close().await;
    }

    /// Where those who follow something are told of changes.
    pub(crate) const fn board(&self) -> &Arc<ChangeBoard> {
        &self.board
    }

    /// How long one step of a migration may take.
    pub(crate) const fn migration_limit(&self) -> Duration {
        self.migration_limit
    }

    /// How to connect.
    pub(crate) const fn options(&self) -> &SqliteConnectOptions {
        &self.options
    }

    /// Begins a transaction that may write. It takes SQLite's lock for writing at once: one that took it at its first change
    /// could find that what it has read is outdated, and fail.
    pub(crate) async fn begin_writing(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.writer()?
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(store_error)
    }

    /// The same, on the connection that does not check foreign keys. The second value keeps all others from writing: it is to be
    /// dropped after the transaction.
    pub(crate) async fn begin_unchecked(
        &self,
    ) -> Result<(Transaction<'static, Sqlite>, PoolConnection<Sqlite>), StoreError> {
        let turn = self.writer()?.acquire().await.map_err(store_error)?;
        let transaction = self.unchecked_writer.begin_with("BEGIN IMMEDIATE").await;
        Ok((transaction.map_err(store_error)?, turn))
    }
}

fn connect_options(options: &SqliteOptions) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(&options.path)
        .journal_mode(SqliteJournalMode::Wal)
        // Nothing of a conversation leaves the data folder, and a root that is read-only need not have a folder for it.
        .pragma("temp_store", "memory")
        // Durable before a commit is answered, power cuts included.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        // For other processes on the same file: within this one, writers queue for the connection.
        .busy_timeout(options.patience)
        // ANALYZE is never run: the plans that the tests hold are those without statistics, and they do not change with the data.
        .disable_statement_logging()
}

/// Between two tries to open a file that another connection sets up.
const NEXT_TRY: Duration = Duration::from_millis(10);

/// A connection that has the files open, within about the given time.
///
/// Two connections that switch a new file to its write-ahead log at the same moment would wait for each other. SQLite lets one of
/// them fail at once, whatever its busy time-out, so the waiting is done here.
async fn keeper(
    connect: &SqliteConnectOptions,
    patience: Duration,
) -> Result<SqliteConnection, sqlx::Error> {
    let deadline = Instant::now() + patience;
    loop {
        match open_keeper(connect).await {
            Err(error) if is_busy(&error) && Instant::now() < deadline => sleep(NEXT_TRY).await,
            opened => return opened,
        }
    }
}

/// SQLite opens the files with the first statement that reads.
async fn open_keeper(connect: &SqliteConnectOptions) -> Result<SqliteConnection, sqlx::Error> {
    let mut keeper = connect.clone().pragma("query_only", "on").connect().await?;
    raw_sql("SELECT count(*) FROM sqlite_schema")
        .execute(&mut keeper)
        .await?;
    // What a crash left in the log. From then on the log's index says exactly how far the log was copied.
    raw_sql("PRAGMA wal_checkpoint(PASSIVE)")
        .execute(&mut keeper)
        .await?;
    Ok(keeper)
}

/// Creates the file where it is missing. SQLite gives the rights of this file to those that it puts beside it.
fn create(path: &Path) -> io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

#[cfg(test)]
mod tests {
    use parlor_application::ports::StoreAdmin as _;
    use tempfile::TempDir;

    use super::*;

    async fn store() -> (SqliteStore, TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteOptions {
            patience: Duration::from_millis(500),
            ..SqliteOptions::new(folder.path().join("parlor.db"))
        };
        let store = SqliteStore::open(options).await.unwrap();
        store.migrate().await.unwrap();
        let mut transaction = store.begin_writing().await.unwrap();
        raw_sql("CREATE TABLE notes (note BLOB)")
            .execute(&mut *transaction)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        (store, folder)
    }

    /// One unit of work; it is rolled back where a statement fails.
    async fn write(store: &SqliteStore, statement: &'static str) -> Result<(), StoreError> {
        let mut transaction = store.begin_writing().await?;
        raw_sql(statement)
            .execute(&mut *transaction)
            .await
            .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)
    }

    const NOTE: &str = "INSERT INTO notes VALUES ('note')";

    async fn writes_go_on(store: &SqliteStore) {
        for _ in 0..3 {
            write(store, NOTE).await.unwrap();
            raw_sql(NOTE)
                .execute(store.writer().unwrap())
                .await
                .unwrap();
        }
    }

    #[tokio::test]
    async fn writing_goes_on_after_a_disk_was_full() {
        let (store, _folder) = store().await;
        let mut connection = store.writer.acquire().await.unwrap();
        // No page more than there are, as on a full disk. The limit ends with the connection.
        raw_sql("PRAGMA max_page_count = 1")
            .execute(&mut *connection)
            .await
            .unwrap();
        drop(connection);
        let large = "INSERT INTO notes VALUES (randomblob(1000000))";
        let full = write(&store, large).await.unwrap_err();
        assert!(matches!(full, StoreError::Unavailable(_)), "{full:?}");
        writes_go_on(&store).await;
        write(&store, large).await.unwrap();
    }

    #[tokio::test]
    async fn writing_goes_on_after_sqlite_ended_a_transaction_by_itself() {
        let (store, _folder) = store().await;
        let ended = "ROLLBACK; INSERT INTO nowhere VALUES (1)";
        write(&store, ended).await.unwrap_err();
        writes_go_on(&store).await;
        // And at the commit, which then finds nothing to end.
        write(&store, "ROLLBACK").await.unwrap_err();
        writes_go_on(&store).await;
    }

    #[tokio::test]
    async fn the_write_ahead_log_stays_where_it_is_when_the_writer_is_replaced() {
        let (store, folder) = store().await;
        write(&store, NOTE).await.unwrap();
        write(&store, "ROLLBACK").await.unwrap_err();
        writes_go_on(&store).await;
        store.files().check().unwrap();
        assert!(folder.path().join("parlor.db-wal").exists());
    }
}
