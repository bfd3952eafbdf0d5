//! A database of one's own in the PostgreSQL of the tests, and ways to it that go round the store.

use std::{
    any::Any,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::Arc,
    thread,
};

use async_trait::async_trait;
use chrono::TimeDelta;
use parlor_adapters_postgres::{MIGRATOR, PostgresOptions, PostgresStore};
use parlor_application::ports::StoreAdmin as _;
use parlor_store_conformance::{PassTime, Stores, kit::prelude::Filled};
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, postgres::PgConnectOptions,
    query_scalar, raw_sql,
};
use uuid::Uuid;

/// The server, as its superuser: `cargo xtask test` brings one up.
const SERVER: &str = "PARLOR_TEST_POSTGRES";

/// A database; it is dropped with the last clone.
#[derive(Clone)]
pub struct Database {
    dropped: Arc<DroppedAtTheEnd>,
}

struct DroppedAtTheEnd {
    name: String,
}

impl Drop for DroppedAtTheEnd {
    fn drop(&mut self) {
        drop_at_the_end(format!(
            "DROP DATABASE IF EXISTS {} WITH (FORCE)",
            self.name
        ));
    }
}

fn drop_at_the_end(statement: String) {
    // A thread of its own, because here one may be in the middle of a runtime, or of a panic.
    let dropping = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async { execute(&mut server().await, &statement).await });
    });
    // What cannot be dropped hides no failure of a test.
    let _ = dropping.join();
}

impl Database {
    /// An empty one, without a schema.
    pub async fn empty() -> Self {
        Self::create("template1").await
    }

    /// An empty one in which not everything can be stored.
    pub async fn in_latin1() -> Self {
        Self::create("template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'").await
    }

    /// One with the schema.
    pub async fn migrated() -> Self {
        Self::create(&template().await).await
    }

    async fn create(template: &str) -> Self {
        let name = unique("parlor_test");
        let statement = format!("CREATE DATABASE {name} TEMPLATE {template}");
        execute(&mut server().await, &statement).await;
        Self {
            dropped: Arc::new(DroppedAtTheEnd { name }),
        }
    }

    /// Its URL as the superuser.
    pub fn url(&self) -> String {
        url_of(&self.dropped.name)
    }

    /// The store's options for it.
    pub fn options(&self) -> PostgresOptions {
        PostgresOptions::new(&self.url()).unwrap()
    }

    /// The store.
    pub fn open(&self) -> PostgresStore {
        PostgresStore::open(self.options())
    }

    /// The ports of a store in this database.
    pub fn ports(&self, store: PostgresStore) -> Stores {
        ports(store, self.url(), Arc::new(self.clone()))
    }

    /// The store with two organizations in it.
    pub async fn filled(&self) -> Filled {
        Filled::with_two_organizations(self.ports(self.open())).await
    }

    /// A connection of another program: the superuser's, for whom there is no row-level security.
    pub async fn connect(&self) -> PgConnection {
        connect(&self.url()).await
    }

    /// Carries out statements as another program would.
    pub async fn execute(&self, statements: &str) {
        execute(&mut self.connect().await, statements).await;
    }

    /// The one number that a statement answers.
    pub async fn number(&self, statement: &str) -> i64 {
        query_scalar(AssertSqlSafe(statement.to_owned()))
            .fetch_one(&mut self.connect().await)
            .await
            .unwrap()
    }
}

/// A name that nothing in the server has.
#[expect(
    clippy::disallowed_methods,
    reason = "it names a database, nothing that the store meets"
)]
fn unique(kind: &str) -> String {
    format!("{kind}_{}", Uuid::now_v7().simple())
}

/// Lets time pass in the database with this URL.
struct TimeOf(String);

#[async_trait]
impl PassTime for TimeOf {
    async fn pass_time(&self, time: TimeDelta) {
        let time = time.num_microseconds().unwrap();
        let time = format!("{time} * interval '1 microsecond'");
        let statement = format!("UPDATE audit_entries SET recorded_at = recorded_at - {time}");
        let denials = format!("UPDATE denied_repeats SET began_at = began_at - {time}");
        execute(
            &mut connect(&self.0).await,
            &format!("{statement}; {denials}"),
        )
        .await;
    }
}

/// The ports of a store, its database's URL, and what has to live as long as it.
pub fn ports(store: PostgresStore, url: String, keep: Arc<dyn Any + Send + Sync>) -> Stores {
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
        pass_time: Arc::new(TimeOf(url)),
        admin: store,
        keep,
    }
}

/// Carries out statements.
pub async fn execute(connection: &mut PgConnection, statements: &str) {
    raw_sql(AssertSqlSafe(statements.to_owned()))
        .execute(connection)
        .await
        .unwrap();
}

/// A migrated database that the tests' own ones are copied from. Whoever needs it first makes it; the next set of migrations has
/// another one.
async fn template() -> String {
    let mut hasher = DefaultHasher::new();
    for migration in MIGRATOR.iter() {
        (migration.version, &*migration.checksum).hash(&mut hasher);
    }
    let name = format!("parlor_template_{:016x}", hasher.finish());
    let mut server = server().await;
    if !is_there(&mut server, &name).await {
        let (half_made, lock) = (format!("{name}_half"), hasher.finish().cast_signed());
        execute(&mut server, &format!("SELECT pg_advisory_lock({lock})")).await;
        if !is_there(&mut server, &name).await {
            execute(
                &mut server,
                &format!("DROP DATABASE IF EXISTS {half_made} WITH (FORCE)"),
            )
            .await;
            execute(&mut server, &format!("CREATE DATABASE {half_made}")).await;
            let store = PostgresStore::open(PostgresOptions::new(&url_of(&half_made)).unwrap());
            store.migrate().await.unwrap();
            store.close().await;
            // The server may not have noticed yet that the connection was closed.
            execute(
                &mut server,
                &format!(
                    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{half_made}'"
                ),
            )
            .await;
            execute(
                &mut server,
                &format!("ALTER DATABASE {half_made} RENAME TO {name}"),
            )
            .await;
        }
    }
    server.close().await.unwrap();
    name
}

async fn is_there(server: &mut PgConnection, name: &str) -> bool {
    query_scalar("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)")
        .bind(name)
        .fetch_one(server)
        .await
        .unwrap()
}

async fn server() -> PgConnection {
    connect(&server_url()).await
}

async fn connect(url: &str) -> PgConnection {
    let options: PgConnectOptions = url.parse().unwrap();
    options.disable_statement_logging().connect().await.unwrap()
}

fn server_url() -> String {
    std::env::var(SERVER).unwrap_or_else(|_| {
        panic!("{SERVER} must be the URL of a PostgreSQL's superuser: run `cargo xtask test`, which brings one up")
    })
}

/// The same server's URL with another database.
fn url_of(database: &str) -> String {
    let server = server_url();
    let (address, parameters) = server.split_once('?').unwrap_or((&server, ""));
    let (address, _) = address.rsplit_once('/').unwrap();
    let question = if parameters.is_empty() { "" } else { "?" };
    format!("{address}/{database}{question}{parameters}")
}

/// A login that is no superuser; it is dropped with the value. Its database must be there for longer.
pub struct Login {
    name: String,
    database: Database,
}

impl Login {
    /// A member of these roles.
    pub async fn new(database: &Database, roles: &str) -> Self {
        let name = unique("parlor_login");
        let role = format!("CREATE ROLE {name} LOGIN NOSUPERUSER NOCREATEROLE");
        database.execute(&role).await;
        if !roles.is_empty() {
            database.execute(&format!("GRANT {roles} TO {name}")).await;
        }
        Self {
            name,
            database: database.clone(),
        }
    }

    /// It may have no more connections than this at a time.
    pub async fn limit_connections(&self, most: u32) {
        let limit = format!("ALTER ROLE {} CONNECTION LIMIT {most}", self.name);
        self.database.execute(&limit).await;
    }

    /// The store's options for it.
    pub fn options(&self) -> PostgresOptions {
        let mut options = self.database.options();
        options.primary = options.primary.username(&self.name);
        options
    }
}

impl Drop for Login {
    fn drop(&mut self) {
        drop_at_the_end(format!("DROP ROLE IF EXISTS {}", self.name));
    }
}
