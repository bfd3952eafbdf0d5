//! When the connection of a request was made: from then on it is the provider's turn to answer.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};
use tower::{Layer, Service};

tokio::task_local! {
    /// The request whose connection is being made in this task.
    static REQUEST: watch::Sender<Connection>;
}

/// How far the connection of a request is.
#[derive(Debug, Clone, Copy)]
enum Connection {
    /// It is being made, within the time-out of its own.
    BeingMade,
    /// It was made then, or was there already.
    Made(Instant),
}

/// The provider did not answer in time after the connection was made.
pub(super) struct NoAnswer;

/// Waits for what a request is answered, for `patience` from when its connection was made; tells when that was.
pub(super) async fn answered<T>(
    patience: Duration,
    request: impl Future<Output = T>,
) -> Result<(T, Instant), NoAnswer> {
    // One that rested in the pool is there already.
    let (sender, mut connection) = watch::channel(Connection::Made(Instant::now()));
    let request = REQUEST.scope(sender, request);
    tokio::pin!(request);
    loop {
        let now = *connection.borrow_and_update();
        let until = match now {
            Connection::BeingMade => None,
            Connection::Made(at) => Some(at + patience),
        };
        let too_late = async {
            match until {
                Some(until) => sleep_until(until).await,
                None => std::future::pending().await,
            }
        };
        // The channel lives as long as the request, which is looked at first.
        tokio::select! {
            biased;
            answer = &mut request => {
                let made = match *connection.borrow() {
                    Connection::Made(at) => at,
                    Connection::BeingMade => Instant::now(),
                };
                return Ok((answer, made));
            }
            _ = connection.changed() => {}
            () = too_late => return Err(NoAnswer),
        }
    }
}

/// Tells [`answered`] about the connections of a client.
#[derive(Debug, Clone, Copy)]
pub(super) struct TellConnections;

impl<S> Layer<S> for TellConnections {
    type Service = Telling<S>;

    fn layer(&self, connector: S) -> Telling<S> {
        Telling(connector)
    }
}

/// A connector that tells when it has made a connection.
#[derive(Debug, Clone)]
pub(super) struct Telling<S>(S);

impl<S, T> Service<T> for Telling<S>
where
    S: Service<T>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, destination: T) -> Self::Future {
        let request = REQUEST.try_with(watch::Sender::clone).ok();
        let tell = move |state| {
            if let Some(request) = &request {
                request.send_replace(state);
            }
        };
        tell(Connection::BeingMade);
        let connecting = self.0.call(destination);
        Box::pin(async move {
            let connected = connecting.await;
            tell(Connection::Made(Instant::now()));
            connected
        })
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use tokio::time::sleep;
    use tower::{ServiceExt as _, service_fn};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// A request that makes a connection first, if it takes any time, and is answered after another time.
    async fn request(connecting: Duration, answering: Duration) -> &'static str {
        if !connecting.is_zero() {
            let connector = service_fn(async |time: Duration| {
                sleep(time).await;
                Ok::<_, Infallible>(())
            });
            let connector = TellConnections.layer(connector);
            connector.oneshot(connecting).await.unwrap();
        }
        sleep(answering).await;
        "answered"
    }

    #[tokio::test(start_paused = true)]
    async fn a_provider_has_its_time_from_when_the_connection_was_made() {
        for (connecting, answering, is_answered) in
            [(0, 3, true), (0, 5, false), (9, 3, true), (9, 5, false)]
        {
            let began = Instant::now();
            let request = request(connecting * SECOND, answering * SECOND);
            let answer = answered(4 * SECOND, request).await;
            assert_eq!(answer.is_ok(), is_answered, "{connecting} {answering}");
            match answer {
                Ok((answer, since)) => {
                    assert_eq!((answer, since - began), ("answered", connecting * SECOND));
                }
                Err(NoAnswer) => assert_eq!(began.elapsed(), (connecting + 4) * SECOND),
            }
        }
    }
}
