//! What happens in a conversation or to a list, as Server-Sent Events.

mod conversation;
mod list;

use std::{convert::Infallible, time::Duration};

use axum::{
    http::{HeaderName, HeaderValue},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use futures::stream;
use parlor_application::ports::StoreError;
use parlor_application::user_limit::Permit;
use serde::Serialize;
use tokio_util::sync::CancellationToken;
use tracing::Span;
use utoipa::ToSchema;

pub(crate) use conversation::{ConversationEventDto, tell_conversation};
pub(crate) use list::{ListEventDto, tell_list};

use crate::{
    api::Api,
    problem::{Language, Problem},
};

/// What is told, one event after the other.
trait Told: Send + 'static {
    /// The next event; `None` after the last one.
    fn next(&mut self) -> impl Future<Output = Result<Option<Event>, StoreError>> + Send;
}

/// Begins to tell.
fn respond(api: &Api, told: impl Told, permit: Permit) -> Response {
    let telling = Telling {
        told,
        shutdown: api.shutdown.clone(),
        retry_hint: api.options.retry_hint,
        has_ended: false,
        span: Span::current(),
        _permit: permit,
    };
    let events = stream::unfold(telling, async |mut telling| {
        let event = telling.next().await?;
        Some((Ok::<_, Infallible>(event), telling))
    });
    let heartbeat = KeepAlive::new().interval(api.options.heartbeat);
    let mut response = Sse::new(events).keep_alive(heartbeat).into_response();
    // Proxies that know this header do not hold events back.
    response.headers_mut().insert(
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    response
}

/// One stream, for as long as the client listens, there is something to tell, and no shutdown begins.
struct Telling<T> {
    told: T,
    shutdown: CancellationToken,
    retry_hint: Duration,
    has_ended: bool,
    span: Span,
    _permit: Permit,
}

impl<T: Told> Telling<T> {
    async fn next(&mut self) -> Option<Event> {
        if self.has_ended {
            return None;
        }
        tokio::select! {
            biased;
            () = self.shutdown.cancelled() => Some(self.come_back("the service is stopping")),
            next = self.told.next() => match next {
                Ok(Some(event)) => Some(event),
                Ok(None) => None,
                Err(error) => {
                    // Logged there. Whoever comes back goes on where this ends.
                    self.span.in_scope(|| drop(Problem::from(error)));
                    Some(self.come_back("something that this needs is away"))
                }
            },
        }
    }

    fn come_back(&mut self, why: &str) -> Event {
        self.has_ended = true;
        Event::default().retry(self.retry_hint).comment(why)
    }
}

/// An event with its data as JSON.
fn event(name: &str, data: &impl Serialize) -> Event {
    let data = serde_json::to_string(data).unwrap_or_else(|error| {
        let problem = Problem::internal(&error);
        serde_json::to_string(&problem.document(Language::English)).unwrap_or_default()
    });
    Event::default().event(name).data(data)
}

/// The data of an event that its name says all about: an empty object.
#[derive(Serialize, ToSchema)]
#[schema(as = NoData)]
pub(crate) struct NoDataDto {}
