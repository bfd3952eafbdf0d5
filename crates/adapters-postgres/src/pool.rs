//! Connections that are used again.
//!
//! sqlx's own pool asks the server for a sign of life whenever a connection is given back, which is a second round trip for
//! every statement. This one asks nothing. It knows instead for which organization a connection works, and trusts only a
//! connection that was given back in order: any other one is closed where it is dropped, and its locks are free at once.

use std::{
    ops::{Deref, DerefMut},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use parlor_application::ports::StoreError;
use parlor_domain::ids::OrganizationId;
use sqlx::{AssertSqlSafe, Executor as _, Row as _, postgres::PgConnectOptions, raw_sql};
use tokio::{
    sync::{Notify, OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout, timeout_at},
};

use crate::{
    connection::Connection,
    error::{code, is_connection_useless, is_out_of_connections, store_error},
    storage::StorageFailures,
};

/// As many connections of one kind as it was allowed, made when they are needed.
pub(crate) struct Pool {
    options: PgConnectOptions,
    /// The role that the options ask for.
    role: &'static str,
    /// Those that nobody uses, the one that was used last at the end.
    idle: Mutex<Vec<Connected>>,
    /// One for each connection that may be used at the same time.
    permits: Arc<Semaphore>,
    size: u32,
    is_closed: AtomicBool,
    patience: Duration,
    /// How long a statement may take.
    limit: Duration,
    failures: Arc<StorageFailures>,
    /// Told when a connection is given back or closed.
    released: Notify,
}

/// Nothing may be asked over such a connection.
#[derive(Debug, thiserror::Error)]
#[error(
    "the connection does not work under the role `{0}` that it asked for: what stands between this service and PostgreSQL \
     (PgBouncer with `ignore_startup_parameters`, perhaps) drops what a connection asks for; connect to PostgreSQL itself"
)]
struct NotUnderRole(&'static str);

/// The login may not work under the role.
#[derive(Debug, thiserror::Error)]
#[error(
    "the login is no member of the role `{role}`: let an administrator carry out GRANT parlor_service, parlor_upkeep TO the login"
)]
struct NoMember {
    role: &'static str,
    #[source]
    error: StoreError,
}

/// Not everything that people write can be stored in such a database.
#[derive(Debug, thiserror::Error)]
#[error(
    "the database's encoding is {0}, and it must be UTF8: make another database (CREATE DATABASE parlor ENCODING 'UTF8' \
     TEMPLATE template0), copy what is in this one with pg_dump, and name it in `store.url`"
)]
pub(crate) struct NotUtf8(String);

/// Whether a database with this encoding can store everything.
pub(crate) fn check_encoding(encoding: &str) -> Result<(), NotUtf8> {
    if encoding == "UTF8" {
        Ok(())
    } else {
        Err(NotUtf8(encoding.to_owned()))
    }
}

/// A connection and for whom it works.
struct Connected {
    connection: Connection,
    organization_id: Option<OrganizationId>,
    /// Whether [`PREPARE_LOCKS`] was carried out on it; where there was no schema yet, it could not be.
    has_locks: bool,
}

/// When to ask a server again that had no room for one more connection; doubled each time.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// The statements with which a unit of work locks, once it has begun. They go in one message with others, in which only what has a
/// name is not planned anew each time.
const PREPARE_LOCKS: &str = concat!(
    "PREPARE parlor_lock_directory (integer, integer) AS SELECT pg_advisory_xact_lock_shared($1, $2); ",
    "PREPARE parlor_lock_conversation (uuid, uuid, uuid) AS ",
    include_str!("../queries/unit_of_work/lock_conversation.sql")
);

impl Pool {
    /// At most `size` connections, all under this role; who waits for one or for the server's answer to a new one gives up after
    /// `patience`, and a statement on one is given up after `limit`.
    pub(crate) fn new(
        options: PgConnectOptions,
        role: &'static str,
        size: u32,
        patience: Duration,
        limit: Duration,
        failures: Arc<StorageFailures>,
    ) -> Arc<Self> {
        let size = size.max(1);
        Arc::new(Self {
            options,
            role,
            idle: Mutex::default(),
            permits: Arc::new(Semaphore::new(size as usize)),
            size,
            is_closed: AtomicBool::new(false),
            patience,
            limit,
            failures,
            released: Notify::new(),
        })
    }

    /// A connection that works for this organization. To tell it so costs a round trip, but only where every idle one worked
    /// for another organization.
    pub(crate) async fn session_of(
        self: &Arc<Self>,
        organization_id: OrganizationId,
    ) -> Result<Session, StoreError> {
        let mut session = self.session(Some(organization_id)).await?;
        if session.connected.organization_id != Some(organization_id) {
            // An id is letters, digits and dashes.
            let statement = format!("SET parlor.organization_id = '{organization_id}'");
            let told = session.execute(raw_sql(AssertSqlSafe(statement))).await;
            if let Err(error) = told {
                return session.done(Err(error));
            }
            session.connected.organization_id = Some(organization_id);
        }
        Ok(session)
    }

    /// Any connection, best one that works for this organization.
    pub(crate) async fn session(
        self: &Arc<Self>,
        preferred: Option<OrganizationId>,
    ) -> Result<Session, StoreError> {
        let deadline = Instant::now() + self.patience;
        let permit = timeout_at(deadline, self.permits.clone().acquire_owned()).await;
        let permit = permit
            .map_err(|elapsed| StoreError::Unavailable(Some(elapsed.into())))?
            .map_err(|closed| StoreError::Unavailable(Some(closed.into())))?;
        if self.is_closed.load(Ordering::SeqCst) {
            return Err(StoreError::Unavailable(Some("the store was closed".into())));
        }
        let (connected, is_used_again) = self.find_or_connect(preferred, deadline).await?;
        Ok(Session {
            connected,
            is_used_again,
            pool: self.clone(),
            _permit: permit,
        })
    }

    /// An idle connection and `true`, or a new one and `false`. Where the server has no room for one more, waits until it has, or
    /// until somebody gives one back here.
    async fn find_or_connect(
        &self,
        preferred: Option<OrganizationId>,
        deadline: Instant,
    ) -> Result<(Connected, bool), StoreError> {
        let mut pause = FIRST_PAUSE;
        loop {
            // What is given back from here on is not missed.
            let released = self.released.notified();
            // One that was made before there was a schema knows nothing of it.
            if let Some(idle) = self.take_idle(preferred).filter(|idle| idle.has_locks) {
                return Ok((idle, true));
            }
            match self.connect().await {
                Ok(connected) => return Ok((connected, false)),
                Err(error) if is_out_of_connections(&error) && Instant::now() < deadline => {
                    // Others wait for the same: not all of them ask again at the same moment.
                    let next = Instant::now() + pause.mul_f64(rand::random_range(0.5..=1.0));
                    timeout_at(next.min(deadline), released).await.ok();
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Whether whoever asks for a connection now has to wait for somebody else's.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.permits.available_permits() == 0
    }

    fn take_idle(&self, preferred: Option<OrganizationId>) -> Option<Connected> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |connected: &Connected| connected.organization_id == preferred;
        match idle.iter().rposition(fits) {
            Some(place) => Some(idle.remove(place)),
            None => idle.pop(),
        }
    }

    async fn connect(&self) -> Result<Connected, StoreError> {
        let connecting = async {
            let mut connection = self.connect_under_role().await?;
            let prepared = raw_sql(PREPARE_LOCKS).execute(&mut connection).await;
            Ok(Connected {
                connection,
                organization_id: None,
                has_locks: prepared.is_ok(),
            })
        };
        timeout(self.patience, connecting)
            .await
            .map_err(|elapsed| StoreError::Unavailable(Some(elapsed.into())))?
    }

    /// A pooler that drops what a connection asks for at its beginning would have the service work as its login, which sees more
    /// than the role may.
    async fn connect_under_role(&self) -> Result<Connection, StoreError> {
        let failures = self.failures.clone();
        let connection = Connection::open(&self.options, self.patience, self.limit, failures).await;
        let mut connection = connection.map_err(|error| self.refused(error))?;
        let row = raw_sql("SELECT current_user, current_setting('server_encoding')")
            .fetch_one(&mut connection)
            .await
            .map_err(store_error)?;
        let role: String = row.try_get(0).map_err(store_error)?;
        let encoding: String = row.try_get(1).map_err(store_error)?;
        check_encoding(&encoding).map_err(|error| StoreError::Other(error.into()))?;
        if role == self.role {
            Ok(connection)
        } else {
            Err(StoreError::Other(NotUnderRole(self.role).into()))
        }
    }

    /// Why no connection was made, with what to do where the login is not a member of the role.
    fn refused(&self, error: sqlx::Error) -> StoreError {
        const INSUFFICIENT_PRIVILEGE: &str = "42501";
        let error = store_error(error);
        if code(&error) == Some(INSUFFICIENT_PRIVILEGE) {
            let role = self.role;
            StoreError::Other(NoMember { role, error }.into())
        } else {
            error
        }
    }

    /// Keeps a connection for the next one, unless a statement was given up on it.
    fn put_back(&self, connected: Connected) {
        if connected.connection.is_given_up() {
            return self.close_idle();
        }
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push(connected);
        drop(idle);
        self.released.notify_one();
    }

    /// Closes what nobody uses.
    pub(crate) fn close_idle(&self) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.clear();
    }

    /// Gives no connection any more, and returns when the last one that is in use was given back or dropped.
    pub(crate) async fn close(&self) {
        self.is_closed.store(true, Ordering::SeqCst);
        // An error: somebody else closed it already.
        let in_use = self.permits.acquire_many(self.size).await;
        self.close_idle();
        self.permits.close();
        drop(in_use);
    }
}

/// A connection that somebody works with. Whoever is done calls [`Session::done`] or [`Session::give_back`]; one that is dropped,
/// by an error or because the caller went away, is closed, and the server rolls back what was open on it.
pub(crate) struct Session {
    connected: Connected,
    /// Whether it was used before: it may have broken meanwhile.
    is_used_again: bool,
    pool: Arc<Pool>,
    _permit: OwnedSemaphorePermit,
}

impl Session {
    /// Ends the use of the connection with what its only, or last, statement answered. No transaction may be open.
    pub(crate) fn done<T>(self, answered: Result<T, sqlx::Error>) -> Result<T, StoreError> {
        match answered {
            Ok(answer) => {
                self.give_back();
                Ok(answer)
            }
            Err(error) => {
                if is_connection_useless(&error) {
                    self.lose();
                } else {
                    self.give_back();
                }
                Err(store_error(error))
            }
        }
    }

    /// Lets the next one use the connection: no statement runs on it, and no transaction is open.
    pub(crate) fn give_back(self) {
        self.pool.put_back(self.connected);
    }

    /// The connection broke, so the idle ones beside it most likely did too: the database was restarted, or another one took its
    /// place. None of them is tried first.
    pub(crate) fn lose(self) {
        self.pool.close_idle();
    }

    /// How long one waits for what should be quick.
    pub(crate) fn patience(&self) -> Duration {
        self.pool.patience
    }

    /// Whether a statement was given up on it because no answer came in time.
    pub(crate) const fn is_given_up(&self) -> bool {
        self.connected.connection.is_given_up()
    }

    /// Whether it was used before.
    pub(crate) const fn is_used_again(&self) -> bool {
        self.is_used_again
    }
}

impl Deref for Session {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connected.connection
    }
}

impl DerefMut for Session {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.connected.connection
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_connection_that_lost_its_role_on_the_way_is_not_used() {
        let url = std::env::var("PARLOR_TEST_POSTGRES")
            .expect("there is no PostgreSQL: run `cargo xtask test`");
        // As through a pooler that drops what a connection asks for.
        let options: PgConnectOptions = url.parse().unwrap();
        let patience = Duration::from_secs(5);
        let pool = Pool::new(
            options,
            "parlor_service",
            1,
            patience,
            patience,
            Arc::default(),
        );
        let refused = pool.session(None).await.err().unwrap();
        let StoreError::Other(cause) = refused else {
            panic!("{refused:?}")
        };
        assert!(cause.to_string().contains("`parlor_service`"), "{cause}");
    }
}
