//! Starts the service as a user would, and speaks to it as a client would.

mod client;
mod demo;
mod events;
mod model_server;
mod reading;
mod service;

pub use client::{Answer, As};
pub use demo::{GROUPS, PERSONAS, group_id, user_id};
pub use events::{Event, EventStream};
pub use model_server::{Connection, ModelServer};
pub use reading::{ids, text};
pub use service::{Service, free_port};

use std::time::{Duration, Instant};

/// Looks until `condition` holds; fails the test after ten seconds.
///
/// The pause between two looks costs time, never correctness: what is waited for is a condition.
pub async fn eventually<T, F>(what: &str, mut condition: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        if let Some(found) = condition().await {
            return found;
        }
        assert!(Instant::now() < deadline, "{what}: not within ten seconds");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
