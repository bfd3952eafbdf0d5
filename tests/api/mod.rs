//! The JSON API, from outside.

mod access;
mod audit;
mod clients;
mod configuration;
mod conventions;
mod conversations;
mod copies;
mod docs;
mod embedded;
mod events;
mod failures;
mod first_prompts;
mod idempotency;
mod lifecycle;
#[cfg(target_os = "linux")]
mod memory;
mod messages;
mod model_behaviors;
mod model_limits;
mod model_silent;
mod models;
mod operations;
mod postgres;
mod prompting;
mod readme;
mod revocation;
mod routes;
mod search;
mod sharing;
mod signed_out_streams;
mod writing;
