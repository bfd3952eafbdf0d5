//! Listening to the other processes on the same database.

use std::{sync::Arc, time::Duration};

use parlor_application::{changes::ChangeBoard, repeated::RepeatedFailure};
use sqlx::{
    Executor as _,
    postgres::{PgConnectOptions, PgListener, PgPool, PgPoolOptions},
    raw_sql,
};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::conversation_changes::read_payload;

const CHANNEL: &str = "parlor_changes";
/// After how much silence the connection is asked for a sign of life: one that is dead does not say so.
const SILENCE: Duration = Duration::from_secs(2);
/// How long it may take to answer, or to come about.
const PATIENCE: Duration = Duration::from_secs(2);
/// Between two attempts to connect.
const PAUSE: Duration = Duration::from_millis(500);

#[derive(Debug, thiserror::Error)]
#[error("the connection that listens for changes is gone")]
struct Gone(#[source] Option<sqlx::Error>);

/// Puts what other processes tell on this board, until `stop`. Hints may be lost while there is no connection, so everybody is told to
/// look when it ends and when another one is there, and looks more often in between.
pub(crate) async fn listen(
    options: PgConnectOptions,
    instance: Uuid,
    board: &Arc<ChangeBoard>,
    stop: &CancellationToken,
) {
    let failures = RepeatedFailure::default();
    let listening = async {
        loop {
            // A pool of its own each time: the driver says goodbye on a connection that is given up, and keeps its place in the
            // pool for as long as nobody answers that.
            let pool = PgPoolOptions::new()
                .max_connections(1)
                .acquire_timeout(PATIENCE)
                .idle_timeout(None)
                .max_lifetime(None)
                .connect_lazy_with(options.clone());
            let Gone(error) = take_hints(&pool, instance, board, &failures).await;
            board.set_deaf(true);
            let cause = error.as_ref().map(ToString::to_string).unwrap_or_default();
            if let Some(more) = failures.note(&cause) {
                tracing::warn!(
                    error = error
                        .as_ref()
                        .map(|error| error as &(dyn std::error::Error + 'static)),
                    more,
                    "changes of other instances are not told now; they are looked for"
                );
            }
            sleep(PAUSE).await;
        }
    };
    // Nobody waits for the last connection: one that ends listens no more.
    tokio::select! {
        () = stop.cancelled() => {}
        () = listening => {}
    }
}

/// Returns when the connection is gone.
async fn take_hints(
    pool: &PgPool,
    instance: Uuid,
    board: &ChangeBoard,
    failures: &RepeatedFailure,
) -> Gone {
    let mut listener = match connected(pool).await {
        Ok(listener) => listener,
        Err(gone) => return gone,
    };
    board.set_deaf(false);
    loop {
        match timeout(SILENCE, listener.try_recv()).await {
            Ok(Ok(Some(notification))) => {
                // What this process did, it has told itself.
                match read_payload(notification.payload()) {
                    Some((teller, keys)) if teller != instance => {
                        for key in keys {
                            board.tell(key);
                        }
                    }
                    Some(_) => {}
                    None => board.tell_everybody(),
                }
            }
            Ok(Ok(None)) => return Gone(None),
            Ok(Err(error)) => return Gone(Some(error)),
            Err(_) => {
                let asked = listener.execute(raw_sql("SELECT 1"));
                match timeout(PATIENCE, asked).await {
                    Ok(Ok(_)) => {
                        failures.end();
                    }
                    Ok(Err(error)) => return Gone(Some(error)),
                    Err(_) => return Gone(None),
                }
            }
        }
    }
}

async fn connected(pool: &PgPool) -> Result<PgListener, Gone> {
    let connecting = async {
        let mut listener = PgListener::connect_with(pool).await?;
        listener.eager_reconnect(false);
        listener.listen(CHANNEL).await?;
        Ok(listener)
    };
    match timeout(PATIENCE, connecting).await {
        Ok(connected) => connected.map_err(|error| Gone(Some(error))),
        Err(_) => Err(Gone(None)),
    }
}
