//! What several instances on one PostgreSQL have to show.

mod answers;
#[cfg(feature = "kafka")]
mod broker_away;
#[cfg(feature = "kafka")]
mod broker_silent;
mod database_away;
mod database_silent;
mod denials;
mod events;
mod invisible;
mod load;
mod relay;
mod replica;
mod round_trips;
mod same_moment;
mod schema;

use serde_json::{Value, json};

use crate::harness::{As, Deployment, EventStream, Service, ServiceBuilder, text};

/// Two instances on a PostgreSQL, to configure.
fn builder() -> ServiceBuilder {
    Service::builder().deployed(Deployment::Postgres)
}

/// The same person at one instance and at the other.
fn on_both(service: &Service, name: &str) -> [As; 2] {
    [0, 1].map(|number| service.instance(number).acting_as(name))
}

/// Every entry of both organizations, the newest of each first.
async fn stored(service: &Service) -> Vec<Value> {
    let mut stored = service.acting_as("admin").audit("").await;
    stored.extend(service.acting_as("mallory").audit("").await);
    stored
}

/// An answer that has shown some text: its stream, its id, and what was shown.
async fn writing(somebody: &As, id: &str, content: &str) -> (EventStream, String, String) {
    let body = json!({ "content": content });
    let mut events = somebody.prompt_stream(id, body).await;
    let delta = events.next_named("message_delta").await.data;
    (
        events,
        text(&delta, "message_id").to_owned(),
        text(&delta, "text").to_owned(),
    )
}
