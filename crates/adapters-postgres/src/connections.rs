//! The connections to the database.
//!
//! The service works under two roles that own nothing (see the first migration). What requests need runs under `parlor_service` on
//! connections that say for which organization they work, so that the database holds the organization's border even for a
//! statement that forgets it. What concerns all organizations runs under `parlor_upkeep`.

use std::{sync::Arc, time::Duration};

use parlor_application::{
    dependencies::DependencyProbe,
    ports::{SearchScan, StoreError},
};
use parlor_domain::ids::OrganizationId;
use sqlx::{ConnectOptions as _, PgConnection, postgres::PgConnectOptions};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};
use uuid::Uuid;

use crate::{
    conversation_changes::News,
    error::store_error,
    pool::{Pool, Session},
    replica::Replica,
    storage::StorageFailures,
};

/// Where the database is and how it is used.
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    /// The database that everything is written to. The login is the owner of the schema, or a member of `parlor_service` and
    /// `parlor_upkeep`.
    pub primary: PgConnectOptions,
    /// A streaming replica of it, to read from what need not come from the primary.
    pub replica: Option<PgConnectOptions>,
    /// How many connections this instance may have to each of them for requests. (Upkeep has a few of its own.)
    pub max_connections: u32,
    /// How long a statement may wait for a connection or a lock before the store counts as unavailable.
    pub patience: Duration,
    /// How long a statement may take. The server ends it then; where the server does not answer, the connection is given up a fifth
    /// of this time later.
    pub statement_limit: Duration,
    /// How long one step of a migration may take.
    pub migration_limit: Duration,
}

impl PostgresOptions {
    /// The options for the database behind this URL.
    ///
    /// # Errors
    /// When the URL cannot be read.
    pub fn new(url: &str) -> Result<Self, StoreError> {
        Ok(Self {
            primary: connect_options(url)?,
            replica: None,
            max_connections: 16,
            patience: Duration::from_secs(5),
            statement_limit: Duration::from_secs(10),
            migration_limit: Duration::from_hours(1),
        })
    }

    /// With the replica behind this URL.
    ///
    /// # Errors
    /// When the URL cannot be read.
    pub fn with_replica(mut self, url: &str) -> Result<Self, StoreError> {
        self.replica = Some(connect_options(url)?);
        Ok(self)
    }

    /// How requests connect, for whoever wants to know what a statement of theirs costs. For which organization the connection works
    /// it is told then: `SET parlor.organization_id = '…'`.
    pub fn for_requests(&self) -> PgConnectOptions {
        working_as(&self.primary, SERVICE, self.patience, self.statement_limit)
    }

    /// How upkeep connects, for the same purpose.
    pub fn for_upkeep(&self) -> PgConnectOptions {
        working_as(&self.primary, UPKEEP, self.patience, self.statement_limit)
    }
}

/// Statements are not logged: they carry what people wrote.
fn connect_options(url: &str) -> Result<PgConnectOptions, StoreError> {
    let options: PgConnectOptions = url.parse().map_err(store_error)?;
    Ok(options
        .application_name("parlor")
        .disable_statement_logging())
}

/// The production store. A clone shares its connections.
#[derive(Clone)]
pub struct PostgresStore {
    inner: Arc<Inner>,
}

struct Inner {
    /// How to connect as the login itself, for migrating.
    login: PgConnectOptions,
    migration_limit: Duration,
    service: Arc<Pool>,
    upkeep: Arc<Pool>,
    replica: Option<Arc<Replica>>,
    /// Fewer than there are connections, so that searches leave some to what is quick.
    searches: Arc<Semaphore>,
    patience: Duration,
    /// How to connect for what is passed on between processes.
    listening: PgConnectOptions,
    failures: Arc<StorageFailures>,
    news: Arc<News>,
    /// Who holds leases in the name of this process.
    instance: Uuid,
}

impl PostgresStore {
    /// How many connections upkeep may have.
    const UPKEEP_CONNECTIONS: u32 = 4;

    /// A store that connects when it is asked something: a database that is away now may be there then. The schema is not touched:
    /// see [`StoreAdmin::migrate`](parlor_application::ports::StoreAdmin::migrate).
    pub fn open(options: PostgresOptions) -> Self {
        let PostgresOptions {
            primary,
            replica,
            max_connections,
            patience,
            statement_limit,
            migration_limit,
        } = options;
        let working_as = |connect: &_, role| working_as(connect, role, patience, statement_limit);
        // The server's own limit comes first: its answer says more, and the connection is as good as before.
        let limit = statement_limit + statement_limit / 5;
        let failures = Arc::<StorageFailures>::default();
        let pool = |role: &'static str, size: u32| {
            let options = working_as(&primary, role);
            Pool::new(options, role, size, patience, limit, failures.clone())
        };
        // There is somebody else to ask instead of a replica.
        let replica = replica.map(|replica| {
            let options = working_as(&replica, SERVICE);
            let limit = patience.min(limit);
            Arc::new(Replica::new(Pool::new(
                options,
                SERVICE,
                max_connections,
                patience,
                limit,
                // What a replica cannot store, such as temporary files, does not concern the primary.
                Arc::default(),
            )))
        });
        Self {
            inner: Arc::new(Inner {
                service: pool(SERVICE, max_connections),
                upkeep: pool(UPKEEP, Self::UPKEEP_CONNECTIONS),
                replica,
                searches: Arc::new(Semaphore::new(SearchScan::slices_at_once(max_connections))),
                patience,
                listening: working_as(&primary, UPKEEP),
                failures,
                news: Arc::default(),
                login: primary,
                migration_limit,
                instance: instance(),
            }),
        }
    }

    /// A connection to the primary that works for this organization. What was committed before a statement begins, the statement
    /// sees.
    pub(crate) async fn session(
        &self,
        organization_id: OrganizationId,
    ) -> Result<Session, StoreError> {
        self.inner.service.session_of(organization_id).await
    }

    /// A connection to the primary that is about to begin a transaction, which says itself for which organization it works.
    pub(crate) async fn transaction_session(&self) -> Result<Session, StoreError> {
        self.inner.service.session(None).await
    }

    /// A connection to the primary for what concerns all organizations.
    pub(crate) async fn upkeep(&self) -> Result<Session, StoreError> {
        self.inner.upkeep.session(None).await
    }

    /// Whether the primary could store what it was given.
    pub(crate) fn storage_failures(&self) -> &StorageFailures {
        &self.inner.failures
    }

    /// Closes upkeep's connections that nobody uses.
    pub(crate) fn close_idle_upkeep(&self) {
        self.inner.upkeep.close_idle();
    }

    /// Waits until a part of a search may read.
    pub(crate) async fn turn_to_search(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        let searches = self.inner.searches.clone();
        let turn = timeout(self.inner.patience, searches.acquire_owned()).await;
        turn.map_err(|elapsed| StoreError::Unavailable(Some(elapsed.into())))?
            .map_err(|closed| StoreError::Unavailable(Some(closed.into())))
    }

    /// The replica, where there is one.
    pub(crate) fn replica(&self) -> Option<&Replica> {
        self.inner.replica.as_deref()
    }

    /// What tells whether the replica answers, where there is one.
    pub fn replica_probe(&self) -> Option<Arc<dyn DependencyProbe>> {
        let replica = self.inner.replica.clone()?;
        Some(replica)
    }

    /// A connection of its own as the login itself, to whom the schema may belong, with these settings.
    pub(crate) async fn login(
        &self,
        settings: &[(&str, &str)],
    ) -> Result<PgConnection, sqlx::Error> {
        let options = self.inner.login.clone();
        options.options(settings.iter().copied()).connect().await
    }

    /// How long one step of a migration may take.
    pub(crate) fn migration_limit(&self) -> Duration {
        self.inner.migration_limit
    }

    /// What is told of changes, here and to other processes.
    pub(crate) fn news(&self) -> &Arc<News> {
        &self.inner.news
    }

    /// How to connect for listening to other processes.
    pub(crate) fn listening(&self) -> PgConnectOptions {
        self.inner.listening.clone()
    }

    /// Who holds leases in the name of this process.
    pub(crate) fn instance(&self) -> Uuid {
        self.inner.instance
    }

    /// Accepts nothing any more, and returns when what runs has come to its end.
    pub(crate) async fn close_pools(&self) {
        let inner = &*self.inner;
        for pool in [&inner.service, &inner.upkeep]
            .into_iter()
            .chain(inner.replica.as_deref().map(Replica::pool))
        {
            pool.close().await;
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "it names a process, not anything that users or tests meet"
)]
fn instance() -> Uuid {
    Uuid::now_v7()
}

/// The role of requests.
pub(crate) const SERVICE: &str = "parlor_service";
/// The role of what concerns all organizations.
pub(crate) const UPKEEP: &str = "parlor_upkeep";

/// How to connect and work under this role.
fn working_as(
    connect: &PgConnectOptions,
    role: &str,
    patience: Duration,
    statement_limit: Duration,
) -> PgConnectOptions {
    let milliseconds = |time: Duration| time.as_millis().max(1).to_string();
    let (patience, statement_limit) = (milliseconds(patience), milliseconds(statement_limit));
    // Plans are made once for each statement and connection, and do not depend on how much there is or on when it was last
    // counted: statements are written so that an index gives what they need in the order in which they need it, and what
    // else the planner could think of is switched off. The test of the plans holds them.
    connect.clone().options([
        ("role", role),
        ("plan_cache_mode", "force_generic_plan"),
        ("enable_seqscan", "off"),
        ("enable_bitmapscan", "off"),
        ("enable_sort", "off"),
        ("enable_hashjoin", "off"),
        ("enable_mergejoin", "off"),
        ("enable_material", "off"),
        ("enable_memoize", "off"),
        ("max_parallel_workers_per_gather", "0"),
        ("jit", "off"),
        // To read an entry of an index costs as much as a page. While a table is empty, or its statistics are old, all its indexes
        // look alike otherwise, and one may be taken that leads to a whole organization.
        ("cpu_index_tuple_cost", "1"),
        ("lock_timeout", patience.as_str()),
        ("statement_timeout", statement_limit.as_str()),
        // Of a client that is gone without a word, the server ends the transaction, which may hold locks that others wait for.
        ("idle_in_transaction_session_timeout", "10s"),
        ("tcp_user_timeout", "15s"),
        ("tcp_keepalives_idle", "10"),
        ("tcp_keepalives_interval", "5"),
        ("tcp_keepalives_count", "3"),
        // One may not read from the past, nor write what a crash could take back, whatever the server's default is.
        ("default_transaction_isolation", "read committed"),
        // A default that somebody set for the database or the login. A replica refuses writes nevertheless.
        ("default_transaction_read_only", "off"),
        ("synchronous_commit", "on"),
    ])
}
