//! What is answered while somebody else brings the store's schema up to date.

use std::{sync::Arc, time::Duration};

use parlor_application::ports::StoreAdmin;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    compose,
    server::{self, ServerLimits},
};

/// Between two looks at the schema.
const PAUSE: Duration = Duration::from_millis(500);

/// Tells everybody that the service is not ready, and why, until the store has this program's schema. Answers the listener to go
/// on with, or none if a stop was asked for.
pub async fn until_ready(
    listener: TcpListener,
    store: Arc<dyn StoreAdmin>,
    stop: &CancellationToken,
) -> anyhow::Result<Option<TcpListener>> {
    let listener = listener.into_std()?;
    let kept = listener.try_clone()?;
    let ready = stop.child_token();
    let routes = compose::waiting_router(&store);
    let limits = ServerLimits::of_operators();
    let answering = server::serve(
        TcpListener::from_std(listener)?,
        routes,
        limits,
        ready.clone(),
    );
    let looking = async {
        let mut told = None;
        while let Err(error) = store.readiness().await {
            let reason = error.to_string();
            if told.as_ref() != Some(&reason) {
                tracing::error!(
                    error = &error as &(dyn std::error::Error + 'static),
                    "`store.migrate` is off, so the service waits"
                );
                told = Some(reason);
            }
            if stop
                .run_until_cancelled(tokio::time::sleep(PAUSE))
                .await
                .is_none()
            {
                break;
            }
        }
        ready.cancel();
    };
    tokio::join!(answering, looking);
    if stop.is_cancelled() {
        return Ok(None);
    }
    Ok(Some(TcpListener::from_std(kept)?))
}
