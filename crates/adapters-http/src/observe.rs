//! What surrounds every request: its id, its span, its metrics, the headers of every answer, and what becomes of a panic.

use std::{fmt, panic::AssertUnwindSafe, time::Duration};

use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures::FutureExt;
use parlor_application::ports::{IdGenerator, UuidV7Generator};
use tokio::time::Instant;
use tracing::Instrument;

use crate::{
    problem::{Code, Language, Problem},
    steps::{Stepped, leave_at_a_step},
};

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The request's id: the client's, if it is sane, or a new one.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct RequestId(HeaderValue);

impl RequestId {
    fn of(headers: &HeaderMap) -> Self {
        let mut given = headers.get_all(X_REQUEST_ID).iter();
        match (given.next(), given.next()) {
            (Some(id), None) if is_sane(id) => Self(id.clone()),
            _ => Self::new(),
        }
    }

    fn new() -> Self {
        let id = UuidV7Generator.next().to_string();
        // A UUID is always a header value.
        Self(HeaderValue::try_from(id).unwrap_or(HeaderValue::from_static("unknown")))
    }
}

fn is_sane(id: &HeaderValue) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
    (1..=128).contains(&id.len()) && id.as_bytes().iter().all(plain)
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.to_str().unwrap_or_default())
    }
}

/// The outermost layer.
pub(crate) async fn observe(mut request: Request, next: Next) -> Response {
    // The server hands a request over as soon as its head has ended.
    let started = Instant::now();
    let RequestId(id) = request_id(&mut request);
    let method = known(request.method());
    let route = route(&request);
    let is_api = is_api(request.uri().path());
    let span = tracing::info_span!(
        "request",
        request_id = id.to_str().unwrap_or_default(),
        method,
        route
    );
    let stepped = Stepped::of(request.method(), &route, request.uri().query());
    let language = Language::of(request.headers());
    let answering = language.scope(answer(request, next));
    let mut response = answering.instrument(span.clone()).await;
    add_headers(&mut response, id, is_api);
    if let Some(stepped) = stepped.filter(|stepped| stepped.waits(response.status())) {
        leave_at_a_step(stepped, started).await;
    }
    span.in_scope(|| tell(method, route, response.status(), started.elapsed()));
    response
}

fn request_id(request: &mut Request) -> RequestId {
    let id = RequestId::of(request.headers());
    request.extensions_mut().insert(id.clone());
    id
}

/// A panic is an answer like any other; what it says may hold anything, so it is not told here.
async fn answer(request: Request, next: Next) -> Response {
    let answered = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    answered.unwrap_or_else(|_| {
        tracing::error!("a handler panicked");
        Problem::new(
            Code::Internal,
            "The request failed for a reason that is ours; it is logged under the request's id",
        )
        .into_response()
    })
}

/// Whether an address is the API's.
pub(crate) fn is_api(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/")
}

fn add_headers(response: &mut Response, id: HeaderValue, is_api: bool) {
    let headers = response.headers_mut();
    headers.insert(X_REQUEST_ID, id);
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    // A page, or what a page is made of, says by itself how long it is kept.
    if !is_api && headers.contains_key(header::CACHE_CONTROL) {
        return;
    }
    let is_translated = headers.contains_key(header::CONTENT_LANGUAGE);
    let (caching, varies) = match (is_api, is_translated) {
        (true, true) => (
            "private, no-store",
            "Authorization, Cookie, Accept-Language",
        ),
        (true, false) => ("private, no-store", "Authorization, Cookie"),
        (false, true) => ("no-store", "Accept-Language"),
        (false, false) => ("no-store", ""),
    };
    if !varies.is_empty() {
        headers.insert(header::VARY, HeaderValue::from_static(varies));
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
}

/// The route's template, never the path: ids belong neither into labels nor into the log of every request.
fn route(request: &Request) -> String {
    let matched = request.extensions().get::<MatchedPath>();
    matched.map_or("unmatched", MatchedPath::as_str).to_owned()
}

/// The method as a label: whatever a client makes up is one and the same.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// One line and two measurements for each request. For a stream the time is that until it began.
fn tell(method: &'static str, route: String, status: StatusCode, took: Duration) {
    let milliseconds = took.as_secs_f64() * 1000.0;
    let status = status.as_u16();
    if route.starts_with("/health") {
        tracing::debug!(status, milliseconds, "answered");
    } else {
        tracing::info!(status, milliseconds, "answered");
    }
    let labels = [
        ("method", method.to_owned()),
        ("route", route),
        ("status", status.to_string()),
    ];
    metrics::counter!("parlor_http_requests_total", &labels).increment(1);
    metrics::histogram!("parlor_http_request_duration_seconds", &labels).record(took.as_secs_f64());
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, middleware::from_fn, routing::get};
    use tower::ServiceExt as _;

    use super::*;
    use crate::steps::STEP;

    /// How long a stream of the pages took to begin whose look-ups took so long.
    async fn live_began_after(look_ups: Duration) -> Duration {
        let handler = get(move || tokio::time::sleep(look_ups));
        let router = Router::new().route("/live", handler);
        // As the service does: outside of the router's own layers, but where the route is known.
        let router = router.route_layer(from_fn(observe));
        let asked = Instant::now();
        let request = Request::get("/live?conversation=x").body(Body::empty());
        let response = router.oneshot(request.unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        asked.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn the_pages_stream_begins_at_a_step_whatever_its_look_ups_took() {
        const MS: fn(u64) -> Duration = Duration::from_millis;
        let first = live_began_after(MS(0)).await;
        assert!(first < STEP + MS(2), "{first:?}");
        for look_ups in [1, 7, 19, 20, 33, 61] {
            let began = live_began_after(MS(look_ups)).await;
            assert!(began >= MS(look_ups), "{began:?}");
            // The timer counts in milliseconds, so one can be two later and the other not.
            let apart = began.as_millis() + (STEP + MS(2)).as_millis() - first.as_millis();
            let after_a_step = apart % STEP.as_millis();
            assert!(
                after_a_step <= 4,
                "{look_ups} ms: {began:?}, first {first:?}"
            );
        }
    }

    fn sane(id: &str) -> bool {
        is_sane(&HeaderValue::from_str(id).unwrap())
    }

    #[test]
    fn a_sane_id_is_taken_and_every_other_replaced() {
        assert!(sane("0190a2b4-7e1c-7cc0-98c4-dc0c0c07398f"));
        assert!(sane("trace_1.2-3"));
        assert!(sane(&"x".repeat(128)));
        for id in ["", "a b", "a\"b", "a/b", "\t", &"x".repeat(129)] {
            assert!(!sane(id), "{id}");
        }
        let mut headers = HeaderMap::new();
        headers.append(X_REQUEST_ID, HeaderValue::from_static("one"));
        assert_eq!(RequestId::of(&headers).to_string(), "one");
        headers.append(X_REQUEST_ID, HeaderValue::from_static("two"));
        assert_eq!(RequestId::of(&headers).to_string().len(), 36);
    }
}
