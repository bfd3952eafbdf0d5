//! Starts the service as a user would, and speaks to it as a client would.

#[cfg(feature = "kafka")]
mod broker;
mod client;
mod cluster;
mod database;
mod demo;
mod deployment;
mod directory;
mod events;
mod instance;
#[cfg(feature = "kafka")]
mod kafka_reader;
mod model_server;
mod pages;
mod ports;
mod reading;
mod service;
mod wire;

#[cfg(feature = "kafka")]
pub use broker::Broker;
pub use client::{Answer, As};
pub use cluster::Cluster;
pub use database::Database;
pub use demo::{GROUPS, PERSONAS, group_id, user_id};
pub use deployment::{Deployment, brought, is_left_out};
pub use directory::DirectoryChange;
pub use events::{Event, EventStream};
pub use instance::{Instance, signal};
#[cfg(feature = "kafka")]
pub use kafka_reader::{Delivered, KafkaReader};
pub use model_server::{Connection, ModelServer};
pub use pages::Browser;
pub use ports::free_port;
pub use reading::{ids, text};
pub use service::{Service, ServiceBuilder};
pub use wire::Wire;

use std::time::{Duration, Instant};

/// Looks until `condition` holds; fails the test after ten seconds.
///
/// The pause between two looks costs time, never correctness: what is waited for is a condition.
pub async fn eventually<T, F>(what: &str, condition: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    within(Duration::from_secs(10), what, condition).await
}

/// The same with another patience.
pub async fn within<T, F>(patience: Duration, what: &str, mut condition: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let deadline = Instant::now() + patience;
    loop {
        if let Some(found) = condition().await {
            return found;
        }
        assert!(Instant::now() < deadline, "{what}: not within {patience:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
