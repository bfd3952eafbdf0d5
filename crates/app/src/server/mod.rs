//! The listener: accepts connections, answers HTTP on them, and bounds what a connection can take of the process.
//!
//! A connection is either *waiting* for a request, from its start or from the end of the last answer until the head of a request is
//! complete, or it is *busy*. A waiting connection can be closed at any time without harm: when it takes too long, when the limit of
//! connections is reached and a new one comes, and when the service stops. A busy one ends with its answer, or when its client has
//! read nothing for too long. Where unread answers keep too much in memory together, the connections that keep the most are closed.
//! One whose request's body has not come whole is closed soon after the service stops.

mod connection;
mod descriptors;
mod registry;
mod socket;
#[cfg(test)]
mod tests;

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{HeaderValue, Request, Response, StatusCode, Version, header},
    response::IntoResponse as _,
};
use hyper::{
    body::{Body as _, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use parlor_application::repeated::RepeatedFailure;
use tokio::{
    net::{TcpListener, TcpStream},
    time::Instant,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt as _;

use connection::{Answering, Connection, Kind};
use registry::Registry;
use socket::Socket;

pub use descriptors::{Descriptors, raise_limit};

/// What connections can take.
#[derive(Debug, Clone, Copy)]
pub struct ServerLimits {
    /// How many connections are open at once. When the limit is reached, the one that has waited for a request for longest is
    /// closed for a new one; when none waits, a new one gets nothing but health checks.
    pub connections: usize,
    /// How many connections there are beside these, for health checks alone.
    pub reserve: usize,
    /// How long the head of a request can take.
    pub head: Duration,
    /// How long a connection is kept between an answer and the next request.
    pub idle: Duration,
    /// How long a client can read nothing of an answer.
    pub write: Duration,
}

impl ServerLimits {
    /// For a listener that only operators reach.
    pub const fn of_operators() -> Self {
        Self {
            connections: 64,
            reserve: 0,
            head: Duration::from_secs(10),
            idle: Duration::from_mins(1),
            write: Duration::from_secs(30),
        }
    }
}

/// How much hyper buffers of a head, and of an answer that is not read. One that is larger has 431.
const BUFFER: usize = 64 * 1024;

/// How long to wait where no connection can be accepted, before the next try.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How long the rest of a request can take once the service stops.
const REST_OF_REQUEST: Duration = Duration::from_millis(500);

/// Answers requests until `stop`. From then on, nothing is accepted, waiting connections are closed, and busy ones end with their
/// answer; returns when all have ended.
pub async fn serve(
    listener: TcpListener,
    routes: Router,
    limits: ServerLimits,
    stop: CancellationToken,
) {
    let server = Arc::new(Server {
        routes,
        limits,
        registry: Arc::default(),
        stop,
    });
    let tasks = TaskTracker::new();
    let failures = RepeatedFailure::default();
    while let Some(accepted) = server.stop.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, address)) => {
                failures.end();
                let Some(connection) = server.admit() else {
                    count_closed("full");
                    continue;
                };
                tasks.spawn(Arc::clone(&server).converse(stream, address, connection));
            }
            Err(error) if is_of_the_connection(&error) => {}
            Err(error) => {
                if let Some(more) = failures.note(&error.to_string()) {
                    tracing::error!(
                        error = &error as &(dyn std::error::Error + 'static),
                        more,
                        "cannot accept connections"
                    );
                }
                server.registry.evict_waiting(Kind::Regular);
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    tasks.close();
    tasks.wait().await;
}

/// Whether only the connection that was about to be accepted failed.
fn is_of_the_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}

fn count_closed(reason: &'static str) {
    metrics::counter!("parlor_http_connections_closed_total", "reason" => reason).increment(1);
}

struct Server {
    routes: Router,
    limits: ServerLimits,
    registry: Arc<Registry>,
    stop: CancellationToken,
}

impl Server {
    /// Room for a new connection: its own, that of one which waits, or one for health checks.
    fn admit(&self) -> Option<Arc<Connection>> {
        let limits = &self.limits;
        if self.registry.count(Kind::Regular) < limits.connections
            || self.registry.evict_waiting(Kind::Regular)
        {
            return Some(self.registry.add(Kind::Regular, limits.head));
        }
        if self.registry.count(Kind::Reserve) < limits.reserve
            || self.registry.evict_waiting(Kind::Reserve)
        {
            return Some(self.registry.add(Kind::Reserve, limits.head));
        }
        None
    }

    async fn converse(
        self: Arc<Self>,
        stream: TcpStream,
        address: SocketAddr,
        connection: Arc<Connection>,
    ) {
        // Pieces of an answer are small, and somebody reads along.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(
                error = &error as &(dyn std::error::Error + 'static),
                "no TCP_NODELAY"
            );
        }
        let socket = Socket::new(
            stream,
            Arc::clone(&connection),
            self.limits.head,
            self.limits.idle,
            self.limits.write,
        );
        let service = service_fn(|request: Request<Incoming>| {
            let answering = connection.begin(&self.registry, request.body().is_end_stream());
            self.answer(request, address, connection.kind(), answering)
        });
        let serving = http1::Builder::new()
            .max_buf_size(BUFFER)
            .keep_alive(connection.kind() == Kind::Regular)
            .serve_connection(TokioIo::new(socket), service);
        let mut serving = std::pin::pin!(serving);
        let mut stopping = None;
        let reason = loop {
            tokio::select! {
                served = serving.as_mut() => break match served {
                    Ok(()) => "ended",
                    Err(error) => reason_of(&error),
                },
                over = connection.is_over(stopping) => break over,
                () = self.stop.cancelled(), if stopping.is_none() => {
                    stopping = Some(Instant::now() + REST_OF_REQUEST);
                    serving.as_mut().graceful_shutdown();
                }
            }
        };
        count_closed(reason);
        self.registry.remove(&connection);
    }

    async fn answer(
        &self,
        request: Request<Incoming>,
        address: SocketAddr,
        kind: Kind,
        answering: Answering,
    ) -> Result<Response<Body>, Infallible> {
        let answered = if kind == Kind::Reserve && !request.uri().path().starts_with("/health/") {
            too_many_connections()
        } else if !names_one_host(&request) {
            no_host()
        } else {
            let mut request = request.map(|body| answering.receive(body));
            request.extensions_mut().insert(ConnectInfo(address));
            heed_target(&mut request);
            self.routes
                .clone()
                .oneshot(request)
                .await
                .unwrap_or_else(|never| match never {})
        };
        Ok(answered.map(|body| answering.until_the_end_of(body)))
    }
}

fn reason_of(error: &hyper::Error) -> &'static str {
    let source = std::error::Error::source(error).and_then(|it| it.downcast_ref::<io::Error>());
    if source.is_some_and(|it| it.kind() == io::ErrorKind::TimedOut) {
        "write-timeout"
    } else {
        "broken"
    }
}

/// Whether a request names its host once, as HTTP/1.1 demands (RFC 9112, 3.2): of two names, what stands before the service may believe
/// one and the service the other.
fn names_one_host(request: &Request<Incoming>) -> bool {
    let hosts = request.headers().get_all(header::HOST).iter().count();
    hosts == 1 || (hosts == 0 && request.version() == Version::HTTP_10)
}

/// Lets the host that the target of a request names stand in `Host`: it counts, whatever the header says (RFC 9112, 3.2.2). So there is
/// one name for all that look at it: which names the service answers to, and which page a form comes from.
fn heed_target<B>(request: &mut Request<B>) {
    let Some(authority) = request.uri().authority() else {
        return;
    };
    let authority = authority.as_str();
    let host = authority.rsplit_once('@').map_or(authority, |(_, it)| it);
    // What is no header's value is no name of ours either.
    let host = HeaderValue::try_from(host).unwrap_or_else(|_| HeaderValue::from_static(""));
    request.headers_mut().insert(header::HOST, host);
}

fn no_host() -> Response<Body> {
    let mut response = problem(
        StatusCode::BAD_REQUEST,
        "invalid-header",
        "A header is not understood",
        "A request names its host in exactly one `Host` header",
    );
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(header::CONNECTION, close);
    response
}

fn too_many_connections() -> Response<Body> {
    let mut response = problem(
        StatusCode::SERVICE_UNAVAILABLE,
        "too-many-connections",
        "Too many open connections",
        "The service has as many connections open as it can carry; trying again later may help",
    );
    let after = HeaderValue::from_static("5");
    response.headers_mut().insert(header::RETRY_AFTER, after);
    response
}

/// A problem document (RFC 9457) like those of the API.
fn problem(status: StatusCode, code: &str, title: &str, detail: &str) -> Response<Body> {
    let problem = serde_json::json!({
        "type": format!("urn:parlor:problem:{code}"),
        "title": title,
        "status": status.as_u16(),
        "detail": detail,
        "code": code,
    });
    let mut response = (status, problem.to_string()).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
