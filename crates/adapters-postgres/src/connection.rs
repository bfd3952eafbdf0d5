//! One connection, on which no statement can be waited for without end.
//!
//! A server that is gone, or whatever stands between, may stop answering without closing anything. So every statement has a limit
//! here, beside the one that the server itself keeps. The driver's own connection is private to this module: what runs a statement
//! cannot do so without the limit.

use std::{fmt, io, pin::Pin, sync::Arc, time::Duration};

use futures::{Stream, StreamExt as _, stream::unfold};
use sqlx::{
    ConnectOptions as _, Describe, Either, Error, Execute, Executor, PgConnection, Postgres,
    SqlStr,
    postgres::{PgConnectOptions, PgQueryResult, PgRow, PgStatement, PgTypeInfo},
};
use tokio::time::{Instant, timeout, timeout_at};

use crate::storage::StorageFailures;

type BoxFuture<'e, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'e>>;
type BoxStream<'e, T> = Pin<Box<dyn Stream<Item = Result<T, Error>> + Send + 'e>>;

/// A connection to the server.
pub(crate) struct Connection {
    driver: PgConnection,
    /// How long a statement may take from its beginning to its last row.
    limit: Duration,
    /// Whether a statement was given up: what is answered next may belong to it.
    is_given_up: bool,
    /// Where it is remembered that the server could not store something.
    failures: Arc<StorageFailures>,
}

impl Connection {
    /// Connects within `patience`. Every statement has `limit` from then on.
    pub(crate) async fn open(
        options: &PgConnectOptions,
        patience: Duration,
        limit: Duration,
        failures: Arc<StorageFailures>,
    ) -> Result<Self, Error> {
        let driver = timeout(patience, options.connect())
            .await
            .unwrap_or_else(|_| Err(too_slow(patience)))?;
        Ok(Self {
            driver,
            limit,
            is_given_up: false,
            failures,
        })
    }

    /// Whether a statement was given up on it. Nothing more may be asked over it then.
    pub(crate) const fn is_given_up(&self) -> bool {
        self.is_given_up
    }
}

/// What the server answers within this time; else the connection is given up.
async fn within<T>(
    limit: Duration,
    is_given_up: &mut bool,
    failures: &StorageFailures,
    answer: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let answer = timeout(limit, answer).await.unwrap_or_else(|_| {
        *is_given_up = true;
        Err(too_slow(limit))
    });
    answer.inspect_err(|error| failures.note(error))
}

/// The server did not answer in time.
fn too_slow(limit: Duration) -> Error {
    let told = format!("PostgreSQL did not answer within {limit:?}");
    Error::Io(io::Error::new(io::ErrorKind::TimedOut, told))
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("limit", &self.limit)
            .field("is_given_up", &self.is_given_up)
            .finish_non_exhaustive()
    }
}

impl<'c> Executor<'c> for &'c mut Connection {
    type Database = Postgres;

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Either<PgQueryResult, PgRow>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let Connection {
            driver,
            limit,
            is_given_up,
            failures,
        } = self;
        let (limit, failures) = (*limit, &**failures);
        let deadline = Instant::now() + limit;
        let rows = driver.fetch_many(query);
        Box::pin(unfold(
            Some((rows, is_given_up)),
            move |answering| async move {
                let (mut rows, is_given_up) = answering?;
                if let Ok(row) = timeout_at(deadline, rows.next()).await {
                    let row = row?.inspect_err(|error| failures.note(error));
                    Some((row, Some((rows, is_given_up))))
                } else {
                    *is_given_up = true;
                    Some((Err(too_slow(limit)), None))
                }
            },
        ))
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Option<PgRow>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let Connection {
            driver,
            limit,
            is_given_up,
            failures,
        } = self;
        Box::pin(within(
            *limit,
            is_given_up,
            failures,
            driver.fetch_optional(query),
        ))
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [PgTypeInfo],
    ) -> BoxFuture<'e, PgStatement>
    where
        'c: 'e,
    {
        let Connection {
            driver,
            limit,
            is_given_up,
            failures,
        } = self;
        Box::pin(within(
            *limit,
            is_given_up,
            failures,
            driver.prepare_with(sql, parameters),
        ))
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Describe<Postgres>>
    where
        'c: 'e,
    {
        let Connection {
            driver,
            limit,
            is_given_up,
            failures,
        } = self;
        Box::pin(within(*limit, is_given_up, failures, driver.describe(sql)))
    }
}
